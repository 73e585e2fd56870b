"""Pictures as vectors without an image–text model: the mean of the words for what is recognised.

Source: Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings" (ConSE,
2014), section 3: the words of the likeliest classes, weighed by their probabilities, in the space
of a text embedder. It finds what it has a word for (80 things, 1000 kinds of picture), also where
it is not sure enough of any of them to say so.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from ingest.vision.detectors.boxes import Numbers, Picture
from ingest.vision.detectors.image_tags import TAGS_VERSION, Tagger
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.objects import OBJECTS_VERSION, ObjectDetector
from ingest.vision.scene_quality import central_view
from memory.types.core import Frame

VERSION = f"recognised-1-{OBJECTS_VERSION}-{TAGS_VERSION}"
NEEDED = ("yolox-nano", "efficientnet-lite3")
_CLASSES = 10  # the likeliest, of 1000
_UNSURE = 0.3  # confidence from which on a thing counts
_PART = 0.6  # side of a crop, of the shorter side of the picture
_CROPPED = 0.7  # what a crop's probabilities count beside those of the whole


class RecognisedPictures:
    """A ``PictureEmbedder`` out of two detectors and a text embedder."""

    by_labels = True

    def __init__(self, objects: Path, tags: Path, text: Embedder) -> None:
        """``objects`` and ``tags`` are folders as of `SightReader`; both are loaded when needed."""
        self._folders = objects, tags
        self._text = text
        self._guard = threading.Lock()
        self.name = f"{VERSION}({text.name})"
        self.dimension = text.dimension
        self.synonym_cosine = text.synonym_cosine

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the text embedder does."""
        return self._text.embed_documents(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """As the text embedder does."""
        return self._text.embed_query(text)

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        """Unit vectors (len(frames), dimension), each of its picture alone."""
        vectors = np.zeros((len(frames), self.dimension), np.float32)
        with self._guard:
            for row, frame in enumerate(frames):
                mean = self._kinds(frame.image) + self._things(frame.image)
                vectors[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vectors

    def _kinds(self, image: Picture) -> Numbers:
        """The weighed words for what the picture, or a part of it, looks like."""
        tagger, words = self._tagger
        whole, *parts = (tagger.probabilities(part) for part in _parts(central_view(image)))
        likely = np.maximum(whole, _CROPPED * np.max(parts, axis=0))
        chosen = np.argsort(-likely, kind="stable")[:_CLASSES]
        mean: Numbers = likely[chosen] @ words[chosen]
        return mean

    def _things(self, image: Picture) -> Numbers:
        """The weighed words for the things in the picture, each once."""
        detector, words = self._detector
        sure: dict[str, float] = {}
        for detection in detector.detect(image):
            sure[detection.what] = max(detection.confidence, sure.get(detection.what, 0.0))
        mean = np.zeros(self.dimension, np.float32)
        for what, confidence in sure.items():
            mean += confidence * words[what]
        return mean

    @cached_property
    def _tagger(self) -> tuple[Tagger, Numbers]:
        folder = self._folders[1]
        names = folder / "imagenet_labels.txt"
        tagger = Tagger(folder / "efficientnet_lite3.tflite", names, self._labels)
        tags = self._labels.tags(names.read_text(encoding="utf-8").splitlines())
        known = list(dict.fromkeys(filter(None, tags)))
        vectors = dict(zip(known, self._text.embed_documents(known)))
        nothing = np.zeros(self.dimension, np.float32)  # a class that is never named
        return tagger, np.stack([vectors.get(word, nothing) for word in tags])

    @cached_property
    def _detector(self) -> tuple[ObjectDetector, dict[str, NDArray[np.float32]]]:
        file = self._folders[0] / "yolox_nano.onnx"
        detector = ObjectDetector(file, self._labels, threshold=_UNSURE, threads=1)
        words = self._labels.objects
        return detector, dict(zip(words, self._text.embed_documents(words)))

    @cached_property
    def _labels(self) -> Labels:
        return Labels.load()


def _parts(image: Picture) -> list[Picture]:
    """The picture, its four corners and its middle."""
    height, width = image.shape[:2]
    side = max(1, int(min(height, width) * _PART))
    lefts, tops = (0, width - side), (0, height - side)
    places = [(top, left_edge) for top in tops for left_edge in lefts]
    places.append(((height - side) // 2, (width - side) // 2))
    return [
        image,
        *(image[top : top + side, left_edge : left_edge + side] for top, left_edge in places),
    ]
