"""Rules of composition for days, weeks, months and years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from egorag.time.calendar import series as of
from egorag.time.calendar.clock_types import PARTS
from egorag.time.calendar.lunar_calendar import lunar_day
from egorag.time.calendar.series import ONE_DAY, Interval, add, fixed, floor, unit_at
from egorag.time.grammar.values import Context, Days, Duration, Number, Stretch

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_FEW_DAYS = timedelta(days=4)


def only(first: date, after: date, unit: str = "day", exact: bool = True, part: str = "") -> Days:
    """Certain days."""
    return Days(fixed(first, after), exact, part, unit)


def day_shift(context: Context, shift: int, part: str = "") -> Days:
    """ "yesterday", "the day after tomorrow", "tonight"."""
    first = context.local.today + timedelta(days=shift)
    return only(first, first + ONE_DAY, part=part)


def shifted_part(context: Context, night: list[int | str]) -> Days:
    """ "last night", 今早: a part of a day near today."""
    return day_shift(context, int(night[0]), str(night[1]))


def cycle(context: Context, rel: int, unit: str) -> Days:
    """ "last week", "this month", "next year"; the last weekend is the one that has begun last."""
    today = context.local.today
    if unit in _SECONDS:
        raise ValueError("no days")
    if unit == "weekend":
        return _weekend(context, rel)
    if unit == "fortnight" and rel < 0:
        return only(floor("week", today) - timedelta(days=14), floor("week", today), unit)
    return only(*unit_at(unit, today, rel), unit)


def _weekend(context: Context, rel: int) -> Days:
    today = context.local.today
    saturday = floor("weekend", today)
    begun = today >= saturday
    if rel > 0 and begun:
        saturday += timedelta(days=7)
    if rel > 1:
        saturday += timedelta(days=7 * (rel - 1))
    if rel < 0:
        saturday += timedelta(days=7 * rel)
    if rel == 0 and not begun and context.tense == "past":
        saturday -= timedelta(days=7)
    return only(saturday, saturday + timedelta(days=2), "weekend")


def part_of_part(part: str, edge: str) -> str:
    """ "early morning" of "morning" and "early", where there is such a part of the day."""
    name = {"beginning": "early", "end": "late", "middle": "mid"}.get(edge, edge)
    return f"{name} {part}" if f"{name} {part}" in PARTS else part


def this_part(context: Context, part: str, edge: str = "") -> Days:
    """ "this evening", "early this morning": today's, also before it has come."""
    return day_shift(context, 0, part_of_part(part, edge))


def this_unit(context: Context, unit: str) -> Days:
    """ "the week", "this year": the present one."""
    return cycle(context, 0, unit)


def whole_unit(context: Context, unit: str) -> Days:
    """ "all week": the present one."""
    if unit not in ("week", "weekend", "month", "year", "day"):
        raise ValueError("no such whole")
    return cycle(context, 0, unit)


def before_last(context: Context, unit: str = "", name: Days | None = None, count: int = -2) -> Days:
    """ "the week before last", "the Friday before last", "the month after next"."""
    if unit:
        return cycle(context, count, unit)
    assert name is not None
    last = named(context, -1, name).choose(context)
    before = last[0] - ONE_DAY
    return replace(name, series=fixed(*of.choose(name.series, before, "past")))


def named(context: Context, rel: int, name: Days) -> Days:
    """ "last Tuesday", "this August", "next Christmas"."""
    today = context.local.today
    if rel == 0:
        unit = "week" if name.unit == "day" and name.series.step == 7 else "year"
        first, after = unit_at(unit, today)
        days = name.series.within(first, after)
        if not days:
            raise ValueError("no such day")
        return replace(name, series=fixed(*days[0]))
    for begun, ahead in of.around(name.series, today):
        over = [days for days in begun if days[1] <= today]
        # "last winter", asked in spring or in winter: the last that is over
        chosen = over[rel:][:1] if rel < 0 else ahead[rel - 1 : rel]
        if chosen:
            return replace(name, series=fixed(*chosen[0]), exact=name.exact and rel != 1)
    raise ValueError("no such day")


def cycles(context: Context, rel: int, n: Number, unit: str) -> Stretch:
    """ "the last two hours", "the past three weeks", "the next few days"."""
    length = duration(context, n, unit)
    local, now = context.local, context.local.asked_at
    if rel == 0:
        rel = -1 if context.tense == "past" else 1
    exact = not n.vague
    if rel < 0:
        return Stretch(min(now, _back(context, length)), now, exact)
    if length.seconds:
        return Stretch(now, now + length.seconds, exact)
    first = local.today + ONE_DAY
    return Stretch(local.at(first, 0), local.at(_add(first, length, 1), 0), exact)


def _back(context: Context, length: Duration) -> float:
    """When a length that ends now began; of several days, with the first of them."""
    local = context.local
    if length.seconds:
        return local.asked_at - length.seconds
    day = _add(local.today, length, -1)
    hours = local.now.hour + local.now.minute / 60 + local.now.second / 3600
    whole = length.unit == "day" and length.days > 1
    return local.at(day, 0 if whole else hours)


def _add(day: date, length: Duration, sign: int) -> date:
    day = add("month", day, sign * length.months) if length.months else day
    return day + sign * timedelta(days=length.days)


def rolling(context: Context, unit: str, rel: int = -1) -> Stretch:
    """ "the past week": the seven days up to now."""
    return cycles(context, rel, Number(1), unit)


def moments(context: Context, back: list[float]) -> Stretch:
    """Words for a moment that has just passed: so many seconds ago at most, so many at least."""
    now = context.local.asked_at
    return Stretch(now - back[0], now - back[1], False)


def within_next(context: Context, duration: Duration) -> Stretch:
    """ "within five days": from now on."""
    now = context.local.asked_at
    return Stretch(now, _forward(context, duration), not duration.vague)


def _forward(context: Context, length: Duration) -> float:
    local = context.local
    if not (length.months or length.days):
        return local.asked_at + length.seconds
    hours = local.now.hour + local.now.minute / 60 + length.seconds / 3600
    return local.at(_add(local.today, length, 1), hours)


def decimal(context: Context, a: Number, b: Number) -> Number:
    """ "2.5"."""
    if not a.digits or len(b.digits) != 1:
        raise ValueError("no decimal number")
    return Number(float(f"{a.digits}.{b.digits}"))


def duration(context: Context, n: Number, unit: str) -> Duration:
    """ "three weeks", "half an hour", "a couple of days"."""
    if n.vague and not n.value:
        raise ValueError("no length")
    if seconds := _SECONDS.get(unit):
        return Duration(unit, seconds=n.value * seconds, vague=n.vague)
    if months := of.MONTHS_OF.get(unit):
        if n.value == 0.5 and unit == "month":
            return Duration("week", days=15, vague=True)
        return Duration(unit, months=Number(n.value * months).whole, vague=n.vague)
    days = n.value * of.DAYS_OF[unit]
    if days == 0.5:
        return Duration("hour", seconds=43_200.0)
    return Duration(unit, days=round(days), vague=n.vague)


def longer(context: Context, first: Duration, last: Duration) -> Duration:
    """ "1 month and 21 days"."""
    return Duration(
        last.unit, first.months + last.months, first.days + last.days,
        first.seconds + last.seconds, first.vague or last.vague,
    )  # fmt: skip


def and_a_half(context: Context, duration: Duration) -> Duration:
    """ "an hour and a half", 两个半小时."""
    if duration.unit == "year":
        return replace(duration, unit="month", months=duration.months + 6)
    if duration.unit == "month":
        return replace(duration, unit="week", days=duration.days + 15, vague=True)
    if duration.unit == "week":
        return replace(duration, days=duration.days + 3, vague=True)
    if duration.unit not in _SECONDS:
        raise ValueError("no half of it")
    return replace(duration, seconds=duration.seconds + _SECONDS[duration.unit] / 2)


def half_more(context: Context, n: Number, unit: str) -> Duration:
    """ "two and a half hours"."""
    return and_a_half(context, duration(context, n, unit))


def ago(context: Context, duration: Duration) -> Days | Stretch:
    """ "an hour ago", "three days ago", "two weeks ago": the longer, the vaguer."""
    if duration.seconds and not (duration.days or duration.months):
        middle = context.local.asked_at - duration.seconds
        slack = max(120.0, duration.seconds / 4)
        return Stretch(middle - slack, min(context.local.asked_at, middle + slack), False)
    if duration.months > 150 * 12:
        raise ValueError("a year, no count of years")
    return _away(context.local.today, duration, -1)


def _away(day: date, length: Duration, sign: int) -> Days:
    """The day that lies so far away; of weeks, months and years, the days around it."""
    middle = _add(day, length, sign)
    if length.unit == "year" and length.months > 12 and length.months % 12 == 0:
        return only(date(middle.year, 1, 1), date(middle.year + 1, 1, 1), "year", False)
    slack = {"day": int(length.vague), "week": 3, "fortnight": 3, "month": 15, "quarter": 45}.get(
        length.unit, 61
    )
    if length.unit == "week" and length.days == 7:
        slack = 1
    near = timedelta(days=slack)
    return only(middle - near, middle + near + ONE_DAY, exact=not slack)


def later(context: Context, duration: Duration) -> Days | Stretch:
    """ "in an hour", "in three days", "two weeks from now": that day."""
    if duration.seconds:
        moment = _forward(context, duration)
        slack = min(600.0, max(60.0, (moment - context.local.asked_at) / 6))
        return Stretch(moment - slack, moment + slack, False)
    day = _add(context.local.today, duration, 1)
    return only(day, day + ONE_DAY, exact=duration.unit == "day" and not duration.vague)


def offset(context: Context, duration: Duration, days: Days, sign: int) -> Days:
    """ "two weeks before Christmas", "three days after tomorrow"."""
    if duration.seconds:
        raise ValueError("hours beside days")
    first, after = days.choose(context)
    base = first if sign < 0 else after - ONE_DAY
    if duration.unit == "day":
        day = _add(base, duration, sign)
        return only(day, day + ONE_DAY, exact=days.exact)
    return _away(base, duration, sign)


def either_ago(context: Context, first: Number, last: Number, unit: str, sign: int = -1) -> Days:
    """ "two or three days ago": from the one to the other."""
    low, high = sorted((first, last), key=lambda one: one.value)
    if unit in _SECONDS or high.value > low.value + 10:
        raise ValueError("no such days")
    today = context.local.today
    near, far = (_add(today, duration(context, one, unit), sign) for one in (low, high))
    return only(min(near, far), max(near, far) + ONE_DAY, exact=False)


def neighbours_ago(context: Context, first: Number, last: Number, unit: str) -> Days:
    """ 两三天前: the numbers follow each other."""
    if last.value != first.value + 1 or last.value > 9:
        raise ValueError("no such numbers")
    return either_ago(context, first, last, unit)


def recent(context: Context, back: list[int]) -> Days:
    """Words for days that lie vaguely back: so many days at most, so many at least."""
    today = context.local.today
    return only(
        today - timedelta(days=back[0]), today - timedelta(days=back[1] - 1), "days", exact=False
    )


def some_ago(context: Context, n: Number, unit: str) -> Days | Stretch:
    """ 十几天前: some more than so many."""
    more = max(1, round(n.value / 2))
    return either_ago(context, n, Number(n.value + min(more, 9)), unit)


def names_ago(context: Context, n: Number, name: Days, sign: int = -1) -> Days:
    """ "two Fridays ago", "three weekends from now"."""
    for begun, ahead in of.around(name.series, context.local.today):
        over = [days for days in begun if days[1] <= context.local.today]
        if sign > 0 and len(ahead) >= n.whole > 0:
            return replace(name, series=fixed(*ahead[n.whole - 1]))
        if sign < 0 and len(over) >= n.whole > 0:
            return replace(name, series=fixed(*over[-n.whole]))
    raise ValueError("no such day")


def neighbour(context: Context, days: Days, sign: int, unit: str = "", name: Days | None = None,
              part: str = "", n: Number | None = None) -> Days:  # fmt: skip
    """ "the day before Halloween", "the Monday after Easter", "the evening before the 5th"."""
    first, after = days.choose(context)
    if part:
        unit = "day"
    if name is None and unit in ("day", "week"):
        step = timedelta(days=of.DAYS_OF[unit] * (n.whole if n else 1))
        near = (first - step, first) if sign < 0 else (after, after + step)
        return only(*near, unit, days.exact, part)
    series = name.series if name else of.every(unit)
    edge = first if sign < 0 else after
    if sign < 0:
        found = of.choose(series, edge - ONE_DAY, "past")
        if found[1] > edge:
            found = of.choose(series, found[0] - ONE_DAY, "past")
    else:
        found = next(iter(series.within(edge, edge + timedelta(days=3 * series.step))))
    return only(*found, name.unit if name else unit)


def nth_beside(context: Context, ordinal: int, name: Days, days: Days, sign: int) -> Days:
    """ "the second Sunday after Easter"."""
    if ordinal < 1 or name.series.fixed:
        raise ValueError("no count")
    first, after = days.choose(context)
    reach = timedelta(days=name.series.step * (ordinal + 2))
    if sign > 0:
        found = name.series.within(after, after + reach)[ordinal - 1]
    else:
        found = [one for one in name.series.within(first - reach, first) if one[1] <= first][-ordinal]
    return only(*found, name.unit)


def same_day(context: Context, days: Days) -> Days:
    """ "the same day last week", "this day last year"."""
    first, after = days.choose(context)
    today = context.local.today
    if (after - first).days == 7:
        day = first + timedelta(days=today.weekday())
    elif (after - first).days > 27:
        months = (first.year - today.year) * 12
        day = add("month", today, months + (first.month - today.month) * ((after - first).days < 32))
    else:
        raise ValueError("no such day")
    return only(day, day + ONE_DAY)


def same_weekday(context: Context, duration: Duration, name: Days, sign: int = -1) -> Days:
    """ "two weeks ago on Friday", "a week ago today"."""
    week = unit_at("week", _add(context.local.today, duration, sign))
    return within(context, only(*week), name)


def exact_ago(context: Context, duration: Duration, shift: int) -> Days:
    """ "two weeks ago today"."""
    day = _add(context.local.today + timedelta(days=shift), duration, -1)
    return only(day, day + ONE_DAY)


def weekday_ahead(context: Context, name: Days, duration: Duration) -> Days:
    """ "a week on Friday", "Monday week"."""
    first, _ = of.choose(name.series, context.local.today + ONE_DAY, "future")
    day = _add(first, duration, 1)
    return only(day, day + ONE_DAY)


def nth(context: Context, ordinal: int, outer: Days, unit: str = "", name: Days | None = None,
        n: Number | None = None) -> Days:  # fmt: skip
    """ "the first week of May", "the last Friday of October", "the first two weeks of January"."""
    count = n.whole if n else 1
    if unit == "half":
        return _halves(outer, ordinal)
    if unit in _SECONDS or (name or Days(outer.series, unit=unit)).unit == outer.unit:
        raise ValueError("no part of it")
    if _length(name or Days(outer.series, unit=unit)) * count >= _length(outer):
        raise ValueError("no part of it")
    inner = name.series if name else of.every(unit)
    if unit in ("week", "day", "fortnight") or count > 1:
        step = of.DAYS_OF.get(unit, 0) * count
        return _count_off(outer, ordinal, step, of.MONTHS_OF.get(unit, 0) * count, unit)
    exact = outer.exact
    return Days(of.nth(outer.series, inner, ordinal), exact, unit=name.unit if name else unit)


def _count_off(outer: Days, ordinal: int, days: int, months: int, unit: str) -> Days:
    """Weeks are counted off from the first day of a month or year, or back from its last."""

    def part(first: date, after: date) -> Interval:
        def moved(day: date, count: int) -> date:
            return add("month", day, months * count) if months else day + timedelta(days * count)

        if ordinal > 0:
            start = moved(first, ordinal - 1)
            return start, min(after, moved(start, 1)) if start < after else moved(start, 1)
        end = moved(after, ordinal + 1)
        return max(first, moved(end, -1)), end

    exact = outer.exact and unit != "week"  # seven days, or from a Monday on
    return Days(outer.series.mapped(part, 366), exact, unit=unit if days != 1 else "day")


def _halves(outer: Days, ordinal: int) -> Days:
    def part(first: date, after: date) -> Interval:
        middle = first + (after - first) / 2
        if (after - first).days > 300:
            middle = add("month", first, 6)
        return (first, middle) if ordinal == 1 else (middle, after)

    return Days(outer.series.mapped(part, 200), outer.exact, unit="half")


def few(context: Context, ordinal: int, outer: Days) -> Days:
    """ "the first days of May"."""

    def part(first: date, after: date) -> Interval:
        return (first, first + _FEW_DAYS) if ordinal > 0 else (after - _FEW_DAYS, after)

    return Days(outer.series.mapped(part, 366), False, unit="days")


def edge(context: Context, edge: str, outer: Days) -> Days:
    """ "early March", "the end of 2012", "mid May": a third; of a year, its ends are a quarter."""
    if outer.unit == "day":
        raise ValueError("a day has parts")

    def part(first: date, after: date) -> Interval:
        length = (after - first).days
        third = timedelta(days=max(2, round(length / (4 if length > 300 and edge in _SHARP else 3))))
        if edge in ("early", "beginning"):
            return first, first + third
        if edge in ("late", "end"):
            return after - third, after
        return first + third, after - third

    return Days(outer.series.mapped(part, 1200), False, unit="days")


_SHARP = ("beginning", "end")


def edge_word(context: Context, edgeword: list[str]) -> Days:
    """ "EOY": the end of the year."""
    return edge(context, edgeword[0], cycle(context, 0, edgeword[1]))


def so_far(context: Context, outer: Days, edge: str) -> Days | Stretch:
    """ "earlier this week", "later this month", "the rest of the year": up to or from now."""
    first, after = outer.choose(context)
    span, now = context.local.days(first, after), context.local.asked_at
    if outer.part:
        span = context.local.hours(first, *PARTS[outer.part])
    if not span.start < now < span.end:
        return globals()["edge"](context, "early" if edge == "early" else "late", outer)
    return Stretch(span.start, now) if edge == "early" else Stretch(now, span.end)


def _length(days: Days) -> int:
    return of.LENGTHS.get(days.unit, 3)


def within(context: Context, outer: Days, inner: Days) -> Days:
    """The shorter days as they fall into the longer ones: "March 2024", "Monday last week"."""
    if _length(inner) >= _length(outer):
        raise ValueError("the one is no shorter than the other")
    series = of.inside(outer.series, inner.series)
    if outer.series.fixed:
        first, after = outer.series.within(date.min, date.max)[0]
        days = inner.series.within(first, after)
        if not days:
            raise ValueError("the one does not lie in the other")
        series = fixed(*days[0]) if len(days) == 1 else series
    return Days(series, inner.exact, inner.part or outer.part, inner.unit)


def date_of(context: Context, month: Days, dom: Days, year: Days | None = None,
            weekday: Days | None = None) -> Days:  # fmt: skip
    """A day and a month, perhaps of a year; a weekday that does not fit is a slip."""
    days = within(context, month, dom)
    days = within(context, year, days) if year else days
    return _with_weekday(context, days, weekday) if weekday else days


def _with_weekday(context: Context, days: Days, weekday: Days) -> Days:
    first, after = days.choose(context)
    if weekday.series.within(first, after):
        return days
    try:
        both = Days(of.inside(days.series, weekday.series)).choose(context)
    except ValueError:
        return days
    most = 400 if days.series.step > 31 else 800
    near = abs((both[0] - context.local.today).days) < most and not days.series.fixed
    return only(*both) if near else days


def weekday_number(context: Context, weekday: Days, dom: Days) -> Days:
    """ "Saturday the 5th": the latest that is both, else the latest such day of a month."""
    return _with_weekday(context, dom, weekday)


def day_of_year(context: Context, year: Days) -> Days:
    """ 去年今天: the same day of another year."""
    first, today = year.choose(context)[0], context.local.today
    day = add("month", today, 12 * (first.year - today.year))
    return only(day, day + ONE_DAY)


def compact_date(context: Context, n: Number) -> Days:
    """ "20190304"."""
    if len(n.digits) != 8 or n.digits[:2] not in ("19", "20"):
        raise ValueError("no date")
    day = date(int(n.digits[:4]), int(n.digits[4:6]), int(n.digits[6:]))
    return only(day, day + ONE_DAY)


def number_ordinal(context: Context, n: Number) -> int:
    """ "5th"."""
    if not n.digits:
        raise ValueError("no ordinal")
    return n.whole


def sum_ordinal(context: Context, n: Number, ordinal: int) -> int:
    """ "twenty second"."""
    if n.value not in (20, 30) or not 0 < ordinal < 10:
        raise ValueError("no ordinal")
    return n.whole + ordinal


def numeric(context: Context, a: Number, b: Number, c: Number | None = None, order: str = "") -> Days:
    """A date in digits; ``order`` says which of the numbers is year, month and day."""
    named_numbers = dict(zip(order, (a, b, c), strict=False))
    month, day, year = (named_numbers.get(name) for name in "mdy")
    if order in ("md", "mdy") and month and day and month.value > 12 >= day.value:
        month, day = day, month
    if day is None and year and len(year.digits) != 4:
        raise ValueError("no month of a year")
    if not month or (year and len(year.digits) != 4 and (order[0] == "y" or len(year.digits) != 2)):
        raise ValueError("no date")
    outer = month_of(context, month.whole)
    outer = within(context, year_of(context, year, 0), outer) if year else outer
    return within(context, outer, day_number(context, day)) if day else outer


def month_of(context: Context, month: int) -> Days:
    """A month by its number."""
    if not 1 <= month <= 12:
        raise ValueError("no month")
    return Days(of.month(month), unit="month")


def day_number(context: Context, n: Number) -> Days:
    """A day of a month."""
    if len(n.digits) > 2:
        raise ValueError("no day")
    return Days(of.day_of_month(n.whole))


def digit_day(context: Context, n: Number) -> Days:
    """A day of a month in digits."""
    if not n.digits:
        raise ValueError("no day")
    return day_number(context, n)


def ordinal_day(context: Context, ordinal: int) -> Days:
    """ "the fifth"."""
    return Days(of.day_of_month(ordinal))


def month_number(context: Context, n: Number) -> Days:
    """ "3月"."""
    return month_of(context, n.whole)


def first_ten(context: Context, n: Number) -> Days:
    """ "初三": the third."""
    return day_number(context, n)


def count_ordinal(context: Context, n: Number) -> int:
    """ "第三"."""
    if not 1 <= n.whole <= 31:
        raise ValueError("no ordinal")
    return n.whole


def weekday_of_week(context: Context, rel: int, name: Days) -> Days:
    """ "上周二": of that week."""
    return within(context, cycle(context, rel, "week"), name)


def edge_of(context: Context, edge: str, unit: str) -> Days:
    """ "年初", "月底": of the present year or month; its end, asked before it has begun, of the last."""
    days = globals()["edge"](context, edge, Days(of.every(unit), unit=unit))
    return days


def half_of(context: Context, ordinal: int, unit: str) -> Days:
    """ "上半年": of the present year."""
    return _halves(cycle(context, 0, unit), ordinal)


def every_weekend(context: Context) -> Days:
    """ "周末", of whatever week."""
    return Days(of.every("weekend"), unit="weekend")


def these_units(context: Context, n: Number, unit: str) -> Days:
    """ "这三天", "这两周": so many, today the last."""
    length = duration(context, n, unit)
    if length.seconds:
        raise ValueError("no days")
    after = context.local.today + ONE_DAY
    return only(_add(after, length, -1), after, "days", not n.vague)


def year_of(context: Context, n: Number, low: int = 1000) -> Days:
    """A year: 1000 to 2999, or two digits of this century or the last."""
    year = n.whole
    if len(n.digits) == 2 and low < 1000:
        century = context.local.today.year // 100 * 100
        year += century if century + year <= context.local.today.year + 20 else century - 100
    if not 1000 <= year < 3000 or (n.digits and len(n.digits) not in (2, 4)):
        raise ValueError("no year")
    return only(date(year, 1, 1), date(year + 1, 1, 1), "year")


def nought_year(context: Context, n: Number) -> Days:
    """ 零八年: two digits are a year where the first is nought."""
    if n.digits[:1] != "0" or len(n.digits) != 2:
        raise ValueError("no year")
    return year_of(context, n, 0)


def spelled_year(context: Context, a: Number, b: Number) -> Days:
    """ "nineteen eighty-five", "seventeen hundred thirty three"."""
    if a.digits or b.digits or not 10 <= a.value <= 29 or not 0 < b.value < 100:
        raise ValueError("no year")
    return year_of(context, Number(a.value * 100 + b.value))


def decade(context: Context, n: Number | int) -> Days:
    """ "the 90s", "the 1990s"; of this century where it has begun."""
    n = n if isinstance(n, Number) else Number(n)
    if n.whole % 10 or len(n.digits) not in (0, 2, 4) or (n.whole >= 100 and not 1000 <= n.whole < 3000):
        raise ValueError("no decade")
    first, today = n.whole, context.local.today
    if first < 100:
        first += today.year // 100 * 100
        first -= 100 if first > today.year else 0
    return only(date(first, 1, 1), date(first + 10, 1, 1), "decade")


def full_decade(context: Context, n: Number) -> Days:
    """ "1990s music"."""
    if len(n.digits) != 4:
        raise ValueError("no decade")
    return decade(context, n)


def named_decade(context: Context, century: Number, n: int) -> Days:
    """ "the nineteen seventies"."""
    return decade(context, Number(century.whole * 100 + n))


def century_decade(context: Context, n: Number, rel: int = 0, century: Number | None = None) -> Days:
    """ 上世纪九十年代, 二十世纪九十年代."""
    hundreds = century.whole - 1 if century else context.local.today.year // 100 + rel
    return decade(context, Number(hundreds * 100 + n.whole))


def century_number(context: Context, n: Number) -> Days:
    """ 二十世纪."""
    return century(context, n.whole)


def lunar_date(context: Context, month: Number | int, day: Number) -> Days:
    """A day of the Chinese calendar: 农历八月十五, 腊月二十三."""
    number = month if isinstance(month, int) else month.whole
    if not 1 <= number <= 12 or not 1 <= day.whole <= 30:
        raise ValueError("no such day")

    def of_year(year: int) -> Interval:
        first = lunar_day(year, number, day.whole)
        return first, first + ONE_DAY

    return Days(of.yearly(of_year))


def century(context: Context, ordinal: int) -> Days:
    """ "the 15th century"."""
    if not 10 < ordinal < 30:
        raise ValueError("no century")
    return only(date(ordinal * 100 - 100, 1, 1), date(ordinal * 100, 1, 1), "century")


def part_of_year(context: Context, n: Number, unit: str, year: Days | None = None) -> Days:
    """ "Q3 2024", "H1", 第一季度: counted in a year."""
    if not 1 <= n.whole <= {"quarter": 4, "half": 2}[unit]:
        raise ValueError("no such part")
    outer = year or Days(of.every("year"), unit="year")
    return Days(of.nth(outer.series, of.every(unit), n.whole), unit=unit)


def week_number(context: Context, n: Number, year: Days | None = None) -> Days:
    """An ISO week by its number."""
    if not 1 <= n.whole <= 53:
        raise ValueError("no week")

    def week(of_year: int) -> Interval:
        monday = date.fromisocalendar(of_year, n.whole, 1)
        return monday, monday + timedelta(days=7)

    if year is None:
        return Days(of.yearly(week), unit="week")
    return only(*week(year.choose(context)[0].year), "week")


def holding(context: Context, unit: str, days: Days) -> Days:
    """ "the week of 23 June", "Labor Day weekend": the week, weekend or month that holds a day."""
    def whole(first: date, after: date) -> Interval:
        if unit == "weekend":
            saturday = first + timedelta(days=(5 - first.weekday() + 3) % 7 - 3)
            return min(first, saturday), max(after, saturday + timedelta(days=2))
        return unit_at(unit, first)

    if days.unit != "day" and unit != "weekend":
        raise ValueError("no single day")
    return Days(days.series.mapped(whole, 31), days.exact, unit=unit)


def ending(context: Context, duration: Duration, days: Days) -> Days:
    """ "ten days ending yesterday"."""
    if duration.seconds:
        raise ValueError("no days")
    _, after = days.choose(context)
    return only(_add(after, duration, -1), after, "days")


def starting(context: Context, duration: Duration, days: Days) -> Days:
    """ "two weeks starting 20 May", "for ten days from 18 December"."""
    if duration.seconds:
        raise ValueError("no days")
    first, _ = days.choose(context)
    return only(first, _add(first, duration, 1), "days")


def span_of(context: Context, first: Days, last: Days) -> Days:
    """ "from Monday to Wednesday", "June to August 2024", "between 2010 and 2014"."""
    if first.part or last.part:
        raise ValueError("hours")
    begun, after = of.range_of(first.series, last.series, context.local.today, context.tense)
    return only(begun, after, "days", first.exact and last.exact)


def day_span(context: Context, month: Days, first: Days, last: Days, year: Days | None = None) -> Days:
    """ "the 18th to 19th of October", "May 3-5"."""
    if month.unit != "month":
        raise ValueError("no month")
    outer = within(context, year, month) if year else month
    begun, _ = within(context, outer, first).choose(context)
    end = next((day for day in last.series.within(begun, add("month", begun, 1))), None)
    if end is None or end[0] <= begun or end[0].month != begun.month:
        raise ValueError("no such days")
    return only(begun, end[1], "days")


def both(context: Context, first: Days, last: Days) -> Days:
    """ "Monday and Tuesday", "today or yesterday": neighbours become one."""
    one = first.choose(context)
    following = [] if last.series.fixed else last.series.within(one[1], one[1] + ONE_DAY)
    pair = [one, *following] if following else sorted((one, last.choose(context)))
    if pair[0][1] != pair[1][0] or first.part or last.part:
        raise ValueError("no neighbours")
    return only(pair[0][0], pair[1][1], "days", first.exact and last.exact)


def vague_days(context: Context, days: Days) -> Days:
    """ "around Christmas": not exactly these days."""
    return replace(days, exact=False)


def to_date(context: Context) -> Stretch:
    """ "year to date"."""
    return to_now(context, cycle(context, 0, "year"))


def to_now(context: Context, days: Days) -> Stretch:
    """ "between January and now", "from March to date"."""
    first, _ = days.choose(context)
    start = context.local.at(first, 0)
    return Stretch(min(start, context.local.asked_at), context.local.asked_at)


def same_time(context: Context, days: Days) -> Days | Stretch:
    """ "this time yesterday", "the same time last year": the clock, or the days, of now then."""
    today, local = context.local.today, context.local
    first, after = days.choose(context)
    length = (after - first).days
    if length > 7:
        months = (first.year - today.year) * 12 + (first.month - today.month if length < 40 else 0)
        middle, slack = add("month", today, months), timedelta(days=4 if length < 40 else 10)
        return only(middle - slack, middle + slack + ONE_DAY, "days", exact=False)
    day = first if length == 1 else today - timedelta(days=(today - first).days // 7 * 7)
    at = local.at(day, local.now.hour + local.now.minute / 60)
    return Stretch(at - 1800, at + 1800, False)


DAYS = {
    action.__name__: action
    for action in (
        day_shift,
        shifted_part,
        cycle,
        this_part,
        this_unit,
        whole_unit,
        before_last,
        named,
        cycles,
        rolling,
        moments,
        within_next,
        decimal,
        duration,
        longer,
        and_a_half,
        half_more,
        ago,
        later,
        offset,
        either_ago,
        neighbours_ago,
        recent,
        some_ago,
        names_ago,
        neighbour,
        nth_beside,
        same_day,
        same_weekday,
        exact_ago,
        weekday_ahead,
        nth,
        few,
        edge,
        edge_word,
        so_far,
        within,
        date_of,
        weekday_number,
        day_of_year,
        compact_date,
        number_ordinal,
        sum_ordinal,
        numeric,
        month_of,
        day_number,
        digit_day,
        ordinal_day,
        month_number,
        first_ten,
        count_ordinal,
        weekday_of_week,
        edge_of,
        half_of,
        every_weekend,
        these_units,
        year_of,
        nought_year,
        spelled_year,
        decade,
        full_decade,
        named_decade,
        century_decade,
        century_number,
        lunar_date,
        century,
        part_of_year,
        week_number,
        holding,
        ending,
        starting,
        span_of,
        day_span,
        both,
        vague_days,
        to_date,
        to_now,
        same_time,
    )
}
