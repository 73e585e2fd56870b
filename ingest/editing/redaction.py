"""Redact a clip that is shared: find and cover faces, screens and number plates.

Faces are looked for in the whole picture and in its quarters, so that small ones are found, too.
Plates are found only as places with text on vehicles: one that is too small or blurred to look like
text is missed, and a sign on a van is covered with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

import numpy as np

from egogpt.weights.store import WeightStore
from ingest.errors import IngestError
from ingest.vision.detectors.boxes import Box, Detection, Picture

What: TypeAlias = Literal["faces", "screens", "plates"]
WHAT: tuple[What, ...] = ("faces", "screens", "plates")
Finder: TypeAlias = Callable[[Picture], list[Box]]
MARGIN = 0.3  # of a box's sides, on each of them
_BUNDLES: dict[What, str] = {"faces": "face", "screens": "yolox-nano", "plates": "yolox-nano"}
_SCREENS = frozenset({"TV", "laptop", "cell phone"})
_VEHICLES = frozenset({"car", "bus", "truck", "motorcycle"})
_GRAINS = 5  # what is left of a covered place: so many by so many dots


class RedactionError(IngestError):
    """What was to be covered cannot be found here; the text says what to fetch."""


def finders(what: Sequence[What], weights: WeightStore) -> list[Finder]:
    """What finds the places to cover.

    Raises:
        CannotCover: weights are missing. Nothing is shared uncovered instead.
    """
    missing = sorted({_BUNDLES[kind] for kind in what if not weights.has(_BUNDLES[kind])})
    if missing:
        raise RedactionError(
            f"{', '.join(what)} cannot be found in pictures without the models "
            f"{' '.join(missing)}; fetch them with: egobutler models fetch {' '.join(missing)}"
        )
    chosen: list[Finder] = []
    if "faces" in what:
        chosen.append(_faces(weights))
    if "screens" in what or "plates" in what:
        chosen.append(_things(weights, "screens" in what, "plates" in what))
    return chosen


def _faces(weights: WeightStore) -> Finder:
    from ingest.vision.detectors.faces import FaceDetector

    detector = FaceDetector(weights.folder("face") / "face_full_range.tflite")
    return lambda picture: [face.box for face in in_quarters(picture, detector.detect)]


def in_quarters(picture: Picture, detect: Callable[[Picture], list[Detection]]) -> list[Detection]:
    """What is found in the whole picture, and in four parts of it that overlap."""
    height, width = picture.shape[:2]
    detections = list(detect(picture))
    for top in (0.0, 0.4):
        for x_start in (0.0, 0.4):
            part = picture[
                int(top * height) : int((top + 0.6) * height),
                int(x_start * width) : int((x_start + 0.6) * width),
            ]
            if not part.size:
                continue
            for detection in detect(np.ascontiguousarray(part)):
                a, b, c, d = detection.box
                box = (x_start + 0.6 * a, top + 0.6 * b, x_start + 0.6 * c, top + 0.6 * d)
                detections.append(Detection(detection.what, detection.confidence, box))
    return detections


def _things(weights: WeightStore, screens: bool, plates: bool) -> Finder:
    from ingest.vision.detectors.labels import Labels
    from ingest.vision.detectors.objects import ObjectDetector
    from ingest.vision.detectors.ocr import TextReader

    model = weights.folder("yolox-nano") / "yolox_nano.onnx"
    # A shared clip had better cover a picture frame than show a screen.
    detector = ObjectDetector(model, Labels.load(), threshold=0.2)
    reader = TextReader() if plates else None

    def find(picture: Picture) -> list[Box]:
        detections = detector.detect(picture)
        boxes = [
            detection.box for detection in detections if screens and detection.what in _SCREENS
        ]
        for detection in detections:
            if reader is not None and detection.what in _VEHICLES:
                boxes += _text_on(picture, detection.box, reader.places)
        return boxes

    return find


def _text_on(picture: Picture, box: Box, places: Callable[[Picture], list[Box]]) -> list[Box]:
    height, width = picture.shape[:2]
    left_edge, top = int(box[0] * width), int(box[1] * height)
    part = picture[top : round(box[3] * height), left_edge : round(box[2] * width)]
    if min(part.shape[:2]) < 16:
        return []
    tall, wide = part.shape[:2]
    return [
        ((left_edge + a * wide) / width, (top + b * tall) / height,
         (left_edge + c * wide) / width, (top + d * tall) / height)
        for a, b, c, d in places(np.ascontiguousarray(part))
    ]  # fmt: skip


def redact(picture: Picture, boxes: Iterable[Box], margin: float = MARGIN) -> Picture:
    """The picture with nothing to be made out in the boxes, nor a little around them.

    Each place becomes a few dots: too few for any sharpening to bring back what was there.
    """
    import cv2

    covered = picture.copy()
    height, width = picture.shape[:2]
    for a, b, c, d in boxes:
        right, down = (c - a) * margin, (d - b) * margin
        left_edge, top = max(0, int((a - right) * width)), max(0, int((b - down) * height))
        end, bottom = (
            min(width, int((c + right) * width) + 1),
            min(height, int((d + down) * height) + 1),
        )
        part = covered[top:bottom, left_edge:end]
        if not part.size:
            continue
        size = (min(_GRAINS, part.shape[1]), min(_GRAINS, part.shape[0]))
        few = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        covered[top:bottom, left_edge:end] = cv2.resize(
            few, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR
        )
    return covered
