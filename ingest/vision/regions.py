"""Parts of pictures: what is in one, and how alike two of them look ("what is this, where else?").

After "reverse region-to-entity": a region is named by the entities that are known already, here by
what detectors see in it and by the regions of other pictures that it is like. How alike two regions
are is the mean of two cosines: of what the classifier of tags makes of them before it names them,
and of their colours (Hellinger's, Bhattacharyya's coefficient of histograms in CIE Lab).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import (
    Box,
    Detection,
    Numbers,
    Picture,
    area,
    fractions,
    shared_area,
)
from ingest.vision.detectors.image_tags import Tagger
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.objects import ObjectDetector
from ingest.vision.detectors.ocr import WHOLE, TextReader
from ingest.vision.face_prints import FacePrinter
from ingest.vision.object_tracks import SURELY
from ingest.vision.scene_quality import is_blank
from memory.types.core import Clip, Frame, Sighting, Span

NEEDED = ("yolox-nano", "efficientnet-lite3")
FACES = ("face", "face-identity")
_AROUND = 0.25  # of a region's sides: things are recognised in their place
_MEANT = 0.25  # overlap with what was marked from which on a thing may be what is meant
SAME_PLACE = 0.5  # overlap from which on two names are of one thing
_INSIDE = 0.7  # share of a thing that lies in the region from which on it is in it
_SMALL = 0.02  # share of a region below which a thing in it is not told of
_TAGGED = 0.5  # probability from which on a kind of picture is told: below, names are mostly wrong
_BINS = (4, 8, 8)
_RANGE = ((0, 100), (-64, 64), (-64, 64))
_SIDE = 64  # pixels of a region whose colours are counted


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """How a region looks: unit vectors of its features and of the roots of its colours' shares."""

    features: Numbers
    colours: Numbers

    def likeness(self, other: Appearance) -> float:
        """0..1, and 1 of the same picture."""
        return float(self.features @ other.features + self.colours @ other.colours) / 2


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """What is in a part of a picture: things, the one that is meant first; faces' prints.

    ``things`` were detected, or are what the region looks like as a picture of its own, which has
    its box. ``box`` is that of the thing that is meant, ``detected`` whether a detector found it.
    """

    box: Box
    detected: bool
    things: tuple[Detection, ...]
    faces: tuple[NDArray[np.float32], ...]
    appearance: Appearance


class RegionReader:
    """Looks at parts of pictures. Not for use by two threads at once."""

    def __init__(self, folders: Sequence[Path], faces: Sequence[Path] | None) -> None:
        """Takes the folders of ``NEEDED``, and of ``FACES`` or None where these are missing."""
        labels = Labels.load()
        objects, tags = folders
        self._objects = ObjectDetector(objects / "yolox_nano.onnx", labels)
        model, names = tags / "efficientnet_lite3.tflite", tags / "imagenet_labels.txt"
        self._tags = Tagger(model, names, labels, keep_all=True)
        self._printer = FacePrinter(faces[1], faces[0]) if faces else None

    def read(self, image: Picture, marked: Box = WHOLE) -> Region:
        """All that a part of an RGB picture shows."""
        detected = self._detected(image, marked)
        tagged = [] if detected and detected[0][0] >= 1 else self._tagged(image, marked)
        named: dict[str, Detection] = {}
        for _, thing in sorted([*detected, *tagged], key=lambda item: -item[0]):
            named.setdefault(thing.what, thing)
        things = tuple(named.values())
        meant = things[0].box if things else marked
        boxes = [thing.box for _, thing in detected if overlap(thing.box, meant) > SAME_PLACE]
        box = boxes[0] if boxes else meant
        faces = tuple(self._prints(image, marked))
        return Region(box, bool(boxes), things, faces, self.appearance(image, box))

    def things(self, image: Picture) -> list[Detection]:
        """The things in an RGB picture."""
        return self._objects.detect(image)

    def text(self, image: Picture, marked: Box) -> list[str]:
        """The lines that can be read in a part of an RGB picture."""
        return [line.what for line in self._text.read(image, marked)]

    def appearance(self, image: Picture, box: Box = WHOLE) -> Appearance:
        """How a part of an RGB picture looks."""
        part = cut(image, box)
        return Appearance(self._tags.features(part), colours_of(part))

    def _detected(self, image: Picture, marked: Box) -> list[tuple[float, Detection]]:
        """Each kind of thing that is in a region once, from afar or near, the likeliest first.

        That is one that is sure (from 1 on), lies in what was marked, and fills it.
        """
        seen = self._objects.detect(image)
        if area(marked) < 1:
            seen += self._near(image, marked)
        best: dict[str, tuple[float, Detection]] = {}
        for thing in seen:
            shared = shared_area(thing.box, marked)
            within, fills = shared / max(area(thing.box), 1e-9), shared / area(marked)
            score = thing.confidence * within**2 * fills**0.5 + (thing.confidence >= SURELY)
            told = (within > _INSIDE and fills > _SMALL) or overlap(thing.box, marked) >= _MEANT
            if told and score > best.get(thing.what, (0.0, thing))[0]:
                best[thing.what] = score, thing
        return sorted(best.values(), key=lambda item: -item[0])

    def _near(self, image: Picture, marked: Box) -> list[Detection]:
        """The things in a region and a little around it, as the detector sees them up close."""
        wide, high = (_AROUND * (marked[n + 2] - marked[n]) for n in (0, 1))
        left_edge, top = max(marked[0] - wide, 0.0), max(marked[1] - high, 0.0)
        right, bottom = min(marked[2] + wide, 1.0), min(marked[3] + high, 1.0)
        sides = [(left_edge, right), (top, bottom)] * 2
        seen = self._objects.detect(cut(image, (left_edge, top, right, bottom)))
        boxes = [[a + x * (b - a) for (a, b), x in zip(sides, thing.box)] for thing in seen]
        return [replace(thing, box=fractions(box, 1, 1)) for thing, box in zip(seen, boxes)]

    def _tagged(self, image: Picture, marked: Box) -> list[tuple[float, Detection]]:
        """What the region as a picture of its own looks like, and how likely that is."""
        part = cut(image, marked)
        tags = [] if is_blank(part) else self._tags.tag(part, threshold=_TAGGED)
        return [(tag.confidence, Detection(tag.what, tag.confidence, marked)) for tag in tags]

    def _prints(self, image: Picture, marked: Box) -> list[NDArray[np.float32]]:
        """The prints of the faces in a region that are large, sharp and frontal."""
        if self._printer is None:
            return []
        clip = Clip("", "", Span(0.0, 1.0))
        face = Sighting(clip.span, "face", "face", 1.0)
        prints = self._printer.read(clip, [Frame(0.0, image)], [face])[1]
        boxes = [one.box or WHOLE for one in prints]
        return [
            one.vector
            for one, box in zip(prints, boxes)
            if shared_area(box, marked) > area(box) / 2
        ]

    @cached_property
    def _text(self) -> TextReader:
        return TextReader()


def overlap(box: Box, other: Box) -> float:
    """Intersection over union."""
    shared = shared_area(box, other)
    return shared / max(area(box) + area(other) - shared, 1e-9)


def cut(image: Picture, box: Box) -> Picture:
    """A part of a picture, at least one pixel of it."""
    height, width = image.shape[:2]
    left_edge, top = min(int(box[0] * width), width - 1), min(int(box[1] * height), height - 1)
    right, bottom = round(box[2] * width), round(box[3] * height)
    part = image[top : max(bottom, top + 1), left_edge : max(right, left_edge + 1)]
    return np.ascontiguousarray(part)


def colours_of(part: Picture) -> Numbers:
    """The roots of the shares of colours in CIE Lab, (256,)."""
    import cv2

    small = cv2.resize(part, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    counts, _ = np.histogramdd(np.clip(lab, *np.transpose(_RANGE)), bins=_BINS, range=_RANGE)
    return np.asarray(np.sqrt(counts.ravel() / counts.sum()), np.float32)
