"""A recording becomes clips: cut at :00 and :30 of the wall clock, so that cameras line up."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

from ingest.timestamps.timezones import zone_of
from memory.types.core import Clip, Span

SLIVER = 2.0  # seconds: a first or last piece shorter than this tells too little to stand alone


def cut(recording_id: str, span: Span, timezone: str, length: float = 30.0) -> list[Clip]:
    """Clips that tile ``span`` without gap or overlap, in time order, numbered from ``-0000``.

    Inner boundaries lie at whole multiples of ``length`` seconds of the local clock as it stood
    when the recording began: for 30 s those are the multiples of 30 s of UTC as well, because
    every zone in use is off UTC by whole quarters of an hour, and summer time moves by whole
    half hours. First and last pieces keep what is left, and join their neighbour where that is
    less than two seconds. An empty span has no clips.

    Raises:
        UnknownTimezone: ``timezone`` is neither in the time zone database nor an offset.
        ValueError: ``length`` is not longer than two slivers.
    """
    if length <= 2 * SLIVER:
        raise ValueError(f"clips of {length} s are too short to cut")
    if not span.duration:
        return []
    edges = [span.start, *_ticks(span, length, _offset(span.start, timezone)), span.end]
    return [
        Clip(f"{recording_id}-{number:04}", recording_id, Span(start, end))
        for number, (start, end) in enumerate(pairwise(edges))
    ]


def _ticks(span: Span, length: float, offset: float) -> list[float]:
    """Clock ticks inside the span, less those that would leave a sliver at either end."""
    first = math.ceil((span.start + offset) / length)
    last = math.floor((span.end + offset) / length)
    ticks = [number * length - offset for number in range(first, last + 1)]
    return [tick for tick in ticks if span.start + SLIVER <= tick <= span.end - SLIVER]


def _offset(at: float, timezone: str) -> float:
    """Seconds that the clock of ``timezone`` is ahead of UTC at the time ``at``."""
    ahead = datetime.fromtimestamp(at, UTC).astimezone(zone_of(timezone)).utcoffset()
    return ahead.total_seconds() if ahead else 0.0
