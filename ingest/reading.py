"""Text in view: which pictures to read, which lines belong together, how long they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.detectors.boxes import Box, Detection
from ingest.pictures import change
from ingest.tracks import Glimpse
from ingest.views import sharpest_per_part
from memory.types import Frame, Span

READS = 2  # pictures read per clip: reading one costs as much as finding things in thirty
CHANGED = 0.01
STANDING = 10.0  # mean luma difference, 0..255, below which the same words still stand there


class Reader(Protocol):
    """Reads the lines of one picture."""

    def read(self, picture: NDArray[np.uint8]) -> list[Detection]:
        """Lines, from top to bottom."""
        ...


def read_clip(reader: Reader, frames: Sequence[Frame], spans: Sequence[Span]) -> list[Glimpse]:
    """What is written in the sharpest pictures of a clip, each with the time that it stood there.

    Args:
        reader: the text reader.
        frames: the clip's frames.
        spans: the time that each frame stands for, parallel to ``frames``.
    """
    found: list[Glimpse] = []
    last: Frame | None = None
    for frame in sharpest_per_part(frames, READS):
        if last is not None and change(last, frame) < CHANGED:
            continue
        last = frame
        index = next(i for i, other in enumerate(frames) if other.at == frame.at)
        for block in blocks(reader.read(frame.image)):
            span = _standing(frames, spans, index, block.box)
            found.append(Glimpse(span, block.what, block.confidence, block.box))
    return found


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
    one, two = block.box, line.box
    return replace(
        block,
        what=f"{block.what} {line.what}",
        confidence=min(block.confidence, line.confidence),
        box=(min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])),
    )


def _standing(frames: Sequence[Frame], spans: Sequence[Span], index: int, box: Box) -> Span:
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
    left, right = int(box[0] * width), max(int(box[2] * width), int(box[0] * width) + 1)
    top, bottom = int(box[1] * height), max(int(box[3] * height), int(box[1] * height) + 1)
    return np.asarray(frame.image[top:bottom, left:right].mean(axis=2), np.float32)


def _same(one: NDArray[np.float32], two: NDArray[np.float32]) -> bool:
    return one.shape == two.shape and float(np.abs(one - two).mean()) < STANDING
