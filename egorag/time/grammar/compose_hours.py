"""Rules of composition for clock times and parts of the day."""

from __future__ import annotations

from dataclasses import replace

from egorag.time.calendar.clock_types import PARTS, Clock, ClockKind, ClockTime
from egorag.time.grammar.compose_days import part_of_part, within
from egorag.time.grammar.values import Context, Days, Duration, Hours, Moment, Number, Stretch


def clock_time(
    context: Context, h: Number, m: Number | None = None, s: Number | None = None, half: str = ""
) -> ClockTime:
    """ "15:30", "3:30 pm", "9:15:10": an hour of two digits or past twelve says its half."""
    hour, minute, second = h.whole, m.whole if m else 0, s.whole if s else 0
    if hour > 24 or minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        raise ValueError("no clock shows it")
    if m and m.digits and len(m.digits) != 2 or len(h.digits) > 2:
        raise ValueError("no clock writes it so")
    hours = hour + minute / 60 + second / 3600
    if half:
        return ClockTime(hours % 12 + (12 if half == "pm" else 0), True, s is not None)
    known = hour > 12 or hour == 0 or h.digits.startswith("0")
    return ClockTime(hours, known, s is not None)


def digits_time(context: Context, n: Number, half: str = "") -> ClockTime:
    """ "0730", "730 pm": hours and minutes without a mark between them."""
    if len(n.digits) not in (3, 4):
        raise ValueError("no hours and minutes")
    hour, minute = n.digits[:-2], n.digits[-2:]
    return clock_time(context, Number(int(hour), hour), Number(int(minute), minute), None, half)


def hour(context: Context, n: Number, half: str = "") -> ClockTime:
    """A bare hour: "three", "15"."""
    if n.vague or not (n.digits or 0 <= n.value <= 12):
        raise ValueError("no hour")
    return clock_time(context, n, None, None, half)


def military_time(context: Context, n: Number) -> ClockTime:
    """ "0730", "730": in four digits only with a nought before them, for "1945" is a year."""
    if len(n.digits) == 4 and n.digits[0] != "0":
        raise ValueError("a year")
    return digits_time(context, n)


def fives(context: Context, n: Number) -> Number:
    """The minutes that are said without "minutes": "ten to six"."""
    if n.value not in (0.25, 0.5, 5, 10, 15, 20, 25):
        raise ValueError("no such minutes")
    return n


def letter_hour(context: Context, n: Number, letter: str) -> ClockTime:
    """ "at 3p"."""
    return hour(context, n, letter)


def with_half(context: Context, time: ClockTime, half: str) -> ClockTime:
    """ "half past seven pm"."""
    if time.half_known or time.hours >= 13:
        raise ValueError("the half is known")
    return time.known(time.hours % 12 + (12 if half == "pm" else 0))


def beside(context: Context, n: Number, time: ClockTime, sign: int = 1) -> ClockTime:
    """ "ten past three", "quarter to six"."""
    minutes = n.value * 60 if n.value < 1 else n.value
    if minutes >= 60 or time.hours % 1:
        raise ValueError("no minutes beside an hour")
    return replace(time, hours=time.hours + sign * minutes / 60)


def fraction_time(context: Context, h: Number, fraction: int = 0) -> ClockTime:
    """ "三点半", "三点一刻", "三点钟"."""
    return clock_time(context, h, Number(fraction))


def fives_past(context: Context, h: Number, m: Number) -> ClockTime:
    """ "三點踏三": fives of minutes, as Cantonese counts them."""
    return clock_time(context, h, Number(m.whole * 5))


def not_one(context: Context, time: ClockTime) -> ClockTime:
    """An hour but one: 一点 alone is "a little"."""
    if time.hours == 1:
        raise ValueError("a little")
    return time


def minutes_to(context: Context, h: Number, m: Number) -> ClockTime:
    """ "三点差五分"."""
    return beside(context, m, hour(context, h), -1)


def half_hour(context: Context, time: ClockTime) -> ClockTime:
    """ "half seven", as the British say half past it."""
    return beside(context, Number(30), time)


def spelled_time(context: Context, h: Number, m: Number) -> ClockTime:
    """ "seven thirty", "seven oh five"."""
    if h.digits or m.digits or not 1 <= h.value <= 12 or not 1 <= m.value < 60:
        raise ValueError("no time in words")
    return clock_time(context, h, m)


def named_time(context: Context, noon: float) -> ClockTime:
    """ "noon", "midnight"."""
    return ClockTime(noon, True)


def of_part(context: Context, time: ClockTime, part: str) -> ClockTime:
    """ "three in the afternoon", 下午三点: the part says which half is meant."""
    start, end = PARTS[part]
    if time.half_known and time.hours > 12:
        return time
    options = [time.hours % 12 + 12 * half for half in (0, 1, 2)]
    if time.half_known and time.hours == 12:
        options = [12.0, 24.0] if end > 18 else [12.0]
    inside = [hours for hours in options if start <= hours <= end]
    nearest = min(options, key=lambda hours: max(start - hours, hours - end))
    return time.known(inside[0] if inside else nearest)


def clock(context: Context, time: ClockTime, kind: ClockKind = "at") -> Hours:
    """A clock time with the word before or after it."""
    if time.hours == 24 and kind in ("after", "since"):  # midnight begins the day
        time = ClockTime(0.0, True)
    return Hours(Clock(kind, time))


def near_clock(context: Context, time: ClockTime, shift: float) -> Hours:
    """ "shortly before nine", 七点多: the hours beside it, vaguely."""
    return Hours(Clock("around", replace(time, hours=time.hours + shift)))


def clock_range(context: Context, first: ClockTime, last: ClockTime) -> Hours:
    """ "between 3 and 4", "from 9 to 10:30 pm"."""
    return Hours(Clock("between", ClockTime(0.0, True) if first.hours == 24 else first, last))


def clock_for(context: Context, time: ClockTime, duration: Duration) -> Hours:
    """ "from 10 am for 3 hours"."""
    if duration.months or duration.days:
        raise ValueError("longer than a day")
    start = time if time.half_known else time.known(time.hours + 12 * (time.hours < 7))
    return Hours(Clock("between", start, start.known(start.hours + duration.seconds / 3600)))


def part_hours(context: Context, part: str) -> Hours:
    """A part of the day."""
    return Hours(None, part)


def part_edge(context: Context, part: str, edge: str) -> str:
    """ "early morning", "late afternoon", "the end of the afternoon"."""
    return part_of_part(part, edge)


def part_range(context: Context, first: str, last: str) -> Hours:
    """ "from morning until noon": from the beginning of the one to the beginning of the other."""
    start, end = PARTS[first][0], PARTS[last][1]
    return Hours(Clock("between", ClockTime(start, True), ClockTime(end, True)))


def part_to_time(context: Context, part: str, time: ClockTime) -> Hours:
    """ "from morning until noon"."""
    start = PARTS[part][0]
    later = [hours for hours in time.options() if hours > start]
    return Hours(Clock("between", ClockTime(start, True), time.known(later[0])))


def moment(context: Context, days: Days, hours: Hours) -> Moment:
    """ "yesterday at three", "Monday evening"."""
    if days.unit != "day" and not days.part:
        raise ValueError("hours of many days")
    return Moment(days, hours)


def part_of_days(context: Context, days: Days, part: str) -> Moment:
    """ "the morning of the 8th"."""
    return moment(context, days, Hours(None, part))


def moment_edge(context: Context, edge: str, days: Days, part: str = "") -> Moment:
    """ "early on Sunday morning", "late Friday"."""
    if part:
        return moment(context, days, Hours(None, part_edge(context, part, edge)))
    half = {"early": "morning", "late": "evening"}.get(edge)
    if half is None:
        raise ValueError("no part of the day")
    return moment(context, days, Hours(None, half))


def moment_year(context: Context, days: Days, hours: Hours, year: Days) -> Moment:
    """ "Wed Oct 26 15:50:06 2016"."""
    return Moment(within(context, year, days), hours)


def now(context: Context) -> Stretch:
    """This moment."""
    at = context.local.asked_at
    return Stretch(at, at + 60)


HOURS = {
    action.__name__: action
    for action in (
        clock_time, digits_time, hour, beside, named_time, of_part, clock, near_clock, clock_range,
        clock_for, part_hours, moment_year, minutes_to, moment_edge, letter_hour, with_half, fraction_time, fives_past, not_one, military_time, fives, part_of_days, half_hour, spelled_time, part_edge, part_range, part_to_time, moment, now,
    )
}  # fmt: skip
