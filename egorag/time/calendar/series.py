"""Days that come again on the calendar (Mondays, Marches, Easters), and which of them is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Literal

from egorag.time.calendar.local_time import month_start

Interval = tuple[date, date]  # days [first, after)
Tense = Literal["past", "future"]
ONE_DAY = timedelta(days=1)
MONTHS_OF = {"month": 1, "quarter": 3, "season": 3, "half": 6, "year": 12, "decade": 120,
             "century": 1200}  # fmt: skip
DAYS_OF = {"day": 1, "weekday": 1, "workday": 1.4, "week": 7, "weekend": 7, "fortnight": 14}
LENGTHS = {unit: round(days) for unit, days in DAYS_OF.items()}
LENGTHS |= {unit: round(30.44 * months) for unit, months in MONTHS_OF.items()}
NUMBERED: Mapping[str, tuple[str, int, Callable[[date], int]]] = {
    "weekday": ("day", 7, date.weekday), "dom": ("day", 31, lambda day: day.day),
    "month": ("month", 366, lambda day: day.month),
    "season": ("season", 366, lambda day: day.month // 3 - 1),
}  # unit, days between two, their number  # fmt: skip
_HORIZON = timedelta(days=60 * 366)  # that is looked through for the next occurrence
_ALL_DAYS = 4_000_000  # more than a calendar has


@dataclass(frozen=True, slots=True)
class Series:
    """Intervals in order of time; ``within(lo, hi)`` gives those that begin in [lo, hi).

    ``step``: days between two neighbours, about; 0 where there is only one interval.
    """

    within: Callable[[date, date], list[Interval]]
    step: int

    @property
    def fixed(self) -> bool:
        """Whether there is only one interval."""
        return self.step == 0

    def mapped(self, change: Callable[[date, date], Interval], reach: int = 0) -> Series:
        """Each interval changed; its beginning moves by at most ``reach`` days."""
        slack = timedelta(days=reach)

        def within(lo: date, hi: date) -> list[Interval]:
            changed = (change(*days) for days in self.within(_moved(lo, -slack), _moved(hi, slack)))
            return [days for days in changed if lo <= days[0] < hi]

        return Series(within, self.step)

    def around(self, today: date) -> Iterator[tuple[list[Interval], list[Interval]]]:
        """Intervals that have begun by today, and those that have not, in wider circles."""
        reach = timedelta(days=_ALL_DAYS if self.fixed else self.step * 2)
        while True:
            days = self.within(_moved(today, -reach), _moved(today, reach))
            yield [one for one in days if one[0] <= today], [one for one in days if one[0] > today]
            if reach > _HORIZON:
                return
            reach *= 4

    def choose(self, today: date, tense: Tense) -> Interval:
        """The latest interval that has begun; of the future, the first that is not over.

        Raises:
            ValueError: there is none.
        """
        other: list[Interval] = []
        for begun, ahead in self.around(today):
            going_on = [one for one in begun[-1:] if one[1] > today]
            if self.step == 7:  # "on Monday", said on a Monday, is the one before or the next
                going_on, begun = [], [one for one in begun if one[0] < today]
            meant = begun[-1:] if tense == "past" else going_on or ahead[:1]
            if meant:
                return meant[0]
            other = other or (ahead[:1] if tense == "past" else begun[-1:])
        if not other:
            raise ValueError("no calendar has such a day")
        return other[0]

    def counted(
        self, first: date, after: date, number: int, core: Series | None = None
    ) -> Interval:
        """The first (1), second, … interval after the days [first, after), or the last (-1) before.

        It lies before them where its ``core`` does.

        Raises:
            ValueError: there is none.
        """
        for begun, ahead in self.around(first):
            over = [one for one in begun if (core.within(*one)[0] if core else one)[1] <= first]
            found = over if number < 0 else [one for one in ahead if one[0] >= after]
            if len(found) >= abs(number):
                return found[number - (number > 0)]
        raise ValueError("no calendar has such a day")


def _moved(day: date, by: timedelta) -> date:
    return date.fromordinal(min(max(day.toordinal() + by.days, 1), date.max.toordinal()))


def fixed(first: date, after: date) -> Series:
    """One interval.

    Raises:
        ValueError: it would end before it begins.
    """
    if after <= first:
        raise ValueError("an interval must not end before it begins")
    return Series(lambda lo, hi: [(first, after)] if lo <= first < hi else [], 0)


NOWHERE = Series(lambda lo, hi: [], 0)  # of a day that no calendar has


def floor(unit: str, day: date) -> date:
    """The first day of the week, month, … that holds a day; of a week, its coming weekend."""
    if unit in ("week", "fortnight", "weekend"):
        return day + timedelta(days=5 * (unit == "weekend") - day.weekday())
    if months := MONTHS_OF.get(unit):
        index = day.year * 12 + day.month - (unit != "season")  # winter begins in December
        return month_start(day, -(index % months))
    return day


def add(unit: str, day: date, count: int) -> date:
    """The day that lies so many units on: of months and years, the same day or the month's last."""
    if days := DAYS_OF.get(unit):
        return day + timedelta(days=days * count)
    first = month_start(day, MONTHS_OF[unit] * count)
    return first + timedelta(days=min(day.day, (month_start(first, 1) - first).days) - 1)


def unit_at(unit: str, day: date, count: int = 0) -> Interval:
    """The week, month, … that lies ``count`` after the one that holds a day."""
    first = add(unit, floor(unit, day), count)
    return first, first + timedelta(days=2) if unit == "weekend" else add(unit, first, 1)


def every(unit: str, accepts: Callable[[date], bool] = bool, step: int = 0) -> Series:
    """All days, weeks, weekends, months, … of which the first day passes a test."""

    def within(lo: date, hi: date) -> list[Interval]:
        start = floor(unit, lo)
        units = takewhile(lambda days: days[0] < hi, (unit_at(unit, start, n) for n in count()))
        return [days for days in units if days[0] >= lo and accepts(days[0])]

    return Series(within, step or LENGTHS[unit])


def numbered(kind: str, number: int) -> Series:
    """All Sundays ("weekday", 6), 31sts ("dom", 31), Mays ("month", 5), springs ("season", 0).

    A season has three whole months of the northern year.
    """
    unit, step, number_of = NUMBERED[kind]
    return every(unit, lambda day: number_of(day) == number, step)


def yearly(of_year: Callable[[int], Interval]) -> Series:
    """What each year has once; where a year is not known, nothing."""

    def within(lo: date, hi: date) -> list[Interval]:
        found: list[Interval] = []
        for year in range(max(1, lo.year - 1), min(9998, hi.year) + 2):
            with suppress(ValueError, OverflowError):
                found.append(of_year(year))
        return [days for days in found if lo <= days[0] < hi]

    return Series(within, 366)


def inside(outer: Series, inner: Series, number: int | None = None) -> Series:
    """The inner intervals that begin in one of the outer: the Mondays of Marches.

    Of each outer one only the first (``number`` 1), second, … or last (-1), where it is given.
    """

    def within(lo: date, hi: date) -> list[Interval]:
        reach = timedelta(days=max(outer.step, 1200 if outer.fixed else 0) + 31)
        found: list[Interval] = []
        for first, after in outer.within(_moved(lo, -reach), hi):
            days = inner.within(first, after)
            if number is not None:
                at = number - (number > 0)
                days = [days[at]] if -len(days) <= at < len(days) else []
            found += days
        return [days for days in found if lo <= days[0] < hi]

    return Series(within, outer.step)


def range_of(first: Series, last: Series, today: date, tense: Tense) -> Interval:
    """From the one to the end of the other, which is the next after it.

    Raises:
        ValueError: there is no such pair.
    """
    if last.fixed and not first.fixed:
        end = last.choose(today, tense)
        starts = first.within(_moved(end[1], -timedelta(days=first.step * 2)), end[1])
        if end[1] - end[0] > 27 * ONE_DAY and starts[-1][0] >= end[0]:
            raise ValueError("May 2019 is no range")
        return starts[-1][0], end[1]
    start, _ = first.choose(today, tense)
    return start, last.counted(start - ONE_DAY, start, 1)[1]
