"""Sentence vectors from all-MiniLM-L6-v2 in int8: small, fast, and needs no torch.

Source: Reimers and Gurevych, Sentence-BERT (2019), section 3; the model card of
sentence-transformers/all-MiniLM-L6-v2 (mean pooling, 256 tokens).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.weights.store import WeightStore

_MAX_TOKENS = 256
_THREADS = 2


class MiniLMEmbedder:
    """384-d unit vectors; documents and queries are embedded alike. Safe between threads."""

    name = "minilm-int8"
    synonym_cosine = 0.76
    dimension = 384

    def __init__(self, folder: Path) -> None:
        """Loads ``model.onnx`` and ``tokenizer.json`` from ``folder``."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        # Spinning threads burn the cores that decoding and recognition need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> MiniLMEmbedder:
        """The embedder from verified weights; raises WeightMissing."""
        return cls(weights.folder(name))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 384); text beyond 256 tokens is not read."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # One by one: batches measured no faster here, and so a vector never depends, not even
        # in its last bit, on which other texts came with it.
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            vectors[row] = self._embed(encoding.ids)
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (384,) of a question."""
        vector: NDArray[np.float32] = self.embed_documents([text])[0]
        return vector

    def _embed(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        ids = np.array([tokens], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        hidden: NDArray[np.float32] = self._session.run(None, inputs)[0]
        mean = hidden[0].mean(axis=0)
        unit: NDArray[np.float32] = mean / np.linalg.norm(mean)
        return unit
