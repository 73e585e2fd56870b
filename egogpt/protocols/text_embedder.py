"""The protocol of a text embedder: words to unit vectors, in two flavours (document and query)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Maps text to unit vectors; the dot product of a query and a document is their similarity.

    ``name`` changes whenever the vectors would, since the store keeps vectors per name.
    ``synonym_cosine`` is where, for this model, two single words begin to mean the same: measured
    on 40 pairs of synonyms against 40 of related words (cat–dog, mother–father), so that at most
    one in twenty of the latter passes.
    """

    name: str
    dimension: int
    synonym_cosine: float

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of stored texts: (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question: (dimension,)."""
        ...
