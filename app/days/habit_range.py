"""The days that habits are counted over, and the periods that their bars stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from app.core.errors import Refusal
from app.days.timeline import day_span
from app.presentation.i18n import t
from memory.types.core import Span

RangeName = Literal["week", "month", "all", "custom"]
Unit = Literal["day", "week", "month"]
NAMES: tuple[RangeName, ...] = get_args(RangeName)
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
_BY_DAY, _BY_WEEK = 14, 200  # days up to which a bar is a day, a week


@dataclass(frozen=True, slots=True)
class Range:
    """Whole days on the clock of a zone; both ``first`` and ``last`` belong to it."""

    name: RangeName
    first: date
    last: date
    timezone: str

    @property
    def span(self) -> Span:
        """From the first midnight to the last, in seconds UTC."""
        return Span(
            day_span(self.first, self.timezone).start, day_span(self.last, self.timezone).end
        )

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def unit(self) -> Unit:
        """What one bar stands for, so that there are never too many."""
        if self.days <= _BY_DAY:
            return "day"
        return "week" if self.days <= _BY_WEEK else "month"

    def periods(self) -> list[tuple[date, date]]:
        """First and last day of each bar, in order; weeks begin on Monday."""
        periods, first = [], self.first
        while first <= self.last:
            last = min(_end_of(first, self.unit), self.last)
            periods.append((first, last))
            first = last + timedelta(days=1)
        return periods


def choose(
    name: str,
    today: date,
    recorded: Sequence[date],
    timezone: str,
    first: date | None = None,
    last: date | None = None,
) -> Range:
    """The range that a person means; without a name, the shortest in which something is recorded.

    Args:
        name: one of ``NAMES``, or empty.
        today: the person's day; a range ends no later unless its days are given.
        recorded: the days with recordings, oldest first.
        timezone: the person's zone.
        first: the first day of a "custom" range.
        last: its last day.

    Raises:
        ValueError: there is no such range; the text says what is wrong with it.
    """
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    if not name:
        latest = recorded[-1] if recorded else EARLIEST
        name = "week" if latest >= monday else "month" if latest >= month else "all"
    if name == "custom":
        return _custom(first, last, timezone)
    begins = {"week": monday, "month": month, "all": recorded[0] if recorded else today}
    if name not in begins:
        raise Refusal(f"There is no range “{name}”; choose one of: {', '.join(NAMES)}.")
    ends = recorded[-1] if recorded and name == "all" else today
    return Range(name, min(begins[name], ends), ends, timezone)  # type: ignore[arg-type]


def _custom(first: date | None, last: date | None, timezone: str) -> Range:
    if first is None or last is None:
        raise Refusal("Say from which day to which day.")
    if last < first:
        raise Refusal(t("The last day comes before the first."))
    if first < EARLIEST or last > LATEST:
        raise Refusal(t("Those days are too far away; nothing can be recorded there."))
    return Range("custom", first, last, timezone)


def _end_of(first: date, unit: Unit) -> date:
    if unit == "day":
        return first
    if unit == "week":
        return first + timedelta(days=6 - first.weekday())
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
