"""Habits: how a person's recorded time was spent, as numbers that charts are drawn from.

People, talk and recording are counted in seconds, activities and places in times; nothing is
counted for time that was not recorded, and how much was is said beside every number.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.days.habit_range import Range
from memory.repositories.habit_counts import KINDS, Count, CountedClip, Of, recorded_spans
from memory.store.store import Store
from memory.types.core import Span
from memory.types.timezones import zone

SHOWN = 8  # rows of a kind; the others are counted together
GAP = 60.0  # seconds between clips of one recording that are still one moment
TIMED: frozenset[Of] = frozenset({"recorded", "talk", "people"})  # counted in seconds, not in times


@dataclass(frozen=True, slots=True)
class HabitRow:
    """One thing that was counted: a person, an activity, a place, or talk as a whole.

    ``bars`` has a value for each period of the range, ``heat`` one for (weekday, hour): seconds
    where the kind is timed, else times.
    """

    what: str
    seconds: float
    times: int
    bars: tuple[float, ...]
    heat: dict[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Habits:
    """All charts of a range. ``days`` are those on which something was recorded."""

    range: Range
    recorded: float  # seconds
    waiting: float  # seconds recorded and not indexed yet: what they hold is not counted
    days: int
    rows: dict[Of, tuple[HabitRow, ...]]
    others: dict[Of, int]


@dataclass(frozen=True, slots=True)
class HabitMoment:
    """Clips of one recording that follow each other, in which something was counted."""

    recording_id: str
    clip_id: str  # the first
    span: Span


class Calendar:
    """Where quarters of an hour fall: which period of a range, which weekday, which hour."""

    def __init__(self, wanted: Range) -> None:
        self._zone = zone(wanted.timezone)
        self._period = {
            day: n
            for n, (first, last) in enumerate(wanted.periods())
            for day in range(first.toordinal(), last.toordinal() + 1)
        }
        self._known: dict[int, tuple[int, int, int, date]] = {}

    def place(self, quarter: int) -> tuple[int, int, int, date]:
        """Period (-1 outside the range), weekday (0 is Monday), hour, and the day itself."""
        found = self._known.get(quarter)
        if found is None:
            local = datetime.fromtimestamp(quarter * 900, self._zone)
            day = local.date()
            period = self._period.get(day.toordinal(), -1)
            found = self._known[quarter] = (period, day.weekday(), local.hour, day)
        return found


def habits(store: Store, wanted: Range, now: float | None = None) -> Habits:
    """What the charts of a range show, as known at ``now`` (seconds UTC)."""
    span, calendar = wanted.span, Calendar(wanted)
    coverage = store.days.coverage(time.time() if now is None else now, span)
    rows: dict[Of, tuple[HabitRow, ...]] = {}
    others: dict[Of, int] = {}
    days: set[date] = set()
    for of in KINDS:
        found = list(store.habits.counts(of, span, coverage))
        if of == "recorded":
            days = {calendar.place(one.quarter)[3] for one in found}
        every = sorted(
            _rows(of, found, calendar, len(wanted.periods())),
            key=lambda row: (-(row.seconds if of in TIMED else row.times), row.what.lower()),
        )
        rows[of], others[of] = tuple(every[:SHOWN]), len(every[SHOWN:])
    inside = [one.intersection(span) for one in recorded_spans(coverage)]
    pending = [one.intersection(span) for one in coverage.pending]
    return Habits(wanted, _total(inside), _total(pending), len(days), rows, others)


def moments(
    store: Store,
    wanted: Range,
    of: Of,
    what: str,
    period: int | None = None,
    weekday: int | None = None,
    hour: int | None = None,
) -> list[HabitMoment]:
    """What a bar (``period``) or a cell (``weekday``, ``hour``) of a chart stands for."""
    calendar = Calendar(wanted)

    def fits(clip: CountedClip) -> bool:
        at = calendar.place(int(clip.span.start // 900))
        asked = (period, weekday, hour)
        return at[0] >= 0 and all(a is None or a == b for a, b in zip(asked, at))

    found = store.habits.clips(of, what.lower(), wanted.span)
    return _joined(clip for clip in found if fits(clip))


def _joined(found: Iterable[CountedClip]) -> list[HabitMoment]:
    last: dict[str, int] = {}
    joined: list[HabitMoment] = []
    for clip in found:
        at = last.get(clip.recording_id)
        if at is not None and clip.span.start - joined[at].span.end <= GAP:
            before = joined[at]
            until = max(before.span.end, clip.span.end)
            joined[at] = HabitMoment(
                before.recording_id, before.clip_id, Span(before.span.start, until)
            )
            continue
        last[clip.recording_id] = len(joined)
        joined.append(HabitMoment(clip.recording_id, clip.clip_id, clip.span))
    return joined


def _rows(of: Of, found: Iterable[Count], calendar: Calendar, periods: int) -> list[HabitRow]:
    """One row for each label; how it is written most often is how it is shown."""
    by_label: dict[str, list[Count]] = defaultdict(list)
    for one in found:
        by_label[one.what.lower()].append(one)
    return [_row(of, of_label, calendar, periods) for of_label in by_label.values()]


def _row(of: Of, found: list[Count], calendar: Calendar, periods: int) -> HabitRow:
    bars, heat = [0.0] * periods, defaultdict[tuple[int, int], float](float)
    for one in found:
        period, weekday, hour, _ = calendar.place(one.quarter)
        value = one.seconds if of in TIMED else float(one.times)
        if period >= 0:
            bars[period] += value
            heat[weekday, hour] += value
    spelled = Counter(one.what for one in found).most_common(1)[0][0]
    return HabitRow(
        spelled,
        sum(one.seconds for one in found),
        sum(one.times for one in found),
        tuple(round(value, 1) for value in bars),
        {place: round(value, 1) for place, value in heat.items()},
    )


def _total(spans: Iterable[Span | None]) -> float:
    return sum(span.duration for span in spans if span is not None)
