"""MediaPipe's single-shot detectors on LiteRT: what the face and the palm detector share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.vision.detectors.boxes import Detection, Numbers, Picture, fractions, suppress
from ingest.vision.detectors.tflite import Interpreter, open_model


class BlazeDetector:
    """Finds one kind of thing with a BlazeFace-like model: anchors on square grids, 192 x 192 in.

    Source: Bazarevsky et al., "BlazeFace", 2019; the anchors follow MediaPipe's graph files.
    """

    def __init__(
        self,
        model: Path,
        what: str,
        *,
        grids: Sequence[tuple[int, int]],
        signed: bool,
        threshold: float,
        threads: int = 1,
    ) -> None:
        """Load the model.

        Args:
            model: the ``.tflite`` file.
            what: name of the thing found.
            grids: (cells per side, anchors per cell) of each output grid, in order.
            signed: whether the input runs from -1 to 1 (else 0 to 1).
            threshold: probability below which nothing is reported.
            threads: CPU threads.
        """
        self._interpreter: Interpreter = open_model(model, threads)
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()
        self._side = int(self._input["shape"][1])
        self._anchors = np.concatenate([_anchors(cells, per_cell) for cells, per_cell in grids])
        self._what, self._signed, self._threshold = what, signed, threshold

    def detect(self, picture: Picture) -> list[Detection]:
        """Detections in an RGB picture, best first."""
        height, width = picture.shape[:2]
        side = max(height, width)
        boxes, scores = self._run(_square(picture, side, self._side))
        sure = scores >= self._threshold
        if not sure.any():
            return []
        centre = boxes[sure, :2] / self._side + self._anchors[sure]
        half = boxes[sure, 2:4] / self._side / 2
        margin = np.array([(side - width) // 2, (side - height) // 2] * 2)
        corners = np.concatenate([centre - half, centre + half], axis=1) * side - margin
        return [
            Detection(self._what, float(scores[sure][i]), fractions(corners[i], width, height))
            for i in suppress(corners, scores[sure], 0.3)
        ]

    def _run(self, square: Picture) -> tuple[Numbers, Numbers]:
        values = square.astype(np.float32)
        values = values / 127.5 - 1.0 if self._signed else values / 255.0
        self._interpreter.set_tensor(self._input["index"], values[None])
        self._interpreter.invoke()
        outputs = [self._interpreter.get_tensor(out["index"])[0] for out in self._outputs]
        logits = next(out for out in outputs if out.shape[-1] == 1)[:, 0]
        boxes = next(out for out in outputs if out.shape[-1] > 1)
        return boxes, 1.0 / (1.0 + np.exp(-np.clip(logits, -100.0, 100.0)))


def _anchors(cells: int, per_cell: int) -> Numbers:
    middle = (np.arange(cells) + 0.5) / cells
    rows, columns = np.meshgrid(middle, middle, indexing="ij")
    return np.repeat(np.stack([columns.ravel(), rows.ravel()], axis=1), per_cell, axis=0)


def _square(picture: Picture, side: int, size: int) -> Picture:
    """The picture in the middle of a black square, resized to ``size``."""
    import cv2

    height, width = picture.shape[:2]
    scale = size / side
    small = cv2.resize(
        picture,
        (max(round(width * scale), 1), max(round(height * scale), 1)),
        interpolation=cv2.INTER_AREA,
    )
    canvas: Picture = np.zeros((size, size, 3), np.uint8)
    top, left_edge = (size - small.shape[0]) // 2, (size - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left_edge : left_edge + small.shape[1]] = small
    return canvas
