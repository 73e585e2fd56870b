"""Things seen picture by picture become things seen for a while, with honest spans."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from math import exp, log
from statistics import median

from ingest.vision.detectors.boxes import Box, Detection
from memory.types.core import Clip, Frame, Sighting, SightingKind, Span

PERSON = "person"
GAP = 5.0  # seconds that a thing may be lost from sight and still be the same sighting
SURELY = 0.5  # confidence of a detection from which on it counts among how many are there at least


@dataclass(frozen=True, slots=True)
class TrackRule:
    """How much it takes to believe in a run of detections.

    Either ``looks`` independent pictures with at least ``repeated`` confidence at best, or one
    picture with ``once``. With a ``belief``, what is less likely than it asks is only a guess, a
    sighting of kind "tag".
    """

    looks: int = 2
    repeated: float = 0.4
    once: float = 0.6
    belief: Belief | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely it is that a thing is there, by a logistic regression; ``least`` to state it.

    Its features are those of ``features``, of a place those of ``places.PlaceGuess``;
    ``beliefs.toml`` says by what script it was fitted.
    """

    weights: tuple[float, ...]
    bias: float
    least: float

    def probability(self, run: Sequence[Glimpse]) -> float:
        """How likely what these pictures show is there, 0..1."""
        return self.of(features(run))

    def of(self, values: Sequence[float]) -> float:
        """The probability (0..1) by the values of the features."""
        terms = (weight * value for weight, value in zip(self.weights, values))
        return 1 / (1 + exp(-self.bias - sum(terms)))


@lru_cache
def fitted_belief(kind: str) -> Belief:
    """The belief in what a detector of this kind ("object", "tag") saw, or in a "place"."""
    text = resources.files("ingest.vision").joinpath("beliefs.toml").read_text("utf-8")
    table = tomllib.loads(text)[kind]
    return Belief(tuple(table["weights"]), table["bias"], table["least"])


def features(run: Sequence[Glimpse]) -> tuple[float, float, float]:
    """The log odds of the two best looks, and 1 for people, whom the detector knows best."""
    looks = sorted((glimpse.confidence for glimpse in run if glimpse.fresh), reverse=True)
    best, second = (*looks, 0.0, 0.0)[:2]
    return log_odds(best), log_odds(second), float(run[0].what == PERSON)


def log_odds(probability: float) -> float:
    """The log odds of a probability, within those of 0.02 and 0.98."""
    bounded = min(max(probability, 0.02), 0.98)
    return log(bounded / (1 - bounded))


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One kind of thing in one picture: how many, how sure, and where the surest one is.

    ``count`` is how many are there at least, ``most`` how many there may be.
    """

    span: Span
    what: str
    confidence: float
    box: Box | None
    count: int = 1
    most: int = 1
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
        sure = max(sum(item.confidence >= SURELY for item in group), 1)
        gathered.append(Glimpse(span, what, best.confidence, best.box, sure, len(group), fresh))
    return gathered


def follow(kind: SightingKind, seen: Iterable[Glimpse], rule: TrackRule) -> list[Sighting]:
    """Sightings of each thing, split where it was out of sight for more than ``GAP`` seconds."""
    return [_sighting(kind, run, rule) for run in tracks(seen) if _noted(run, rule)]


def tracks(seen: Iterable[Glimpse]) -> list[list[Glimpse]]:
    """The glimpses of each thing in order of time, those of one stay in view together."""
    named: dict[str, list[Glimpse]] = {}
    for glimpse in seen:
        named.setdefault(glimpse.what, []).append(glimpse)
    return [
        run
        for what in sorted(named)
        for run in _runs(sorted(named[what], key=lambda item: item.span))
    ]


def _runs(seen: Sequence[Glimpse]) -> list[list[Glimpse]]:
    runs: list[list[Glimpse]] = []
    for glimpse in seen:
        if runs and glimpse.span.start - runs[-1][-1].span.end <= GAP:
            runs[-1].append(glimpse)
        else:
            runs.append([glimpse])
    return runs


def _noted(run: Sequence[Glimpse], rule: TrackRule) -> bool:
    best = max(glimpse.confidence for glimpse in run)
    looks = sum(glimpse.fresh for glimpse in run)
    return best >= rule.once or (looks >= rule.looks and best >= rule.repeated)


def _sighting(kind: SightingKind, run: Sequence[Glimpse], rule: TrackRule) -> Sighting:
    best = max(run, key=lambda glimpse: glimpse.confidence)
    confidence = best.confidence
    if rule.belief is not None:
        confidence = rule.belief.probability(run)
        kind = kind if confidence >= rule.belief.least else "tag"
    count = _repeated([glimpse.count for glimpse in run if glimpse.fresh])
    return Sighting(
        Span(run[0].span.start, max(glimpse.span.end for glimpse in run)),
        kind,
        best.what,
        round(confidence, 3),
        best.box,
        count,
        most=max(count, max(glimpse.most for glimpse in run)),
    )


def _repeated(counts: Sequence[int]) -> int:
    """The largest number that two looks bear out; that of the only look where there is one."""
    ranked = sorted(counts, reverse=True)
    return ranked[min(len(ranked), 2) - 1] if ranked else 1
