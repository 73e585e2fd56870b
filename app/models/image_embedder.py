"""The image–text embedder that a person chose: loaded once, when first needed, or why it is not.

"recognised" is the one that needs no model of its own: see ``ingest.vision.label_embeddings``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from app.models.shared_models import SharedModels
from egogpt.embedders.image_registry import (
    check_picture_embedder,
    load_picture_embedder,
    picture_embedder_name,
)
from egogpt.protocols.image_embedder import PictureEmbedder, PictureModelError
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import NONE
from egogpt.weights.store import WeightStore
from ingest.vision.label_embeddings import NEEDED, RecognisedPictures
from memory.types.messages import UserMessage

RECOGNISED = "recognised"

_log = logging.getLogger(__name__)
_AGAIN = 60.0  # seconds after which it is looked for again: somebody may have fetched it


def check_pictures(name: str | None) -> None:
    """Raises UnknownPictureEmbedder for a name that cannot be one."""
    if name not in (None, NONE, RECOGNISED):
        check_picture_embedder(str(name))


def pictures_trouble(name: str) -> str | None:
    """Why the files of an image–text embedder cannot be used; None where they can."""
    try:
        if name not in (NONE, RECOGNISED):
            picture_embedder_name(name)
    except PictureModelError as error:
        return str(error)
    return None


class ImageEmbedderProvider:
    """Holds the embedder called ``name``; None or "none" is none at all. Threads may share one."""

    def __init__(
        self,
        name: str | None,
        weights: WeightStore,
        text: Callable[[], Embedder | None] = lambda: None,
        shared: SharedModels | None = None,
    ) -> None:
        """``text`` gives the text embedder, which "recognised" compares words with.

        ``shared`` holds what other homes of this process have loaded.
        """
        self._shared = shared or SharedModels()
        self._weights, self._text = weights, text
        self._name = None if name == NONE else name
        self._guard = threading.RLock()
        self._embedder: PictureEmbedder | None = None
        self._stored_as: str | None = None
        self._not_before = 0.0
        self.trouble = ""  # one sentence, where there should be one and is none

    def embedder(self) -> PictureEmbedder | None:
        """The embedder, or None where none was chosen or it cannot be had."""
        with self._guard:
            if self._embedder is None and self._may_try():
                try:
                    self._embedder = self._load(str(self._name))
                    self._stored_as, self.trouble = self._embedder.name, ""
                except Exception as error:
                    self._failed(error)
            return self._embedder

    def stored_as(self) -> str | None:
        """What its vectors are stored under, without loading it; None as above."""
        with self._guard:
            if self._stored_as is None and self._may_try():
                try:
                    self._stored_as, self.trouble = self._look_up(str(self._name)), ""
                except Exception as error:
                    self._failed(error)
            return None if self.trouble else self._stored_as

    def _load(self, name: str) -> PictureEmbedder:
        if name == RECOGNISED:
            return self._recognised()
        root = self._weights.root
        return self._shared.get("pictures", name, root, lambda: load_picture_embedder(name))

    def _look_up(self, name: str) -> str:
        return self._recognised().name if name == RECOGNISED else picture_embedder_name(name)

    def _recognised(self) -> PictureEmbedder:
        """Raises PictureModelError where a part of it is missing."""
        text = self._text()
        missing = self._weights.missing(NEEDED)
        if text is None or missing:
            bundles = " ".join(missing or ("e5",))
            raise PictureModelError(UserMessage("app.weights-needed", names=bundles))
        objects, tags = map(self._weights.folder, NEEDED)
        return RecognisedPictures(objects, tags, text)

    def _may_try(self) -> bool:
        return self._name is not None and time.monotonic() >= self._not_before

    def _failed(self, error: Exception) -> None:
        _log.warning("the image–text embedder could not be loaded", exc_info=True)
        self._not_before = time.monotonic() + _AGAIN
        name = str(self._name)
        self.trouble = UserMessage("app.pictures-cannot-be-used", name=name, why=error)
