"""Text in view: which pictures to read, which lines belong together, how long they stand there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import hypot
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.images.image_ops import change
from ingest.vision.detectors.boxes import Box, Detection, apart, area, shared_area
from ingest.vision.object_tracks import Glimpse
from ingest.vision.scene_quality import is_blank, is_round, sharpest_per_part
from memory.types.core import Frame, Span

READS = 2  # pictures searched for text per clip: that costs as much as finding things in three
CAPTIONS = 4  # further pictures per clip in which a place where text was found is read again
MISSES = 2  # readings without a word after which a place is left alone
SMALL = 0.25  # share of the picture that a caption takes at most
CHANGED = 0.01
STANDING = 10.0  # mean luma difference, 0..255, below which the same words still stand there


class OcrReader(Protocol):
    """Finds text in a picture, and reads it."""

    def places(self, picture: NDArray[np.uint8]) -> list[Box]:
        """Where there may be text."""
        ...

    def read(self, picture: NDArray[np.uint8], place: Box, sure: float = ..., /) -> list[Detection]:
        """The lines in a place, from top to bottom; their boxes are in the whole picture."""
        ...


def read_clip(reader: OcrReader, frames: Sequence[Frame], spans: Sequence[Span]) -> list[Glimpse]:
    """What is written in the sharpest pictures of a clip, each with the time that it stood there.

    A place that looks as it did in the picture before is not read again.

    Args:
        reader: the text reader.
        frames: the clip's frames.
        spans: the time that each frame stands for, parallel to ``frames``.
    """
    texts: list[Glimpse] = []
    last: Frame | None = None
    for frame in sharpest_per_part(frames, READS):
        if last is not None and change(last, frame) < CHANGED:
            continue
        index = next(i for i, other in enumerate(frames) if other.at == frame.at)
        for place in _with_scene(frame, reader.places(frame.image)):
            if last is None or not _same(_part(last, place), _part(frame, place)):
                texts += _read(reader, frames, spans, index, place)
        last = frame
    return texts + _captions(reader, frames, spans, texts)


def _read(
    reader: OcrReader, frames: Sequence[Frame], spans: Sequence[Span], index: int, place: Box
) -> list[Glimpse]:
    """The texts of a place in one frame, each for as long as it stands there."""
    texts = blocks(reader.read(frames[index].image, place))
    return [
        Glimpse(standing(frames, spans, index, text.box), text.what, text.confidence, text.box)
        for text in texts
    ]


def _captions(
    reader: OcrReader, frames: Sequence[Frame], spans: Sequence[Span], glimpses: Sequence[Glimpse]
) -> list[Glimpse]:
    """What stands at other times where a text was found: the lines of a film or of a screen.

    A place is left alone when nothing was read there twice, as that of a sign that was passed.
    """
    more: list[Glimpse] = []
    remaining = CAPTIONS
    around = apart([_around(text.box) for text in glimpses if text.box is not None])
    for place in (place for place in around if area(place) < SMALL):
        misses, tried = 0, {i for i, frame in enumerate(frames) if is_blank(frame.image)}
        while remaining > 0 and misses < MISSES:
            known = {i for i in range(len(frames)) if _stands([*glimpses, *more], place, spans[i])}
            index = _farthest(len(frames), tried | known)
            if index is None:
                break
            texts = _read(reader, frames, spans, index, place)
            more += texts
            tried.add(index)
            remaining, misses = remaining - 1, misses + (not texts)
    return more


def _farthest(count: int, known: Collection[int]) -> int | None:
    """Of ``count`` frames the one farthest from all that are known, or None where all are."""
    unknown = [index for index in range(count) if index not in known]
    return max(unknown, key=lambda i: min((abs(i - k) for k in known), default=0), default=None)


def _stands(texts: Sequence[Glimpse], place: Box, span: Span) -> bool:
    """Whether one of the texts stands in that place at that time."""
    return any(
        text.box is not None and shared_area(text.box, place) > 0 and text.span.overlaps(span)
        for text in texts
    )


def _around(box: Box) -> Box:
    """The box, half as wide and high again: the next line may be longer."""
    width, height = (box[2] - box[0]) / 4, (box[3] - box[1]) / 4
    left_edge, top, right, bottom = box
    return (
        max(left_edge - width, 0.0),
        max(top - height, 0.0),
        min(right + width, 1.0),
        min(bottom + height, 1.0),
    )


def _with_scene(frame: Frame, places: Sequence[Box]) -> list[Box]:
    """The places less those beside a fisheye's round view: a counter burnt in by the camera."""
    if not places or not is_round(frame.image):
        return list(places)
    height, width = frame.image.shape[:2]
    side = min(height, width)
    return [
        place
        for place in places
        if hypot(
            (place[0] + place[2] - 1) / 2 * width / side,
            (place[1] + place[3] - 1) / 2 * height / side,
        )
        <= 0.5
    ]


def blocks(lines: Sequence[Detection]) -> list[Detection]:
    """Lines that stand under each other in the same size, joined as one text."""
    joined: list[tuple[Detection, Box]] = []  # a block and its last line
    for line in lines:
        for index, (block, above) in enumerate(joined):
            if _continues(above, line.box):
                joined[index] = (_join(block, line), line.box)
                break
        else:
            joined.append((line, line.box))
    return [block for block, _ in joined]


def _continues(above: Box, below: Box) -> bool:
    tall, other = above[3] - above[1], below[3] - below[1]
    gap = below[1] - above[3]
    across = min(above[2], below[2]) - max(above[0], below[0])
    narrow = min(above[2] - above[0], below[2] - below[0])
    alike = max(tall, other) <= 1.6 * min(tall, other)
    return alike and -0.5 * tall <= gap <= 0.9 * tall and across >= 0.5 * narrow


def _join(block: Detection, line: Detection) -> Detection:
    box, two = block.box, line.box
    return replace(
        block,
        what=f"{block.what} {line.what}",
        confidence=min(block.confidence, line.confidence),
        box=(min(box[0], two[0]), min(box[1], two[1]), max(box[2], two[2]), max(box[3], two[3])),
    )


def standing(frames: Sequence[Frame], spans: Sequence[Span], index: int, box: Box) -> Span:
    """The time around ``index`` during which that part of the picture looked the same."""
    words = _part(frames[index], box)
    first = last = index
    while first > 0 and _same(words, _part(frames[first - 1], box)):
        first -= 1
    while last + 1 < len(frames) and _same(words, _part(frames[last + 1], box)):
        last += 1
    return Span(spans[first].start, spans[last].end)


def _part(frame: Frame, box: Box) -> NDArray[np.float32]:
    height, width = frame.image.shape[:2]
    left_edge, right = int(box[0] * width), max(int(box[2] * width), int(box[0] * width) + 1)
    top, bottom = int(box[1] * height), max(int(box[3] * height), int(box[1] * height) + 1)
    return np.asarray(frame.image[top:bottom, left_edge:right].mean(axis=2), np.float32)


def _same(first: NDArray[np.float32], two: NDArray[np.float32]) -> bool:
    return first.shape == two.shape and float(np.abs(first - two).mean()) < STANDING
