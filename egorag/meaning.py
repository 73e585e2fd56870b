"""An embedder whose every failure is one error, so that words alone can answer instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from egogpt.embedder import Embedder


class EmbedderFailed(Exception):
    """The embedder raised; the cause says what."""


class Meaning:
    """An ``Embedder`` that raises nothing but EmbedderFailed, whatever the one behind it raises."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.synonym_cosine = embedder.synonym_cosine

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed_documents`. Raises EmbedderFailed."""
        return _told(lambda: self._embedder.embed_documents(texts))

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """See `Embedder.embed_query`. Raises EmbedderFailed."""
        return _told(lambda: self._embedder.embed_query(text))


def _told(embed: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    try:
        return embed()
    except Exception as error:  # a lost device, no memory, a text that it cannot take
        raise EmbedderFailed(str(error)) from error
