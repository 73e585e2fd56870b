"""The 80 everyday things of COCO, by YOLOX-nano on ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.vision.detectors.boxes import Detection, Numbers, Picture, fractions, suppress
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.onnx import open_session

OBJECTS_VERSION = "yolox-nano-1"
STRIDES = (8, 16, 32)


class ObjectDetector:
    """Finds everyday things.

    Source: Ge et al., "YOLOX: Exceeding YOLO Series in 2021": a box is (cell + offset) x stride,
    its size exp(log size) x stride, its score objectness x class.
    """

    def __init__(
        self, model: Path, labels: Labels, *, threshold: float = 0.35, threads: int = 2
    ) -> None:
        self._session = open_session(model, threads)
        self._input = self._session.get_inputs()[0].name
        self._side = int(self._session.get_inputs()[0].shape[2])
        self._cells, self._steps = _grid(self._side)
        self._names, self._threshold = labels.objects, threshold

    def detect(self, picture: Picture) -> list[Detection]:
        """Things in an RGB picture, surest first, with their everyday names."""
        height, width = picture.shape[:2]
        scale = min(self._side / height, self._side / width)
        raw = self._session.run(None, {self._input: _letterbox(picture, self._side, scale)})[0][0]
        scores = raw[:, 4:5] * raw[:, 5:]
        kinds = scores.argmax(axis=1)
        best = scores.max(axis=1)
        sure = best >= self._threshold
        centre = (raw[sure, :2] + self._cells[sure]) * self._steps[sure]
        half = np.exp(raw[sure, 2:4]) * self._steps[sure] / 2
        corners = np.concatenate([centre - half, centre + half], axis=1)
        # Shifting each class apart lets one suppression treat all classes separately.
        indexes = suppress(corners + kinds[sure, None] * 4.0 * self._side, best[sure], 0.45)
        return [
            Detection(
                self._names[int(kinds[sure][i])],
                float(best[sure][i]),
                fractions(corners[i] / scale, width, height),
            )
            for i in indexes
        ]


def _grid(side: int) -> tuple[Numbers, Numbers]:
    cells, steps = [], []
    for stride in STRIDES:
        count = side // stride
        rows, columns = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        steps.append(np.full((count * count, 1), stride))
    return np.concatenate(cells), np.concatenate(steps)


def _letterbox(picture: Picture, side: int, scale: float) -> Numbers:
    """(1, 3, side, side) BGR 0..255 float32; the picture top left, grey elsewhere."""
    import cv2

    size = (max(int(picture.shape[1] * scale), 1), max(int(picture.shape[0] * scale), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    canvas = np.full((side, side, 3), 114, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small[:, :, ::-1]
    return canvas.transpose(2, 0, 1)[None].astype(np.float32)
