"""Tags of the whole picture by EfficientNet-Lite3 (1000 ImageNet classes)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.vision.detectors.boxes import Numbers, Picture
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.tflite import Interpreter, open_model

_LONG, _NEAR = 1.2, 0.7  # of the other side; of the shorter side
TAGS_VERSION = "efficientnet-lite3-2"


@dataclass(frozen=True, slots=True)
class Tag:
    """An everyday name for what a picture may show, and its probability."""

    what: str
    confidence: float


class Tagger:
    """Names what a picture as a whole looks like; right on photos, unsure on odd views."""

    def __init__(
        self, model: Path, names: Path, labels: Labels, *, threads: int = 1, keep_all: bool = False
    ) -> None:
        """``keep_all`` is for ``features``."""
        self._interpreter: Interpreter = open_model(model, threads, keep_all)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self._side = int(self._input["shape"][1])
        self._words = labels.tags(names.read_text(encoding="utf-8").splitlines())

    def tag(self, picture: Picture, *, threshold: float = 0.3) -> list[Tag]:
        """Everyday names for an RGB picture with at least ``threshold`` probability, best first.

        That is the mean over several cuts of it. Classes with the same everyday name (kinds of
        dog, bannister and staircase) are summed.
        """
        sums: dict[str, float] = {}
        probabilities = np.mean([self.probabilities(cut) for cut in _cuts(picture)], axis=0)
        for word, probability in zip(self._words, probabilities):
            if word:
                sums[word] = sums.get(word, 0.0) + float(probability)
        tags = [Tag(word, min(p, 1.0)) for word, p in sums.items() if p >= threshold]
        return sorted(tags, key=lambda tag: (-tag.confidence, tag.what))

    def probabilities(self, picture: Picture) -> Numbers:
        """(1000,) probabilities of the ImageNet classes for an RGB picture."""
        self._run(_crop_and_resize(picture, self._side))
        raw = self._interpreter.get_tensor(self._output["index"])[0].astype(np.float32)
        scale, zero = self._output["quantization"]
        values: Numbers = (raw - zero) * scale if scale else raw
        return values

    def features(self, picture: Picture) -> Numbers:
        """What the network makes of an RGB picture, drawn out to a square, before it names it.

        1,280 numbers of unit length.
        """
        self._run(_resized(picture, self._side, smooth=min(picture.shape[:2]) <= self._side))
        tensors = self._interpreter.get_tensor_details()
        pooled = next(one for one in tensors if one["name"].endswith("head/AvgPool"))
        raw = self._interpreter.get_tensor(pooled["index"]).ravel().astype(np.float32)
        values: Numbers = raw - pooled["quantization"][1]
        return values / max(float(np.linalg.norm(values)), 1e-6)

    def _run(self, pixels: Picture) -> None:
        self._interpreter.set_tensor(self._input["index"], pixels[None])
        self._interpreter.invoke()


def _cuts(picture: Picture) -> list[Picture]:
    """The picture, its ends where it is long, and its middle."""
    height, width = picture.shape[:2]
    side = min(height, width)
    cuts = [picture]
    if width > _LONG * height:
        cuts += [picture[:, :side], picture[:, -side:]]
    elif height > _LONG * width:
        cuts += [picture[:side], picture[-side:]]
    near = int(side * _NEAR)
    top, left_edge = (height - near) // 2, (width - near) // 2
    return [*cuts, picture[top : top + near, left_edge : left_edge + near]]


def _crop_and_resize(picture: Picture, side: int) -> Picture:
    """The central square of the picture, as the network was trained."""
    height, width = picture.shape[:2]
    square = min(height, width)
    top, left_edge = (height - square) // 2, (width - square) // 2
    return _resized(picture[top : top + square, left_edge : left_edge + square], side)


def _resized(picture: Picture, side: int, smooth: bool = False) -> Picture:
    """``smooth`` is for small ones, which squares of one colour would be made of."""
    import cv2

    way = cv2.INTER_LINEAR if smooth else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, (side, side), interpolation=way), np.uint8)
