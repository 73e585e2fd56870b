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

    def __init__(self, date_range: Range) -> None:
        self._zone = zone(date_range.timezone)
        self._period = {
            day: n
            for n, (first, last) in enumerate(date_range.periods())
            for day in range(first.toordinal(), last.toordinal() + 1)
        }
        self._known: dict[int, tuple[int, int, int, date]] = {}

    def place(self, quarter: int) -> tuple[int, int, int, date]:
        """Period (-1 outside the range), weekday (0 is Monday), hour, and the day itself."""
        position = self._known.get(quarter)
        if position is None:
            local = datetime.fromtimestamp(quarter * 900, self._zone)
            day = local.date()
            period = self._period.get(day.toordinal(), -1)
            position = self._known[quarter] = (period, day.weekday(), local.hour, day)
        return position


def habits(store: Store, date_range: Range, now: float | None = None) -> Habits:
    """What the charts of a range show, as known at ``now`` (seconds UTC)."""
    span, calendar = date_range.span, Calendar(date_range)
    coverage = store.days.coverage(time.time() if now is None else now, span)
    rows: dict[Of, tuple[HabitRow, ...]] = {}
    others: dict[Of, int] = {}
    days: set[date] = set()
    for of in KINDS:
        tallies = list(store.habits.counts(of, span, coverage))
        if of == "recorded":
            days = {calendar.place(tally.quarter)[3] for tally in tallies}
        every = sorted(
            _rows(of, tallies, calendar, len(date_range.periods())),
            key=lambda row: (-(row.seconds if of in TIMED else row.times), row.what.lower()),
        )
        rows[of], others[of] = tuple(every[:SHOWN]), len(every[SHOWN:])
    inside = [recorded_span.intersection(span) for recorded_span in recorded_spans(coverage)]
    pending = [stretch.intersection(span) for stretch in coverage.pending]
    return Habits(date_range, _total(inside), _total(pending), len(days), rows, others)


def moments(
    store: Store,
    date_range: Range,
    of: Of,
    what: str,
    period: int | None = None,
    weekday: int | None = None,
    hour: int | None = None,
) -> list[HabitMoment]:
    """What a bar (``period``) or a cell (``weekday``, ``hour``) of a chart stands for."""
    calendar = Calendar(date_range)

    def fits(clip: CountedClip) -> bool:
        at = calendar.place(int(clip.span.start // 900))
        asked = (period, weekday, hour)
        return at[0] >= 0 and all(a is None or a == b for a, b in zip(asked, at))

    counted_clips = store.habits.clips(of, what.lower(), date_range.span)
    return _joined(clip for clip in counted_clips if fits(clip))


def _joined(counted_clips: Iterable[CountedClip]) -> list[HabitMoment]:
    last: dict[str, int] = {}
    joined: list[HabitMoment] = []
    for clip in counted_clips:
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


def _rows(of: Of, tallies: Iterable[Count], calendar: Calendar, periods: int) -> list[HabitRow]:
    """One row for each label; how it is written most often is how it is shown."""
    by_label: dict[str, list[Count]] = defaultdict(list)
    for tally in tallies:
        by_label[tally.what.lower()].append(tally)
    return [_row(of, of_label, calendar, periods) for of_label in by_label.values()]


def _row(of: Of, tallies: list[Count], calendar: Calendar, periods: int) -> HabitRow:
    bars, heat = [0.0] * periods, defaultdict[tuple[int, int], float](float)
    for tally in tallies:
        period, weekday, hour, _ = calendar.place(tally.quarter)
        value = tally.seconds if of in TIMED else float(tally.times)
        if period >= 0:
            bars[period] += value
            heat[weekday, hour] += value
    spelled = Counter(tally.what for tally in tallies).most_common(1)[0][0]
    return HabitRow(
        spelled,
        sum(tally.seconds for tally in tallies),
        sum(tally.times for tally in tallies),
        tuple(round(value, 1) for value in bars),
        {place: round(value, 1) for place, value in heat.items()},
    )


def _total(spans: Iterable[Span | None]) -> float:
    return sum(span.duration for span in spans if span is not None)
