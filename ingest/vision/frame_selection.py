"""Select the pictures of a clip that detectors see, and those that get a second pass."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.decode.requests import sampling_mode
from ingest.probe.probe_types import Probe
from ingest.vision.detectors.boxes import Detection
from ingest.vision.object_tracks import TrackRule
from ingest.vision.still_scenes import Shot
from memory.types.core import Frame

SECOND_LOOKS = 3  # per clip

STEPS = (2.0, 1.0)  # seconds from frame to frame: where each costs a keyframe, and elsewhere


def frame_period(probe: Probe) -> float:
    """Seconds from frame to frame that suit a recording.

    A keyframe every 2 s is enough for looks 3 s apart, and halves what decoding costs. Where
    keyframes are rarer all pictures are decoded anyway, and one a second costs next to nothing.
    """
    rare, dense = STEPS
    return rare if sampling_mode(probe, rare) == "keyframes" else dense


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """What the detectors saw in one picture.

    ``hints`` are the names of what it may be by their probabilities, also of what is unlikely.
    """

    objects: tuple[Detection, ...] = ()
    colours: tuple[Detection, ...] = ()
    tags: tuple[Detection, ...] = ()
    faces: tuple[Detection, ...] = ()
    hands: tuple[Detection, ...] = ()
    held: tuple[Detection, ...] = ()
    hints: Mapping[str, float] = field(default_factory=dict)


def uncertain(looks: Mapping[int, FrameDetections], rules: Mapping[str, TrackRule]) -> list[int]:
    """Of these looks (by frame), those with something that one more look could make sure of.

    That is what was seen in one picture only, surely enough for two. At most three, the surest
    first.
    """
    seen: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for index, look in looks.items():
        for kind in rules:
            for what, confidence in _best(getattr(look, kind)).items():
                seen.setdefault((kind, what), []).append((confidence, index))
    doubts = [
        confidences[0]
        for (kind, _), confidences in seen.items()
        if len(confidences) == 1 and rules[kind].repeated <= confidences[0][0] < rules[kind].once
    ]
    ranked = dict.fromkeys(index for _, index in sorted(doubts, reverse=True))
    return list(ranked)[:SECOND_LOOKS]


def _best(detections: Sequence[Detection]) -> dict[str, float]:
    best: dict[str, float] = {}
    for detection in detections:
        best[detection.what] = max(detection.confidence, best.get(detection.what, 0.0))
    return best


def second_pass(
    shots: Sequence[Shot],
    frames: Sequence[Frame],
    looks: Mapping[int, FrameDetections],
    rules: Mapping[str, TrackRule],
) -> list[int]:
    """The frames to look at once more: others of the shots whose looks left something doubtful."""
    chosen: list[int] = []
    for doubt in uncertain(looks, rules):
        shot = next(shot for shot in shots if shot.first <= doubt <= shot.last)
        if (other := next_best(shot, frames, [*looks, *chosen])) is not None:
            chosen.append(other)
    return chosen


def next_best(shot: Shot, frames: Sequence[Frame], seen: Collection[int]) -> int | None:
    """The sharpest frame of the shot that was not looked at yet, if there is one."""
    others = [index for index in range(shot.first, shot.last + 1) if index not in seen]
    return max(others, key=lambda index: frames[index].quality, default=None)


def spread(
    shots: Sequence[Shot], looks: Mapping[int, FrameDetections]
) -> list[tuple[FrameDetections, bool]]:
    """For each frame the nearest look of its shot, and whether that was at this very frame.

    Each of the shots, which cover all frames in order, has a look.
    """
    shown: list[tuple[FrameDetections, bool]] = []
    for shot in shots:
        seen = [index for index in range(shot.first, shot.last + 1) if index in looks]
        for index in range(shot.first, shot.last + 1):
            nearest = min(seen, key=lambda other: abs(other - index))
            shown.append((looks[nearest], nearest == index))
    return shown
