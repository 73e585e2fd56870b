"""Things seen picture by picture become things seen for a while, with honest spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low

from ingest.vision.detectors.boxes import Box, Detection
from memory.types.core import Clip, Frame, Sighting, SightingKind, Span

GAP = 5.0  # seconds that a thing may be lost from sight and still be the same sighting


@dataclass(frozen=True, slots=True)
class TrackRule:
    """How much it takes to believe in a run of detections.

    Either ``looks`` independent pictures with at least ``repeated`` confidence at best, or one
    picture with ``once``.
    """

    looks: int = 2
    repeated: float = 0.4
    once: float = 0.6


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One kind of thing in one picture: how many, how sure, and where the surest one is."""

    span: Span
    what: str
    confidence: float
    box: Box | None
    count: int = 1
    fresh: bool = True  # False where a look at another picture of the same shot stands for it


def frame_spans(clip: Clip, frames: Sequence[Frame]) -> list[Span]:
    """The time that each frame stands for: until the next one, at most twice the usual step."""
    times = [frame.at for frame in frames]
    steps = [later - earlier for earlier, later in pairwise(times)]
    usual = median(steps) if steps else 1.0
    spans = []
    for at, following in zip(times, [*times[1:], clip.span.end]):
        end = min(following, at + (2 * usual if following != clip.span.end else usual))
        start = min(max(at, clip.span.start), clip.span.end)
        spans.append(Span(start, max(start, min(end, clip.span.end))))
    return spans


def glimpses(span: Span, detections: Iterable[Detection], *, fresh: bool = True) -> list[Glimpse]:
    """Detections of one picture gathered by name."""
    named: dict[str, list[Detection]] = {}
    for detection in detections:
        named.setdefault(detection.what, []).append(detection)
    gathered = []
    for what, group in named.items():
        best = max(group, key=lambda item: item.confidence)
        gathered.append(Glimpse(span, what, best.confidence, best.box, len(group), fresh))
    return gathered


def follow(kind: SightingKind, seen: Iterable[Glimpse], rule: TrackRule) -> list[Sighting]:
    """Sightings of each thing, split where it was out of sight for more than ``GAP`` seconds."""
    named: dict[str, list[Glimpse]] = {}
    for glimpse in seen:
        named.setdefault(glimpse.what, []).append(glimpse)
    return [
        _sighting(kind, run)
        for what in sorted(named)
        for run in _runs(sorted(named[what], key=lambda item: item.span))
        if _believed(run, rule)
    ]


def _runs(seen: Sequence[Glimpse]) -> list[list[Glimpse]]:
    runs: list[list[Glimpse]] = []
    for glimpse in seen:
        if runs and glimpse.span.start - runs[-1][-1].span.end <= GAP:
            runs[-1].append(glimpse)
        else:
            runs.append([glimpse])
    return runs


def _believed(run: Sequence[Glimpse], rule: TrackRule) -> bool:
    best = max(glimpse.confidence for glimpse in run)
    looks = sum(glimpse.fresh for glimpse in run)
    return best >= rule.once or (looks >= rule.looks and best >= rule.repeated)


def _sighting(kind: SightingKind, run: Sequence[Glimpse]) -> Sighting:
    best = max(run, key=lambda glimpse: glimpse.confidence)
    return Sighting(
        Span(run[0].span.start, max(glimpse.span.end for glimpse in run)),
        kind,
        best.what,
        round(best.confidence, 3),
        best.box,
        median_low(glimpse.count for glimpse in run),
    )
