"""Palms, by MediaPipe's palm detector: a cheap sign that hands are at work."""

from __future__ import annotations

from pathlib import Path

from ingest.vision.detectors.blaze import BlazeDetector
from ingest.vision.detectors.boxes import Detection, Picture

HANDS_VERSION = "palm-full-1"


class HandDetector:
    """Hands in view, the wearer's or another's."""

    def __init__(self, model: Path, *, threads: int = 1) -> None:
        self._detector = BlazeDetector(
            model, "hand", grids=[(24, 2), (12, 6)], signed=False, threshold=0.5, threads=threads
        )

    def detect(self, picture: Picture) -> list[Detection]:
        """Palms in an RGB picture, surest first."""
        return self._detector.detect(picture)
