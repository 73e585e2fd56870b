"""What the time words of a question name: an interval, and windows or an event that narrow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Span, merge_spans

EVER = 0.0  # the start, in seconds UTC, of an interval whose words leave it open
Relation = Literal["before", "after", "during", "between"]


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The same hours of certain weekdays (0 Monday … 6 Sunday), again and again.

    ``hours`` are of the wall clock; an end past 24 lies on the next day.
    """

    weekdays: tuple[int, ...] = tuple(range(7))
    hours: tuple[float, float] = (0.0, 24.0)

    def spans(self, within: Span, local: LocalTime) -> tuple[Span, ...]:
        """The windows inside ``within`` that have begun by ``asked_at``, in order of time.

        Days in a row without a gap between them join. The cost grows with the days of ``within``.
        """
        bounds = Span(within.start, max(within.start, min(within.end, local.asked_at)))
        first, last = (local.local(at).date() for at in (bounds.start, bounds.end))
        days = (first + timedelta(days=n) for n in range(-1, (last - first).days + 1))
        chosen = (local.hours(day, *self.hours) for day in days if day.weekday() in self.weekdays)
        return merge_spans([shared for span in chosen if (shared := span.intersection(bounds))])


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event that the question's time hangs on: "after the meeting".

    ``text`` says the event, ``second`` the later one of a "between"; ``place`` is where relation
    and event stand in the question; ``onwards`` ("since") reaches up to now. When the event was,
    only the memories know (``answering/time_settling.py``).
    """

    relation: Relation
    text: str
    second: str = ""
    place: tuple[int, int] = (0, 0)
    onwards: bool = False


@dataclass(frozen=True, slots=True)
class TimeReference:
    """The interval that some words of a question name.

    ``exact`` intervals may filter; the others ("around nine", "a week ago") may only favour.
    ``pieces`` are the (start, end) places of ``text`` in the question. A ``recurring`` reference
    means only the windows inside ``span``; an ``anchor`` lies somewhere in ``span``, which is then
    as wide as the other words allow and never exact; its words are not among the pieces. ``named``
    is what the words name where ``span`` is a window around it: the minute of "at 15:20". A
    ``holiday`` without its year may be what is spoken of: "why don't I get Christmas off?".
    Hours of ``either_half`` of the day ("at eight") are in ``span`` those of the first.
    """

    span: Span
    text: str
    exact: bool
    pieces: tuple[tuple[int, int], ...] = ()
    recurring: Recurrence | None = None
    anchor: Anchor | None = None
    named: Span | None = None
    end: bool = False
    holiday: bool = False
    either_half: bool = False

    def windows(self, local: LocalTime, within: Span) -> tuple[Span, ...]:
        """The stretches that are meant inside ``within``: the span if nothing recurs."""
        bounds = self.span.intersection(within)
        if bounds is None:
            return ()
        return self.recurring.spans(bounds, local) if self.recurring else (bounds,)
