"""The protocol of an image–text embedder: pictures and words become vectors of one space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from memory.types.core import Frame


class PictureModelError(RuntimeError):
    """An image–text model that cannot be had or used; the text says which, why and what to do."""


class PictureEmbedder(Embedder, Protocol):
    """An ``Embedder`` whose texts can be compared with pictures by the dot product, too.

    ``name`` is a fingerprint of the files, so that it does not depend on where they lie. Nobody has
    measured ``synonym_cosine`` for these models: it is 1, which no two different words reach.
    ``by_labels`` is whether it sees no more than what detectors have a word for: what such a one
    finds ranks, but is never told as what was seen.
    """

    by_labels: bool

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        """Unit vectors of pictures, in their order: (len(frames), dimension)."""
        ...
