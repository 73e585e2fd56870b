"""What words of time can mean before a calendar makes an interval of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from egorag.time.calendar import series as of
from egorag.time.calendar.clock import DAYTIME, FUZZY_PARTS, Clock
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import LENGTHS, Interval, Series, Tense, fixed, inside
from egorag.time.grammar.amounts import require

Side = Literal["since", "after", "before", "until"]
_MORNING = 9.0  # from here on hours that name no half are of the morning


@dataclass(frozen=True, slots=True)
class TimeContext:
    """When and how a text is read: the person's calendar, and which way its times lie."""

    local: LocalTime
    tense: Tense

    @property
    def hours(self) -> float:
        """The time of day, in hours."""
        now = self.local.now
        return now.hour + now.minute / 60 + now.second / 3600


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days; ``part``: the part of the day that the words bring along ("tonight").

    ``unit`` is the grain: "month" of "in May"; ``core``: what is named inside days that are wider
    ("two weeks ago" names a day); ``holiday``: a holiday by its name alone, not that of last year.
    """

    series: Series
    exact: bool = True
    part: str = ""
    unit: str = "day"
    core: Series | None = None
    holiday: bool = False

    @classmethod
    def every(cls, unit: str) -> Days:
        """Whatever week, weekend, month, …."""
        return cls(of.every(unit), unit=unit)

    @classmethod
    def numbered(cls, kind: str, number: int) -> Days:
        """Mondays ("weekday", 0), the fifth of whatever month ("dom", 5), Mays ("month", 5), …."""
        return cls(of.numbered(kind, number), unit=of.NUMBERED[kind][0])

    @property
    def length(self) -> int:
        """About how many days the grain has."""
        return LENGTHS.get(self.unit, 3)

    def choose(self, context: TimeContext) -> Interval:
        """The interval that is meant.

        Raises:
            ValueError: there is none.
        """
        return self.series.choose(context.local.today, context.tense)

    def name(self, context: TimeContext) -> Interval:
        """The interval that is named: where ``choose`` gives days around it, less than that."""
        days = self.choose(context)
        return (self.core.within(*days) if self.core else [days])[0]


@dataclass(frozen=True, slots=True)
class Hours:
    """A clock time or a part of the day, or both; of certain days or of whatever day."""

    clock: Clock | None = None
    part: str = ""
    days: Days | None = None

    @property
    def exact(self) -> bool:
        """Whether exactly these hours are meant."""
        vague = self.clock.kind in ("at", "around") if self.clock else self.part in FUZZY_PARTS
        return not vague and (self.days is None or self.days.exact)

    @property
    def either_half(self) -> bool:
        """Whether the hour is one of both morning and evening: "at eight"; nine is of the day."""
        part = self.part or (self.days.part if self.days else "")
        if self.clock is None or part or self.clock.kind not in ("at", "around"):
            return False
        hours = self.clock.options()
        return len(hours) > 1 and DAYTIME[0] <= hours[0] < _MORNING


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment (seconds UTC) to another; ``core``: the moment that is named in between."""

    start: float
    end: float
    exact: bool = True
    core: float | None = None


Value = Days | Hours | Stretch


@dataclass(frozen=True, slots=True)
class Habit:
    """Days of the week, and a part of the day or "", that come again and again in some days."""

    weekdays: tuple[int, ...] = tuple(range(7))
    part: str = ""
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """What lies on a side of a time: "since Monday", "before noon"."""

    side: Side
    value: Value


def only(first: date, after: date, unit: str = "day", exact: bool = True, part: str = "") -> Days:
    """Certain days."""
    return Days(fixed(first, after), exact, part, unit)


def within(outer: Days, inner: Days) -> Days:
    """The shorter days as they fall into the longer ones: "March 2024", "Monday last week"."""
    require(inner.length < outer.length and inner.unit != "recent")
    series = inside(outer.series, inner.series)
    require(not series.fixed or bool(series.within(date.min, date.max)))
    return replace(inner, series=series, part=inner.part or outer.part, holiday=False)
