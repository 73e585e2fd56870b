"""Faces, by BlazeFace full range: that somebody faces the camera, never who it is."""

from __future__ import annotations

from pathlib import Path

from ingest.vision.detectors.blaze import BlazeDetector
from ingest.vision.detectors.boxes import Detection, Picture

FACES_VERSION = "blazeface-full-range-1"
SMALLEST = 40  # pixels: below this the model guesses


class FaceDetector:
    """Faces at least 40 pixels wide."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        self._detector = BlazeDetector(
            model, "face", grids=[(48, 1)], signed=True, threshold=0.65, threads=threads
        )

    def detect(self, picture: Picture) -> list[Detection]:
        """Faces in an RGB picture, surest first."""
        width = picture.shape[1]
        faces = self._detector.detect(picture)
        return [face for face in faces if (face.box[2] - face.box[0]) * width >= SMALLEST]
