"""Sentence vectors and token states from multilingual-e5: a hundred languages in one space.

Source: Wang et al., Multilingual E5 (2024); its model card (the prefixes "query: " and "passage: "
are required, mean pooling).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from egogpt.embedders.image_model_files import fetch_folder, fingerprint, model_folder
from egogpt.embedders.nomic import batches_by_length
from egogpt.protocols.token_encoder import PairScorer
from egogpt.runtime.devices import best_dtype
from egogpt.runtime.threads import wait_passively
from egogpt.weights.fetcher import Progress
from egogpt.weights.store import WeightStore

_KIND = "e5"
_NEEDED = ("config.json", "tokenizer.json", "model.safetensors")  # of a folder
_BATCH_TOKENS = 2048
_PREFIXES = {"query": "query: ", "passage": "passage: "}


@dataclass(frozen=True, slots=True)
class TokenStates:
    """The states (tokens, 384) of a text's tokens, and the characters [start, end) of each."""

    states: NDArray[np.float32]
    spans: list[tuple[int, int]]


class E5Embedder:
    """384-d unit vectors (of other sizes from a folder); prefixes tell documents and queries apart.

    Thread-safe.
    """

    name = encoder_name = "e5-small-q4"
    synonym_cosine = 0.94
    dimension = 384

    def __init__(self, path: Path, *, dtype: str | None = None) -> None:
        """Loads the 4-bit file, or a folder of the hub's kind.

        ``dtype`` is "bfloat16" or "float32", by default what suits the CPU. Raises E5FileError, or
        PictureModelError for a folder.
        """
        wait_passively()
        import torch

        from egogpt.embedders.e5_bert import E5Bert
        from egogpt.embedders.e5_file import read_e5
        from egogpt.embedders.e5_hub import E5Folder, folder_tokenizer

        number = best_dtype() if dtype is None else getattr(torch, dtype)
        self._model: E5Bert | E5Folder
        if path.is_dir():
            self._model, self._tokenizer = E5Folder(path, number), folder_tokenizer(path)
            self.name, self.dimension = _folder_name(path), self._model.width
        else:
            file = read_e5(path)
            self._model = E5Bert(file, number)
            self._tokenizer = unigram_tokenizer(file.pieces, file.special)
        self._tokenizer.enable_truncation(self._model.context)

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> E5Embedder:
        """The embedder of verified weights, or of ``e5:PLACE``, a folder or a name of the hub.

        Raises WeightMissing, or PictureModelError.
        """
        place = name.partition(":")[2]
        return cls(model_folder(_KIND, place, _NEEDED) if place else weights.path(name))

    @staticmethod
    def stored_as(place: str) -> str:
        """What the vectors of ``e5:PLACE`` are stored under. Raises PictureModelError."""
        return _folder_name(model_folder(_KIND, place, _NEEDED))

    @staticmethod
    def location(place: str) -> Path:
        """The folder of ``e5:PLACE``. Raises PictureModelError."""
        return model_folder(_KIND, place, _NEEDED)

    @staticmethod
    def fetch(place: str, progress: Progress | None = None) -> None:
        """Brings a name of the hub into its cache. Raises PictureModelError."""
        fetch_folder(_KIND, place, progress)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (len(texts), 384); text beyond 512 tokens is not read."""
        return self._embed(texts, "passage")

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The unit vector (384,) of a question."""
        vector: NDArray[np.float32] = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors (len(texts), 384) of questions."""
        return self._embed(texts, "query")

    def encoder_query(self, text: str) -> NDArray[np.float32]:
        """See `TokenEncoder.encoder_query`."""
        return self.embed_query(text)

    def token_states(
        self, texts: Sequence[str], role: Literal["query", "passage"] = "passage"
    ) -> list[TokenStates]:
        """The states of each text's own tokens, in order, without the prefix and the two ends.

        The encoder reads each text as ``role``. ``spans`` index the characters of the text as it
        was passed. Text beyond 512 tokens is not read.
        """
        skip = len(_PREFIXES[role])
        results: list[TokenStates | None] = [None] * len(texts)
        for index, encoding, states in self._states(texts, role):
            own = [
                (row, (max(start - skip, 0), end - skip))
                for row, (start, end) in enumerate(encoding.offsets)
                if end > skip
            ]
            rows = [row for row, _ in own]
            results[index] = TokenStates(states[rows], [span for _, span in own])
        return [result for result in results if result is not None]

    def pair_reader(self, adapter: Mapping[str, Any]) -> PairScorer | None:
        """Reads two texts as one by an ``adapter`` of these weights; None of a folder's."""
        from egogpt.embedders.e5_bert import E5Bert
        from egogpt.embedders.e5_pairs import PairReader

        if not isinstance(self._model, E5Bert):
            return None
        return PairReader(self._model, self._tokenizer, adapter)

    def _embed(self, texts: Sequence[str], role: str) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for index, _, states in self._states(texts, role):
            mean = states.mean(axis=0)
            vectors[index] = mean / np.linalg.norm(mean)
        return vectors

    def _states(
        self, texts: Sequence[str], role: str
    ) -> Iterator[tuple[int, Any, NDArray[np.float32]]]:
        """For each text, in any order: its place, its encoding, and the states of all tokens."""
        import torch

        encodings = self._tokenizer.encode_batch([_PREFIXES[role] + text for text in texts])
        for batch in batches_by_length([len(encoding) for encoding in encodings], _BATCH_TOKENS):
            length = max(len(encodings[index]) for index in batch)
            ids = torch.zeros((len(batch), length), dtype=torch.int64)
            mask = torch.zeros((len(batch), length), dtype=torch.bool)
            for row, index in enumerate(batch):
                ids[row, : len(encodings[index])] = torch.tensor(encodings[index].ids)
                mask[row, : len(encodings[index])] = True
            states = self._model.states(ids, mask).numpy()
            for row, index in enumerate(batch):
                yield index, encodings[index], states[row, : len(encodings[index])]


def _folder_name(folder: Path) -> str:
    return f"{_KIND}-{fingerprint(folder / name for name in _NEEDED)}"


def unigram_tokenizer(pieces: list[tuple[str, float]], special: dict[str, int]) -> Any:
    """XLM-RoBERTa's tokenizer: NFKC, spaces as part of words, the likeliest pieces."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=special["unk"], byte_fallback=False))
    single_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), single_space]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
        replacement="\u2581", prepend_scheme="always"
    )
    ends = [(pieces[special[end]][0], special[end]) for end in ("bos", "eos")]
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{ends[0][0]} $A {ends[1][0]}", special_tokens=ends
    )
    return tokenizer
