"""The person's own calendar: wall-clock times and days become absolute spans, also across DST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from memory.types.core import Span
from memory.types.timezones import zone

WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())
MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment as the person's clock and calendar show it."""

    asked_at: float
    zone: tzinfo

    @classmethod
    def of(cls, asked_at: float, timezone: str) -> LocalTime:
        """The calendar at ``asked_at`` (seconds UTC) in the named zone.

        Raises:
            ValueError: there is no such zone.
        """
        return cls(asked_at, zone(timezone))

    @property
    def now(self) -> datetime:
        """The moment as an aware datetime."""
        return self.local(self.asked_at)

    @property
    def today(self) -> date:
        """The day on the person's calendar."""
        return self.now.date()

    def local(self, at: float) -> datetime:
        """Any moment (seconds UTC) as an aware datetime of the person's zone."""
        return datetime.fromtimestamp(at, self.zone)

    def day_of(self, span: Span) -> Span:
        """The person's whole day in which a span begins."""
        first = self.local(span.start).date()
        return Span(self.at(first, 0), self.at(first + timedelta(days=1), 0))

    def at(self, day: date, hours: float, *, last: bool = False) -> float:
        """Seconds UTC of a wall-clock time; ``hours`` may pass 24 into the next days.

        Where clocks are set back, the first of the two moments counts, or the ``last`` if asked.
        """
        midnight = datetime.combine(day, time.min, self.zone)
        moment = midnight + timedelta(seconds=round(hours * 3600))
        return moment.replace(fold=int(last)).timestamp()

    def hours(self, day: date, start: float, end: float) -> Span:
        """From one wall-clock time of a day to another (which may pass midnight)."""
        first = self.at(day, start)
        return Span(first, max(first, self.at(day, end, last=True)))

    def days(self, first: date, after: date) -> Span:
        """Whole days from ``first`` up to, not including, ``after``."""
        return Span(self.at(first, 0), self.at(after, 0))


def month_start(day: date, months: int = 0) -> date:
    """The first day of the month that lies ``months`` after the month of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
