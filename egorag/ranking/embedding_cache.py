"""An embedder that remembers, and whose every failure is one error: then words alone can answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from egogpt.runtime.cancellation import check


class EmbedderFailed(Exception):
    """The embedder raised; the cause says what."""


_REMEMBERED = 20_000  # texts: the words of a life, "a cup was in view", what is asked anew
# Where many ask at once, whoever has few texts need not wait for whoever has many, and no more are
# embedded side by side than there are cores for (an embedder uses two).
_AT_ONCE = 16


class CachedEmbedder:
    """An ``Embedder`` that raises nothing but EmbedderFailed, whatever the one behind it raises.

    It remembers the vectors of the last texts. Thread-safe where the one behind it is.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.synonym_cosine = embedder.synonym_cosine
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._asked: tuple[str | None, NDArray[np.float32]] = (None, np.zeros(0, np.float32))
        self._guard = threading.Lock()
        self._turns = threading.Semaphore(max(1, (os.cpu_count() or 2) // 2))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed_documents`. Raises EmbedderFailed, Cancelled between a few texts."""
        with self._guard:
            vectors = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = list(dict.fromkeys(text for text in texts if text not in vectors))
        for at in range(0, len(missing), _AT_ONCE):
            check()  # whoever asked may have gone
            vectors |= self._made(missing[at : at + _AT_ONCE])
        rows = [vectors[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)

    def _made(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Vectors of a few texts, each text once: others may have asked for it meanwhile."""
        with self._turns:
            with self._guard:
                known = {text: self._vectors[text] for text in texts if text in self._vectors}
            missing = [text for text in texts if text not in known]
            if not missing:
                return known
            fresh = dict(zip(missing, _told(lambda: self._embedder.embed_documents(missing))))
            with self._guard:
                if len(self._vectors) + len(fresh) > _REMEMBERED:
                    self._vectors.clear()
                self._vectors.update(fresh)
            return known | fresh

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """See `Embedder.embed_query`. Raises EmbedderFailed."""
        asked, vector = self._asked
        if asked != text:  # one answer compares with its question several times
            vector = _told(lambda: self._embedder.embed_query(text))
            self._asked = (text, vector)
        return vector


def _told(embed: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    try:
        return embed()
    except Exception as error:  # a lost device, no memory, a text that it cannot take
        raise EmbedderFailed(str(error)) from error
