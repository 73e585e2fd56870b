"""Which timestamps to believe: a flipped bit must not make a recording of thirty years.

Timestamps of a sound file run on. One that leaps is believed only if what follows it goes on from
there; one that the stream returns from is a stray. A pause is no stray, however long it is.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

LEAP = 10.0  # seconds ahead of the last timestamp from which on one has to be confirmed
_PATIENCE = 5  # items that confirm a leap
_MOST_HELD = 2 * _PATIENCE  # where every item leaps, as in a slow time-lapse: pictures take room
_PAUSE = 60.0  # seconds of pause that one packet behind it makes credible
_LONGEST_PAUSE = 12 * 3600.0  # seconds
_MAX_RUNS = 64  # far more than a sound file has, few enough to search


def steady(items: Iterable[tuple[float, T]]) -> Iterator[tuple[float, T]]:
    """Those of the (time, item) pairs whose times rise, without the strays.

    The first item, and one that leaps ahead more than 10 s, are held until 5 go on from them or the
    stream ends; if the times return before that, those that they return from were strays.
    """
    last, held = -math.inf, list[tuple[float, T]]()
    for at, item in items:
        if at <= last:
            continue
        if at <= last + LEAP:
            held, last = [], at
            yield at, item
            continue
        held = [*(one for one in held if one[0] < at), (at, item)]
        if _goes_on([one[0] for one in held[-1 - _PATIENCE :]]) or len(held) > _MOST_HELD:
            last = held[-1][0]
            yield from held
            held = []
    yield from held


def _goes_on(times: Sequence[float]) -> bool:
    """Whether enough times follow one another without a leap."""
    return len(times) > _PATIENCE and all(b - a <= LEAP for a, b in pairwise(times))


@dataclass(slots=True)
class _Run:
    """Timestamps that go on from one another. ``order`` counts the packets of the whole stream."""

    first_order: int
    last_order: int
    start: float
    end: float
    packets: int = 0
    latest: float = -math.inf
    behind: float = 0.0
    keyframes: array[float] = field(default_factory=lambda: array("d"))

    def takes(self, at: float) -> bool:
        return self.start - _PAUSE <= at <= self.end + _PAUSE

    def pauses_before(self, later: _Run) -> bool:
        """Whether the recording can have paused between the two."""
        packets = min(self.packets, later.packets)
        credible = min(_LONGEST_PAUSE, _PAUSE * packets)
        return self.last_order < later.first_order and 0 <= later.start - self.end <= credible


class Timeline:
    """The believable extent of a stream, from the timestamps of its packets in order of storage."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._current: _Run | None = None
        self._order = 0

    @property
    def end(self) -> float | None:
        """The end of the run that the last packet belongs to."""
        return self._current.end if self._current is not None else None

    def add(self, at: float, length: float, keyframe: bool, order: float | None = None) -> None:
        """Count in a packet that begins ``at`` and lasts ``length`` seconds.

        ``order`` is its decoding time if that differs: it rises where pictures are stored out of
        order, unless the clock was set back.
        """
        order = at if order is None else order
        self._order += 1
        run = self._current
        if run is None or not run.takes(at):
            run = self._current = self._run_for(at)
            if run is None:
                return
        if order < run.latest - LEAP:
            run.behind += length
        run.latest = max(run.latest, order)
        run.start, run.end = min(run.start, at), max(run.end, at + length)
        run.packets += 1
        run.last_order = self._order
        if keyframe:
            run.keyframes.append(at)

    def believed(self) -> Extent:
        """The run with most packets, and those before and behind it that a pause explains."""
        if not self._runs:
            return Extent(0.0, 0.0, 0, self._order, 0.0, array("d"), 0.0)
        chain = [max(self._runs, key=lambda run: run.packets)]
        begun = self._runs.index(chain[0])
        for run in self._runs[begun + 1 :]:
            if chain[-1].pauses_before(run):
                chain.append(run)
        for run in reversed(self._runs[:begun]):
            if run.pauses_before(chain[0]):
                chain.insert(0, run)
        keyframes = array("d")
        for run in chain:
            keyframes.extend(sorted(run.keyframes))
        packets, behind = sum(run.packets for run in chain), sum(run.behind for run in chain)
        strays, covered = self._order - packets, sum(run.end - run.start for run in chain)
        return Extent(chain[0].start, chain[-1].end, packets, strays, behind, keyframes, covered)

    def _run_for(self, at: float) -> _Run | None:
        for run in reversed(self._runs):
            if run.takes(at):
                return run
        if len(self._runs) >= _MAX_RUNS:
            return None
        run = _Run(self._order, self._order, at, at)
        self._runs.append(run)
        return run


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where a stream goes (media seconds), and its keyframes in order of time.

    ``strays`` are packets that lie outside; ``behind`` is how many seconds of packets came more
    than 10 s behind what was stored before them, as where a clock was set back. ``covered`` is its
    length (s) without pauses of more than a minute.
    """

    start: float
    end: float
    packets: int
    strays: int
    behind: float
    keyframes: array[float]
    covered: float
