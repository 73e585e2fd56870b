"""Coverage by day: how much is recorded and remembered, cached until the day changes.

A year has 700,000 clips; without this, every question would read them all to say what it searched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from memory.db.database import HomeDatabase
from memory.types.core import Coverage, Span, merge_spans

DAY = 86_400.0
_GAP = 1.0  # seconds between clips that are no gap
_LONGEST = 600.0  # seconds that no clip outlasts
_EVER = Span(-1e15, 1e15)
_CLIPS = (
    'SELECT clip.start AS start, clip."end" AS "end", {known} AS known FROM clip {join} '
    'WHERE clip."end" <= ? AND clip.start >= ? AND clip.start < ? AND clip."end" > ? '
    "ORDER BY clip.start"
)
_COUNT = (
    "SELECT count(*) FROM memory WHERE level = 'clip' AND \"end\" <= ? AND start >= ? "
    'AND start < ? AND "end" > ?'
)


@dataclass(frozen=True, slots=True)
class _Day:
    """What there is of a day, as of its ``number``. ``last`` is when its last clip ends."""

    number: int
    indexed: tuple[Span, ...]
    pending: tuple[Span, ...]
    last: float


@dataclass(eq=False)
class CoverageReads:
    """Coverage and counts of clips. Threads may share one."""

    _database: HomeDatabase
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _known: dict[int, _Day] = field(init=False, default_factory=dict)

    def coverage(self, until: float, span: Span | None = None) -> Coverage:
        """Which time of the clips that ended by ``until`` and overlap ``span`` is indexed."""
        period = span or _EVER
        whole = _whole_days(until, period)
        days: list[_Day] = []
        with self._guard:
            for number, day in self._days(whole):
                low = number * DAY
                late = day.last > until  # a clip longer than any should be
                days += self._read(until, low, low + DAY, period, True) if late else [day]
        for low, high in _edges(whole, period):
            days += self._read(until, low, high, period, True)
        return Coverage(
            merge_spans((part for day in days for part in day.indexed), _GAP),
            merge_spans((part for day in days for part in day.pending), _GAP),
        )

    def count(self, until: float, span: Span | None = None) -> int:
        """How many clips are remembered that ended by ``until`` and overlap ``span``.

        A clip longer than ten minutes may count before it ended.
        """
        period = span or _EVER
        whole = _whole_days(until, period)
        summed = self._database.rows(
            "SELECT coalesce(sum(remembered), 0) FROM clip_day WHERE day >= ? AND day < ?",
            [whole.start, whole.stop],
        )[0][0]
        edges = (
            self._database.rows(_COUNT, [until, low, high, period.start])[0][0]
            for low, high in _edges(whole, period)
        )
        return int(summed) + sum(map(int, edges))

    def _days(self, whole: range) -> list[tuple[int, _Day]]:
        """The days of the range that have clips, those that changed read again."""
        rows = self._database.rows(
            "SELECT day, clips, remembered, number FROM clip_day "
            "WHERE day >= ? AND day < ? AND clips > 0 ORDER BY day",
            [whole.start, whole.stop],
        )
        for row in rows:
            known = self._known.get(row["day"])
            if known is None or known.number != row["number"]:
                pending = row["clips"] != row["remembered"]
                low = row["day"] * DAY
                for day in self._read(float("inf"), low, low + DAY, _EVER, pending):
                    self._known[row["day"]] = _Day(
                        row["number"], day.indexed, day.pending, day.last
                    )
        return [(row["day"], self._known[row["day"]]) for row in rows if row["day"] in self._known]

    def _read(
        self, until: float, low: float, high: float, span: Span, pending: bool
    ) -> Iterator[_Day]:
        """The clips that start from ``low`` to ``high``; whether any may be ``pending``."""
        join, known = "", "1"
        if pending:
            join = "LEFT JOIN memory ON memory.clip_id = clip.id"
            known = "memory.id IS NOT NULL"
        rows = self._database.rows(
            _CLIPS.format(join=join, known=known), [until, low, high, span.start]
        )
        if rows:
            clips = [(row[0], row[1], row[2]) for row in rows]
            yield _Day(
                0,
                _joined((start, end) for start, end, known in clips if known),
                _joined((start, end) for start, end, known in clips if not known),
                max(end for _, end, _ in clips),
            )


def _whole_days(until: float, span: Span) -> range:
    """The days of which every clip ended by ``until`` and lies in ``span``."""
    first = max(1, int(-(-max(span.start, 0.0) // DAY)))
    last = int(max(0.0, min(until - _LONGEST, span.end, 1e12)) // DAY)
    return range(first, max(first, last))


def _edges(whole: range, span: Span) -> list[tuple[float, float]]:
    """The starts of clips to be looked at one by one: before the whole days, and after them."""
    low = span.start - _LONGEST
    if not whole:
        return [(low, span.end)]
    before, after = whole.start * DAY, whole.stop * DAY
    return [(low, before), *([(after, span.end)] if after < span.end else [])]


def _joined(clips: Iterable[tuple[float, float]]) -> tuple[Span, ...]:
    """Spans over clips in order of their starts, those that meet joined."""
    joined: list[list[float]] = []
    for start, end in clips:
        if joined and start <= joined[-1][1] + _GAP:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return tuple(Span(start, end) for start, end in joined)
