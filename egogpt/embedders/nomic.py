"""Sentence vectors from nomic-embed-text-v1.5, which knows English best.

Source: Nussbaum et al., Nomic Embed (2024); its model card (the two task prefixes are required).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.runtime.devices import best_dtype
from egogpt.runtime.threads import wait_passively
from egogpt.weights.gguf import Gguf, read_gguf
from egogpt.weights.store import WeightStore

_BATCH_TOKENS = 2048


class NomicEmbedder:
    """768-d unit vectors; documents and queries are told apart by a prefix. Thread-safe."""

    name = "nomic-v1.5"
    synonym_cosine = 0.88
    dimension = 768

    def __init__(self, path: Path, *, dtype: str | None = None) -> None:
        """Loads the f16 GGUF; ``dtype`` "bfloat16" or "float32", by default what suits the CPU."""
        wait_passively()
        import torch

        from egogpt.embedders.nomic_bert import NomicBert

        gguf = read_gguf(path)
        chosen = best_dtype() if dtype is None else getattr(torch, dtype)
        self._model = NomicBert(gguf, chosen)
        self._tokenizer = word_pieces(gguf)
        self._tokenizer.enable_truncation(self._model.context)

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> NomicEmbedder:
        """The embedder from verified weights; raises WeightMissing."""
        return cls(weights.path(name))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 768); text beyond 2048 tokens is not read."""
        return self._embed([f"search_document: {text}" for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (768,) of a question."""
        vector: NDArray[np.float32] = self._embed([f"search_query: {text}"])[0]
        return vector

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        for batch in batches_by_length([len(ids) for ids in tokens], _BATCH_TOKENS):
            length = max(len(tokens[index]) for index in batch)
            ids = torch.zeros((len(batch), length), dtype=torch.int64)
            mask = torch.zeros((len(batch), length), dtype=torch.bool)
            for row, index in enumerate(batch):
                ids[row, : len(tokens[index])] = torch.tensor(tokens[index])
                mask[row, : len(tokens[index])] = True
            vectors[batch] = self._model.embed(ids, mask).numpy()
        return vectors


def batches_by_length(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Groups indices of like length, so that little is padding.

    Each group, padded to its longest member, is at most ``budget`` tokens, or one text alone.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and (len(batches[-1]) + 1) * lengths[index] <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def word_pieces(gguf: Gguf) -> Any:
    """The BERT tokenizer whose vocabulary a GGUF file holds."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = [_as_word_piece(token) for token in gguf.metadata["tokenizer.ggml.tokens"]]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(word, vocabulary[word]) for word in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def _as_word_piece(token: str) -> str:
    # GGUF marks the start of a word where WordPiece marks its continuation.
    if token.startswith("\u2581"):
        return token[1:]
    if token.startswith("[") and token.endswith("]"):
        return token
    return f"##{token}"
