"""Base of torch image–text embedders: batches, one thread at a time, unit length."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from egogpt.runtime.threads import wait_passively
from memory.types.core import Frame

if TYPE_CHECKING:
    from PIL.Image import Image

BATCH = 16  # pictures or texts at once: more gains little, and takes memory


class TorchPictures:
    """The base of the embedders that run in torch: they give features, this gives vectors."""

    synonym_cosine = 1.0
    by_labels = False

    def __init__(self, name: str, dimension: int) -> None:
        self.name = name
        self.dimension = dimension
        self._guard = threading.Lock()  # fast tokenizers cannot be shared while they pad

    @abstractmethod
    def picture_features(self, pictures: Sequence[Image]) -> Any:
        """A tensor (len(pictures), dimension), of any length each."""

    @abstractmethod
    def text_features(self, texts: Sequence[str]) -> Any:
        """A tensor (len(texts), dimension), of any length each."""

    def embed_pictures(self, frames: Sequence[Frame]) -> NDArray[np.float32]:
        """Unit vectors (len(frames), dimension), in the order of the frames."""
        from PIL import Image

        pictures = [Image.fromarray(frame.image) for frame in frames]
        return self._vectors(self.picture_features, pictures)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), dimension)."""
        return self._vectors(self.text_features, texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (dimension,) of a question."""
        vector: NDArray[np.float32] = self.embed_documents([text])[0]
        return vector

    def _vectors(
        self, features: Callable[[Sequence[Any]], Any], items: Sequence[Any]
    ) -> NDArray[np.float32]:
        import torch

        vectors = np.zeros((len(items), self.dimension), np.float32)
        with self._guard, torch.inference_mode():
            for first in range(0, len(items), BATCH):
                outputs = features(items[first : first + BATCH]).float()
                unit = torch.nn.functional.normalize(outputs, dim=-1)
                vectors[first : first + BATCH] = unit.cpu().numpy()
        return vectors


def device() -> Any:
    """The graphics card where there is one, else the processor."""
    wait_passively()
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
