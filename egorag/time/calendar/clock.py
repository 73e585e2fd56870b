"""Times of day: clock times, parts of a day, and the hours that they mean.

Which half of the day a bare hour is of, and how wide "at three" is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Literal

from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.calendar.time_reference import EVER
from memory.types.core import Span

_TABLE = tomllib.loads(files(__package__).joinpath("parts.toml").read_text("utf-8"))
PARTS: dict[str, tuple[float, float]] = {name: tuple(at) for name, at in _TABLE["hours"].items()}
FUZZY_PARTS = frozenset(_TABLE["fuzzy"])
ClockKind = Literal["at", "around", "between", "before", "after", "since", "until"]
_POINT = 10 / 60  # hours either side of "at 15:30"
_HOUR_POINT = 20 / 60  # … of "at three"
_SECOND_POINT = 15 / 3600  # … of "at 14:00:20": what is said there began a little before, perhaps
_AROUND = 0.5  # … of "around nine"
_WAKING = (6.0, 23.5)  # a bare hour means one of these where it can
DAYTIME = (7.0, 19.0)
LATER = 11 * 366 * 86_400.0  # seconds that an open future lasts
_DAY_BEGINS = 7.0  # a bare "at five" that lies ahead is no time of the night


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Hours since midnight; ``half_known`` says whether morning or afternoon is certain.

    ``grain``: how exactly it is said, in seconds: "three", "3:15" or, as the app shows them,
    "14:00:20"; 0 where it is no moment ("shortly before three").
    """

    hours: float
    half_known: bool
    grain: int = 3600

    def options(self) -> tuple[float, ...]:
        """The hours of the day that may be meant."""
        if self.half_known:
            return (self.hours,)
        return (self.hours % 12, self.hours % 12 + 12)

    def known(self, hours: float) -> ClockTime:
        """The same time once it is certain which of the options is meant."""
        return replace(self, hours=hours, half_known=True)


@dataclass(frozen=True, slots=True)
class Clock:
    """One or two clock times with the word that relates them."""

    kind: ClockKind
    first: ClockTime
    second: ClockTime | None = None


def choose_hours(time: ClockTime, window: tuple[float, float]) -> float:
    """The option inside the window, else by day rather than by night."""
    start, end = window
    options = time.options()
    options = (*options, *(hours + 24 for hours in options if hours + 24 <= end))
    inside = [hours for hours in options if start <= hours <= end]
    if inside or window == DAYTIME:
        return (inside or options)[0]
    start = 0.0 if end == 12 else start  # 12:30 in the morning is of the night
    return min(options, key=lambda hours: max(start - hours, hours - end))


def _pair(first: ClockTime, second: ClockTime, window: tuple[float, float]) -> tuple[float, float]:
    """The two times of a "between": the second is the next that follows the first."""
    begin = choose_hours(first, window)
    if second.half_known and not first.half_known:
        begin = max((at for at in first.options() if at < second.hours), default=begin)
    return begin, min(at + more for at in second.options() for more in (0, 24) if at + more > begin)


def _is_moment(first: ClockTime, second: ClockTime) -> bool:
    """Whether a "between" names the same time twice: that moment is meant, not a day or half."""
    if second.half_known:
        return first.half_known and first.hours == second.hours
    return first.hours % 12 == second.hours % 12


def clock_hours(clock: Clock, window: tuple[float, float]) -> tuple[float, float]:
    """Wall-clock hours [start, end) of a constraint on one day."""
    if clock.second and not _is_moment(clock.first, clock.second):
        return _pair(clock.first, clock.second, window)
    at = choose_hours(clock.first, window)
    start, end = (0.0, 24.0) if window == DAYTIME else window
    if clock.kind in ("before", "until"):
        return min(start, at), at
    if clock.kind in ("after", "since"):
        return at, max(at, end)
    slack = _slack(clock, at)
    return max(0.0, at - slack), at + slack


def _slack(clock: Clock, at: float) -> float:
    """Hours either side of "at" that time: the more exactly it is told, the fewer."""
    if clock.kind == "around":
        return _AROUND
    if clock.first.grain == 1:
        return _SECOND_POINT
    return _POINT if at % 1 else _HOUR_POINT


def moment_in(clock: Clock, span: Span) -> Span | None:
    """The hour, minute or second that a clock names inside the ``span`` that is searched.

    What lies before or after a time is searched on that day, and named without an end.
    """
    if clock.kind not in ("at", "around"):
        return open_span(span, clock.kind)
    if not clock.first.grain:
        return None
    at = span.end - 3600 * _slack(clock, clock.first.hours)
    return Span(at, at + clock.first.grain)


def open_span(span: Span, side: str) -> Span | None:
    """What lies on a side of a time, without an end; None where both ends are named."""
    if side in ("before", "until"):
        return Span(min(EVER, span.start), span.end)
    return Span(span.start, span.end + LATER) if side in ("after", "since") else None


def nearest_day(clock: Clock, local: LocalTime, tense: Tense) -> tuple[date, tuple[float, float]]:
    """Without a day: the latest one, and half of it, on which the constraint has begun.

    Of the future the next one on which it is not over.
    """
    found: list[tuple[bool, float, date, tuple[float, float]]] = []
    bounded, past = clock.kind in ("before", "until"), tense == "past"
    for day in (local.today, local.today + timedelta(days=-1 if past else 1)):
        for at in _possible(clock) if past else clock.first.options():
            hours = clock_hours(replace(clock, first=clock.first.known(at)), DAYTIME)
            day_begins, day_ends = _WAKING if past else (_DAY_BEGINS, 24.0)
            awake = clock.first.half_known or day_begins <= at <= day_ends
            if past:
                possible = local.at(day, hours[0] if bounded else at) <= local.asked_at
            else:
                possible = awake and local.at(day, sum(hours) / 2) >= local.asked_at
            if possible:
                found.append((awake, local.at(day, at), day, hours))
    if not found:
        return local.today, clock_hours(clock, DAYTIME)
    if past and bounded and not clock.first.half_known:
        noon = local.at(local.today, 12.5)
        today = (row for row in found if row[2] == local.today)
        return min(today, key=lambda row: abs(row[1] - noon))[2:]
    return (max(found) if past else min(found))[2:]


def _possible(clock: Clock) -> tuple[float, ...]:
    """The hours that the first time may mean: before a second that is certain, the nearest."""
    options, second = clock.first.options(), clock.second
    if second is None or not second.half_known or _is_moment(clock.first, second):
        return options
    return tuple(hours for hours in options if hours < second.hours)[-1:]
