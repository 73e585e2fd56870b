"""Edges between phrases that mean the same (HippoRAG's synonym edges), by the home's embedder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from egorag.retrieval.components.graph import Edges, Numbers
from egorag.retrieval.components.phrase_index import PhraseIndex

_MOST = 1500  # phrases that are compared: the commonest of those that tell something
_FEW = 300  # … where every question brings another set of memories
_REMEMBERED = 20_000  # vectors kept


class Synonyms:
    """Finds the edges; vectors of phrases are made once."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, str], NDArray[np.float32]] = {}

    def edges(self, index: PhraseIndex, embedder: Embedder | None, passing: bool) -> Edges:
        """Pairs of phrases that mean the same to the embedder, weighted by their cosine.

        The paper's threshold of 0.8 is that of its own embedder; each has one of its own.

        ``passing`` is whether the index serves this question only.
        """
        none = np.zeros(0, np.int64)
        chosen = _comparable(index, _FEW if passing else _MOST)
        if embedder is None or chosen.size < 2:
            return none, none, np.zeros(0)
        names = list(index.numbers)
        vectors = self._embed([names[at] for at in chosen.tolist()], embedder)
        cosines = np.triu(vectors @ vectors.T, 1)
        left_nodes, right = np.nonzero(cosines >= embedder.synonym_cosine)
        return chosen[left_nodes], chosen[right], cosines[left_nodes, right].astype(np.float64)

    def _embed(self, phrases: list[str], embedder: Embedder) -> NDArray[np.float32]:
        missing = [p for p in phrases if (embedder.name, p) not in self._vectors]
        if missing:
            if len(self._vectors) > _REMEMBERED:
                self._vectors.clear()
                missing = phrases
            vectors = embedder.embed_documents(missing)
            self._vectors.update(((embedder.name, p), v) for p, v in zip(missing, vectors))
        return np.stack([self._vectors[embedder.name, p] for p in phrases])


def _comparable(index: PhraseIndex, most: int) -> Numbers:
    """Phrases in two memories or more and not in too many, commonest first; then by name."""
    spread = index.spread
    names = list(index.numbers)
    able = np.flatnonzero(index.tells & (spread >= 2)).tolist()
    able.sort(key=lambda at: (-spread[at], names[at]))
    return np.array(sorted(able[:most]), np.int64)
