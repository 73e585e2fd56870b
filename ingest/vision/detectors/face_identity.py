"""Face embeddings: dlib's ResNet over five landmarks."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import Box, Numbers, Picture

IDENTITY_VERSION = "dlib-resnet-v1"


def is_installed() -> bool:
    """Whether the library that runs the model is there (``pip install dlib-bin``)."""
    return importlib.util.find_spec("dlib") is not None


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Corners of one eye, of the other, and the base of the nose: (5, 2) in pixels."""

    points: Numbers
    handle: Any  # what dlib aligns the face by

    @property
    def eyes_apart(self) -> float:
        """Pixels between the middles of the eyes."""
        return float(np.linalg.norm(self._eyes))

    @property
    def turned(self) -> float:
        """How far the nose is from under the middle of the eyes, in eye distances: 0 is frontal."""
        return abs(float(self._nose @ self._eyes)) / max(self.eyes_apart, 1e-6) ** 2

    @property
    def length(self) -> float:
        """From the line of the eyes down to the nose, in eye distances."""
        across = np.array([-self._eyes[1], self._eyes[0]])
        return abs(float(self._nose @ across)) / max(self.eyes_apart, 1e-6) ** 2

    @property
    def _eyes(self) -> Numbers:
        return np.asarray((self.points[0] + self.points[1] - self.points[2] - self.points[3]) / 2)

    @property
    def _nose(self) -> Numbers:
        return np.asarray(self.points[4] - self.points[:4].mean(axis=0))


class FaceIdentity:
    """Landmarks (1 ms) and a print (80 ms) of a face that was found by a detector.

    Source: King, "High Quality Face Recognition with Deep Metric Learning", 2017 (dlib.net).
    """

    def __init__(self, folder: Path) -> None:
        """Load ``dlib_5pt.dat`` and ``dlib_face_resnet.dat`` from ``folder``.

        Raises:
            FileNotFoundError: one of them is not there.
            ModuleNotFoundError: dlib is not installed.
        """
        for name in ("dlib_5pt.dat", "dlib_face_resnet.dat"):
            if not (folder / name).is_file():
                raise FileNotFoundError(
                    f"no face model at {folder / name}; run `egobutler models fetch face-identity`"
                )
        dlib = importlib.import_module("dlib")
        self._rectangle = dlib.rectangle
        self._landmarks = dlib.shape_predictor(str(folder / "dlib_5pt.dat"))
        self._network = dlib.face_recognition_model_v1(str(folder / "dlib_face_resnet.dat"))

    def landmarks(self, picture: Picture, box: Box) -> Landmarks:
        """Where eyes and nose are in the box (fractions of the RGB picture)."""
        height, width = picture.shape[:2]
        left_edge, top, right, bottom = box
        place = self._rectangle(
            int(left_edge * width), int(top * height), int(right * width), int(bottom * height)
        )
        landmarks = self._landmarks(np.ascontiguousarray(picture), place)
        points = np.array([(point.x, point.y) for point in landmarks.parts()], float)
        return Landmarks(points, landmarks)

    def describe(self, picture: Picture, landmarks: Landmarks) -> NDArray[np.float32]:
        """128 numbers of unit length: faces of one person are close to each other."""
        face_descriptor = self._network.compute_face_descriptor(
            np.ascontiguousarray(picture), landmarks.handle
        )
        vector = np.array(face_descriptor, np.float32)
        return vector / np.float32(np.linalg.norm(vector))
