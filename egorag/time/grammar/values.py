"""What words of time can mean before a calendar makes an interval of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from egorag.time.calendar.clock_types import Clock
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Interval, Series, Tense, choose

Side = Literal["since", "after", "before", "until"]


@dataclass(frozen=True, slots=True)
class Context:
    """When and how a text is read: the person's calendar, and which way its times lie."""

    local: LocalTime
    tense: Tense


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with its digits where it is written in digits; ``vague`` is "a few"."""

    value: float
    digits: str = ""
    vague: bool = False

    @property
    def whole(self) -> int:
        """The number without a fraction.

        Raises:
            ValueError: it has one.
        """
        if self.value != int(self.value):
            raise ValueError("no whole number")
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; ``unit`` is the smallest that it is said in."""

    unit: str
    months: int = 0
    days: int = 0
    seconds: float = 0.0
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days; ``part``: the part of the day that the words bring along ("tonight").

    ``unit`` is the grain: "month" of "in May". ``nested`` days say to which longer days they belong.
    """

    series: Series
    exact: bool = True
    part: str = ""
    unit: str = "day"

    def choose(self, context: Context) -> Interval:
        """The interval that is meant.

        Raises:
            ValueError: there is none.
        """
        return choose(self.series, context.local.today, context.tense)


@dataclass(frozen=True, slots=True)
class Hours:
    """A clock time or a part of the day, of whatever day."""

    clock: Clock | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Hours of certain days."""

    days: Days
    hours: Hours


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment (seconds UTC) to another."""

    start: float
    end: float
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Habit:
    """Days of the week, and a part of the day or "", that come again and again."""

    weekdays: tuple[int, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What lies on a side of a time: "since Monday", "before noon"."""

    side: Side
    value: Days | Moment | Hours | Stretch
