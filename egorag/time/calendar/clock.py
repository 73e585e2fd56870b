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
Window = tuple[float, float]  # hours of the wall clock
PARTS: dict[str, Window] = {name: tuple(at) for name, at in _TABLE["hours"].items()}
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

    def inside(self, window: Window) -> float:
        """The option inside the window, else by day rather than by night."""
        start, end = window
        options = self.options()
        options = (*options, *(hours + 24 for hours in options if hours + 24 <= end))
        inside = [hours for hours in options if start <= hours <= end]
        if inside or window == DAYTIME:
            return (inside or options)[0]
        start = 0.0 if end == 12 else start  # 12:30 in the morning is of the night
        return min(options, key=lambda hours: max(start - hours, hours - end))


@dataclass(frozen=True, slots=True)
class Clock:
    """One or two clock times with the word that relates them."""

    kind: ClockKind
    first: ClockTime
    second: ClockTime | None = None

    @property
    def end(self) -> ClockTime | None:
        """The second time; none that is the first again: that moment is meant, no day or half."""
        first, second = self.first, self.second
        if second is None or first.hours % 12 != second.hours % 12:
            return second
        if second.half_known and (not first.half_known or first.hours != second.hours):
            return second
        return None

    def hours(self, window: Window) -> Window:
        """Wall-clock hours [start, end) on one day."""
        at, second = self.first.inside(window), self.end
        if second:  # the next that follows the first
            if second.half_known and not self.first.half_known:
                at = max(self.options(), default=at)
            ends = (end + more for end in second.options() for more in (0, 24))
            return at, min(end for end in ends if end > at)
        start, end = (0.0, 24.0) if window == DAYTIME else window
        if self.kind in ("before", "until"):
            return min(start, at), at
        if self.kind in ("after", "since"):
            return at, max(at, end)
        slack = self._slack(at)
        return max(0.0, at - slack), at + slack

    def options(self) -> tuple[float, ...]:
        """The hours that the first time may mean: before a second that is certain, the nearest."""
        options, second = self.first.options(), self.end
        if second is None or not second.half_known:
            return options
        return tuple(hours for hours in options if hours < second.hours)[-1:]

    def _slack(self, at: float) -> float:
        """Hours either side of "at" that time: the more exactly it is told, the fewer."""
        if self.kind == "around":
            return _AROUND
        if self.first.grain == 1:
            return _SECOND_POINT
        return _POINT if at % 1 else _HOUR_POINT

    def moment(self, span: Span) -> Span | None:
        """The hour, minute or second that is named inside the ``span`` that is searched.

        What lies before or after a time is searched on that day, and named without an end.
        """
        if self.kind not in ("at", "around"):
            return open_span(span, self.kind)
        if not self.first.grain:
            return None
        at = span.end - 3600 * self._slack(self.first.hours)
        return Span(at, at + self.first.grain)

    def nearest_day(self, local: LocalTime, tense: Tense) -> tuple[date, Window]:
        """Without a day: the latest one, and half of it, on which the constraint has begun.

        Of the future the next one on which it is not over.
        """
        found: list[tuple[bool, float, date, Window]] = []
        bounded, past = self.kind in ("before", "until"), tense == "past"
        day_begins, day_ends = _WAKING if past else (_DAY_BEGINS, 24.0)
        for day in (local.today, local.today + timedelta(days=-1 if past else 1)):
            for at in self.options() if past else self.first.options():
                hours = replace(self, first=self.first.known(at)).hours(DAYTIME)
                awake = self.first.half_known or day_begins <= at <= day_ends
                if past:
                    possible = local.at(day, hours[0] if bounded else at) <= local.asked_at
                else:
                    possible = awake and local.at(day, sum(hours) / 2) >= local.asked_at
                if possible:
                    found.append((awake, local.at(day, at), day, hours))
        if not found:
            return local.today, self.hours(DAYTIME)
        if past and bounded and not self.first.half_known:
            noon = local.at(local.today, 12.5)
            today = (row for row in found if row[2] == local.today)
            return min(today, key=lambda row: abs(row[1] - noon))[2:]
        return (max(found) if past else min(found))[2:]


def open_span(span: Span, side: str) -> Span | None:
    """What lies on a side of a time, without an end; None where both ends are named."""
    if side in ("before", "until"):
        return Span(min(EVER, span.start), span.end)
    return Span(span.start, span.end + LATER) if side in ("after", "since") else None
