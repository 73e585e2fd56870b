"""The protocol of a text embedder: words to unit vectors, in two flavours (document and query)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Maps text to unit vectors; the dot product of a query and a document is their similarity.

    ``name`` changes whenever the vectors would, since the store keeps vectors per name.
    """

    name: str
    dimension: int

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of stored texts: (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question: (dimension,)."""
        ...
