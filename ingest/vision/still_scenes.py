"""Skip repetition: still stretches inside a clip and between clips are read once.

A lens on a desk or a screen that nobody scrolls shows the same picture for minutes. Frames are
compared by a glance at them (32 × 32 luma); a look at one of them stands for the whole stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.vision.object_tracks import frame_spans
from memory.types.core import Clip, Frame, Sighting, Span

Glance: TypeAlias = NDArray[np.float32]

SIDE = 32
STILL = 0.02  # mean difference, 0..1, below which two pictures may be the same scene
STILL_PLACE = 0.08  # and this in every one of 8 × 8 places: something small may have come
CUT = 0.15  # mean difference of neighbours from which on a new scene begins
LOOK_EVERY = 3.0  # seconds that one look stands for while the picture moves
LOOK_STILL = 10.0  # seconds that one look stands for while it does not


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames ``first`` to ``last``, for which a look at ``best``, the sharpest of them, stands."""

    first: int
    last: int
    best: int


class SceneReader(Protocol):
    """Says what was in view of a clip."""

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        """Sightings in order of time, inside the clip."""
        ...


def glance(image: NDArray[np.uint8]) -> Glance:
    """32 × 32 luma, 0..255: what is left of an RGB picture when grain and detail are gone."""
    import cv2

    # In two steps: averaging all pixels at once costs ten times as much and tells no more.
    middle = cv2.resize(image, (4 * SIDE, 4 * SIDE), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(middle, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def difference(glance: Glance, other: Glance) -> float:
    """Mean absolute difference, 0..1."""
    return float(np.abs(glance - other).mean()) / 255


def is_still(glance: Glance, other: Glance) -> bool:
    """Whether two pictures show the same: alike as a whole and in each of 8 × 8 places."""
    apart = np.abs(glance - other) / 255
    places = apart.reshape(8, SIDE // 8, 8, SIDE // 8).mean(axis=(1, 3))
    return float(apart.mean()) < STILL and float(places.max()) < STILL_PLACE


def shots(frames: Sequence[Frame], glances: Sequence[Glance]) -> list[Shot]:
    """The frames in stretches that are worth one look each.

    A stretch ends at a cut, after 3 s of movement, or after 10 s without any.
    """
    stretches: list[Shot] = []
    first = 0
    for index in range(1, len(frames) + 1):
        cuts = index < len(frames) and difference(glances[index - 1], glances[index]) >= CUT
        if index == len(frames) or cuts or _is_over(frames, glances, first, index):
            best = max(range(first, index), key=lambda i: frames[i].quality)
            stretches.append(Shot(first, index - 1, best))
            first = index
    return stretches if frames else []


def _is_over(frames: Sequence[Frame], glances: Sequence[Glance], first: int, index: int) -> bool:
    lasted = frames[index].at - frames[first].at
    return lasted >= (LOOK_STILL if is_still(glances[first], glances[index]) else LOOK_EVERY)


def still_scene(frames: Sequence[Frame]) -> Glance | None:
    """The glance of a clip in which nothing moves, or None."""
    if not frames:
        return None
    first = glance(frames[0].image)  # a clip that moves mostly shows it by its second frame
    still = all(is_still(first, glance(frame.image)) for frame in frames[1:])
    return first if still else None


class RepeatReader:
    """Reads the clips of one block, given in order; a still clip like the one before costs nothing.

    Make a new one for each block: then what it says depends on the block alone, and an ingest that
    was interrupted says the same when it is repeated.
    """

    def __init__(self, reader: SceneReader) -> None:
        self._reader = reader
        self._scene: Glance | None = None
        self._frames = 0
        self._seen: list[Sighting] = []

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        """What ``SceneReader.read`` says, or what it said of the same scene in an earlier clip."""
        scene = still_scene(frames)
        if scene is not None and self._repeats(scene, len(frames)):
            times = frame_spans(clip, frames)
            whole = Span(times[0].start, times[-1].end)
            return [replace(sighting, span=whole) for sighting in self._seen]
        seen = self._reader.read(clip, frames)
        self._scene, self._frames, self._seen = scene, len(frames), seen
        return seen

    def _repeats(self, scene: Glance, frames: int) -> bool:
        known = self._scene is not None and is_still(self._scene, scene)
        # A short first clip got fewer looks than it takes to be sure of something.
        return known and 2 * self._frames >= frames
