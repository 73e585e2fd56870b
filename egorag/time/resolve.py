"""The time that a question or a sentence names becomes an interval.

    find_time("What did I read yesterday evening?", local) -> 18:00–23:00 of yesterday, exact
    find_time("What do I do on Mondays?", local)           -> any time, recurring on Mondays
    find_time("Where was I after the meeting?", local)     -> any time, anchored after "the meeting"
    find_time("I'll do it on Monday", local, "future")     -> the Monday after it was said

The words and their order come from the table of a language (``egorag/language/``), what they mean
together from rules that are the same for all (``grammar/``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from egorag.time.anchors import find_anchor
from egorag.time.calendar.clock import DAYTIME, PARTS, open_span
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.calendar.time_reference import EVER, Anchor, Recurrence, TimeReference
from egorag.time.grammar.hours import side_span, span_of_value
from egorag.time.grammar.read import Piece, looks_ahead, read, table_of
from egorag.time.grammar.table import Table
from egorag.time.grammar.values import Days, Habit, Hours, Open, Stretch, TimeContext, within
from memory.types.core import Span

__all__ = ["Anchor", "Recurrence", "TimeReference", "find_time", "names_only_hours"]
_NO_HOURS = Hours()
_PERSON = re.compile(r"\b[Pp]erson (\d+)\b")
_FAR = 366 * 86_400.0  # seconds between the days named and a bound that belongs to them


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the time words of a text say, and where they stand."""

    time: Hours = _NO_HOURS
    stretch: Stretch | None = None
    habit: Habit | None = None
    side: Open | None = None
    pieces: tuple[Piece, ...] = ()


def find_time(text: str, local: LocalTime, tense: Tense | None = None) -> TimeReference | None:
    """The time that a text names, or None.

    Args:
        text: a question or a sentence, in any language; those that have a table are understood.
        local: when it is asked or said.
        tense: whether what may lie on either side ("on Monday") is the last or the next; by default
            the last, unless the text asks for what is to come.
    """
    text = text.replace("一共", "总共")  # 这周一共 is of this week, not of its Monday
    text = _PERSON.sub(lambda who: "person " + "x" * len(who[1]), text)  # no hour
    table = table_of(text)
    text = _without_stranded(text, table)
    context = TimeContext(local, tense or ("future" if looks_ahead(text) else "past"))
    try:
        reading = _usual(context, text, table, _reading(context, text, table))
        named = _reference(context, text, reading) if reading.pieces else None
    except (ValueError, OverflowError, OSError):
        named = None
    anchor = find_anchor(text, _masked(text, named.pieces if named else ()), table)
    if anchor is None:
        return named
    named = named or TimeReference(_until_now(local), "", False)
    return replace(named, exact=False, anchor=anchor)


def _without_stranded(text: str, table: Table) -> str:
    """The text in which "about" of "what did we talk about last week" makes no time vague."""
    match = re.search(table.raw.get("stranded", "(?!)"), table.low(text))
    return _masked(text, [match.span("preposition")], "x") if match else text


def _usual(context: TimeContext, text: str, table: Table, found: Reading) -> Reading:
    """Where it is asked what is usual, "in the morning" means every morning."""
    days, asked = found.time.days, re.search(table.raw["usual"], table.low(text))
    if found.habit or found.stretch or not found.pieces or not asked:
        return found
    if days is None:
        return replace(found, habit=Habit()) if found.time.part else found
    if days.series.step != 7 and days.unit != "weekend":
        return found
    first, after = days.choose(context)
    weekdays = sorted((first + timedelta(days=n)).weekday() for n in range((after - first).days))
    return replace(found, time=replace(found.time, days=None), habit=Habit(tuple(weekdays)))


def names_only_hours(text: str, local: LocalTime) -> bool:
    """Whether a text names hours of whatever day: "in the evening", "at five"."""
    context = TimeContext(local, "past")
    time = _reading(context, text, table_of(text)).time
    return bool(time.clock or time.part) and time.days is None


def _masked(text: str, pieces: Sequence[Piece], mark: str = "\0") -> str:
    for start, end in pieces:
        text = text[:start] + mark * (end - start) + text[end:]
    return text


def _reading(context: TimeContext, text: str, table: Table) -> Reading:
    """The values of all pieces as one: the first of each kind, days inside longer days."""
    found = Reading()
    for value, place in read(text, table, context):
        joined = _joined(context, found, value)
        if joined != found:
            found = replace(joined, pieces=(*found.pieces, place))
    if not found.pieces and (just := re.search(table.raw["just"], table.low(text))):
        now = context.local.asked_at  # "what have I just bought" names no other time
        return Reading(stretch=Stretch(now - 600, now, False), pieces=(just.span("just"),))
    return found


def _joined(context: TimeContext, found: Reading, value: object) -> Reading:
    """A reading with one more value, where that says something new."""
    if isinstance(value, Open):
        return found if found.side else replace(found, side=value)
    if isinstance(value, Stretch):
        return found if found.stretch else replace(found, stretch=value)
    if isinstance(value, Habit) and value.days:
        joined = _joined(context, found, value.days)
        return found if joined == found else replace(joined, habit=value)
    if isinstance(value, Habit):
        return found if found.habit else replace(found, habit=value)
    if isinstance(value, Days):
        value = Hours(days=value)
    if not isinstance(value, Hours):
        return found
    mine, days = found.time, found.time.days or value.days
    if mine.days and value.days:
        days = _both_days(context, mine.days, value.days)
    return replace(found, time=Hours(mine.clock or value.clock, mine.part or value.part, days))


def _both_days(context: TimeContext, one: Days, other: Days) -> Days:
    """The shorter of two as it falls into the longer; the first where it does not, but a date after
    a holiday."""
    if one.unit == "recent" != other.unit:
        return other
    with suppress(ValueError):
        lengths = [
            (after - first).days for first, after in (one.choose(context), other.choose(context))
        ]
        long, short = (one, other) if lengths[0] > lengths[1] else (other, one)
        if max(lengths) >= 7 and max(lengths) > 2 * min(lengths) and not short.series.fixed:
            inner = within(replace(long, part=""), short)
            inner.choose(context)
            return inner
    dated = other.unit == "day" and other.series.step not in (1, 7)  # 元旦演出在十二月三十号
    return other if one.holiday and dated and not other.holiday else one


def _reference(context: TimeContext, text: str, reading: Reading) -> TimeReference:
    found = _recurring(context, reading) if _recurs(context, reading) else _once(context, reading)
    words, days = " ".join(text[a:b].strip() for a, b in reading.pieces), reading.time.days
    holiday = days is not None and days.holiday
    return replace(found, text=words, pieces=reading.pieces, holiday=holiday)


def _recurs(context: TimeContext, reading: Reading) -> bool:
    """Whether hours come again on several days: "in the evenings of last week"."""
    time = reading.time
    if reading.habit or time.days is None or reading.stretch or not (time.clock or time.part):
        return bool(reading.habit)
    first, after = time.days.name(context)
    return (after - first).days > 1


def _once(context: TimeContext, reading: Reading) -> TimeReference:
    local, time, days, stretch = context.local, reading.time, reading.time.days, reading.stretch
    around = local.days(*days.choose(context)) if days else None
    if stretch:
        span = span_of_value(context, stretch)
        if around and not span.overlaps(around):
            return _once(context, replace(reading, stretch=None))
        named = None if stretch.core is None else Span(stretch.core, stretch.core + 60)
        return TimeReference(span, "", stretch.exact, named=named)
    if reading.side:
        return _on_a_side(context, days, reading.side, around)
    if days is None or around is None or time.clock or time.part or days.part:
        span = span_of_value(context, time)
        named = time.clock.moment(span) if time.clock else None
        return TimeReference(span, "", time.exact, named=named, either_half=time.either_half)
    named = local.days(*days.name(context)) if days.core else None
    return TimeReference(around, "", days.exact, named=named)


def _on_a_side(
    context: TimeContext, days: Days | None, side: Open, around: Span | None
) -> TimeReference:
    """ "since Monday", "this year before May", "last night before ten"."""
    value = side.value
    if days and isinstance(value, Days):
        with suppress(ValueError):
            value = within(days, value)
    elif days and isinstance(value, Hours) and value.days is None:
        value, around = replace(value, days=days), None
    span = side_span(context, Open(side.side, value))
    if around and side.side in ("until", "before") and around.start < span.end < around.end + _FAR:
        span = Span(max(span.start, around.start), span.end)
    elif around:
        span = span.intersection(around) or span
    exact = isinstance(value, Hours) or value.exact
    named = None if around else open_span(span, side.side)
    end = False  # days that are asked about as past may be days to come: "spring", "next week"
    if (side.side, days, context.tense) == ("until", None, "past") and isinstance(value, Days):
        end = not value.series.fixed or value.choose(context)[0] > context.local.today
    return TimeReference(span, "", exact, named=named, end=end)


def _recurring(context: TimeContext, reading: Reading) -> TimeReference:
    """The days (or all time) as span, the hours of habit, clock or part as windows."""
    time, habit = reading.time, reading.habit or Habit()
    part = habit.part or time.part
    hours = PARTS[part] if part else (0.0, 24.0)
    if time.clock:
        hours = time.clock.hours(PARTS[part] if part else DAYTIME)
    around = TimeReference(_until_now(context.local), "", True)
    if time.days or reading.stretch or reading.side:
        around = _once(context, replace(reading, time=Hours(days=time.days)))
    recurring = Recurrence(habit.weekdays, hours)
    return TimeReference(around.span, "", around.exact, recurring=recurring)


def _until_now(local: LocalTime) -> Span:
    return Span(min(EVER, local.asked_at), local.asked_at)
