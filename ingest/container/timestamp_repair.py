"""Decide which timestamps to believe: a flipped bit must not make thirty years of recording.

Timestamps of a sound file run on. One that leaps is believed only if what follows it goes on from
there; one that the stream returns from is a stray. A pause is no stray, however long it is. Where a
stream leaps further than any pause and never returns, the camera's clock was set meanwhile: what
follows is heard and seen as if it went on at once.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias, TypeVar

T = TypeVar("T")

LEAP = 10.0  # seconds ahead of the last timestamp from which on one has to be confirmed
_PATIENCE = 5  # items that confirm a leap
_MOST_HELD = 2 * _PATIENCE  # where every item leaps, as in a slow time-lapse: pictures take room
_PAUSE = 60.0  # seconds of pause that one packet behind it makes credible
_LONGEST_PAUSE = 12 * 3600.0  # seconds
_LEAST_LEAP = 10  # packets, before and behind, that make a leap credible
_HAIR = 0.001  # seconds by which two ways of computing one timestamp may differ
_MAX_RUNS = 64  # far more than a sound file has, few enough to search


def steady(items: Iterable[tuple[float, T]]) -> Iterator[tuple[float, T]]:
    """Those of the (time, item) pairs whose times rise, without the strays.

    The first item, and one that leaps ahead more than 10 s, are held until 5 go on from them or the
    stream ends; if the times return before that, those that they return from were strays.
    """
    last, pending = -math.inf, list[tuple[float, T]]()
    for at, item in items:
        if at <= last:
            continue
        if at <= last + LEAP:
            pending, last = [], at
            yield at, item
            continue
        pending = [*(pair for pair in pending if pair[0] < at), (at, item)]
        if _goes_on([pair[0] for pair in pending[-1 - _PATIENCE :]]) or len(pending) > _MOST_HELD:
            last = pending[-1][0]
            yield from pending
            pending = []
    yield from pending


def _goes_on(times: Sequence[float]) -> bool:
    """Whether enough times follow one another without a leap."""
    return len(times) > _PATIENCE and all(b - a <= LEAP for a, b in pairwise(times))


Leap: TypeAlias = tuple[float, float]  # media time from which on so many seconds are taken off


def closed(at: float, leaps: Iterable[Leap]) -> float:
    """A media time with the leaps before it taken out."""
    return at - sum(length for begin, length in leaps if at >= begin)


def opened(at: float, leaps: Iterable[Leap]) -> float:
    """The media time that ``closed`` makes ``at`` of; ``leaps`` in order of time."""
    for begin, length in leaps:
        if at >= begin - length:
            at += length
    return at


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

    def leaps_before(self, later: _Run) -> bool:
        """Whether the clock can have been set forward between the two."""
        packets = min(self.packets, later.packets)
        return (
            self.last_order < later.first_order
            and packets >= _LEAST_LEAP
            and later.start > self.end
        )


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

    def gaps(self) -> list[tuple[float, float]]:
        """Media times between which the clock was set forward, as far as this stream tells."""
        chain = self._chain(lambda a, b: a.pauses_before(b) or a.leaps_before(b))
        return [(a.end, b.start) for a, b in pairwise(chain) if not a.pauses_before(b)]

    def believed(self, leaps: Sequence[Leap] = ()) -> Extent:
        """The run with most packets, and those before and behind it that a pause or leap explains.

        Its times have the leaps taken out.
        """
        if not self._runs:
            return Extent(0.0, 0.0, 0, self._order, 0.0, array("d"), 0.0)

        def follows(a: _Run, b: _Run) -> bool:
            leapt = any(a.end <= at - by + _HAIR * 2 and at <= b.start for at, by in leaps)
            return a.pauses_before(b) or (leapt and a.last_order < b.first_order)

        chain = self._chain(follows)
        keyframes = array("d")
        for run in chain:
            keyframes.extend(closed(at, leaps) for at in sorted(run.keyframes))
        packets, behind = sum(run.packets for run in chain), sum(run.behind for run in chain)
        strays, covered = self._order - packets, sum(run.end - run.start for run in chain)
        end = closed(chain[-1].end, leaps)
        return Extent(chain[0].start, end, packets, strays, behind, keyframes, covered)

    def _chain(self, follows: Callable[[_Run, _Run], bool]) -> list[_Run]:
        """The run with most packets with those around it that follow one another."""
        chain = [max(self._runs, key=lambda run: run.packets)] if self._runs else []
        begun = self._runs.index(chain[0]) if chain else 0
        for run in self._runs[begun + 1 :]:
            if follows(chain[-1], run):
                chain.append(run)
        for run in reversed(self._runs[:begun]):
            if follows(run, chain[0]):
                chain.insert(0, run)
        return chain

    def _run_for(self, at: float) -> _Run | None:
        for run in reversed(self._runs):
            if run.takes(at):
                return run
        if len(self._runs) >= _MAX_RUNS:
            return None
        run = _Run(self._order, self._order, at, at)
        self._runs.append(run)
        return run


def agreed(gaps: Sequence[Sequence[tuple[float, float]]]) -> tuple[Leap, ...]:
    """The leaps of a file, from the gaps of each of its streams: those that all of them have."""
    common = list(gaps[0]) if gaps else []
    for others in gaps[1:]:
        shared = ((max(a, c), min(b, d)) for a, b in common for c, d in others)
        common = [(a, b) for a, b in shared if b - a > LEAP]
    return tuple((b - _HAIR, b - a) for a, b in sorted(common))


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
