"""Two embedders as one: nomic, which knows English best, and e5, which knows a hundred languages.

A text's vector is both of its vectors, e5's first, since of long lives the first 384 numbers alone
find the candidates. A question in letters that nomic does
not know is compared by e5 alone; in others nomic weighs more. On LoCoMo (three conversations, both
halves) recall at 10 by vectors alone is 71.7 and 72.9 (nomic 70.9 and 76.5, e5 55.6 and 53.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from egogpt.embedders.e5 import E5Embedder, TokenStates
from egogpt.embedders.nomic import NomicEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.protocols.token_encoder import PairScorer
from egogpt.weights.store import WeightStore

_HALF = 0.5**0.5
_LAST_LATIN = "\u024f"
# The cosines of nomic spread about twice as far as those of e5: so e5 counts a third as much.
_LATIN = (0.54, 0.84)
_OTHER = (1.0, 0.0)  # nomic takes all words of another script for one


class PairedEmbedder:
    """1152-d unit vectors of e5 and nomic. Thread-safe."""

    name = f"{NomicEmbedder.name}+{E5Embedder.name}"
    synonym_cosine = (NomicEmbedder.synonym_cosine + E5Embedder.synonym_cosine) / 2
    dimension = NomicEmbedder.dimension + E5Embedder.dimension

    encoder_name = E5Embedder.encoder_name

    def __init__(self, english: Embedder, multilingual: E5Embedder) -> None:
        self._english, self._multilingual = english, multilingual

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> PairedEmbedder:
        """The embedder from verified weights; raises WeightMissing."""
        return cls(NomicEmbedder.load("nomic", weights), E5Embedder.load("e5", weights))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 1152) of stored texts."""
        both = (self._multilingual.embed_documents(texts), self._english.embed_documents(texts))
        return np.concatenate([_HALF * vectors for vectors in both], axis=1)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (1152,) of a question."""
        weights = _LATIN if _is_latin(text) else _OTHER
        both = (self._multilingual.embed_query(text), self._english.embed_query(text))
        return np.concatenate([weight * vector for weight, vector in zip(weights, both)])

    def encoder_query(self, text: str) -> NDArray[np.float32]:
        """See `TokenEncoder.encoder_query`: the likeness that e5 sees."""
        vector = self._multilingual.embed_query(text) / np.float32(_HALF)
        return np.concatenate([vector, np.zeros(self._english.dimension, np.float32)])

    def token_states(
        self, texts: Sequence[str], role: Literal["query", "passage"] = "passage"
    ) -> list[TokenStates]:
        """The states of e5."""
        return self._multilingual.token_states(texts, role)

    def pair_reader(self, adapter: Mapping[str, Any]) -> PairScorer | None:
        """That of e5."""
        return self._multilingual.pair_reader(adapter)


def _is_latin(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter > _LAST_LATIN for letter in letters) <= len(letters)
