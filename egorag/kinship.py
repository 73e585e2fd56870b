"""Whether a memory's words speak of a question's word: same stem, kin, or near in meaning.

Detectors name things their own way ("bannister", "cellular telephone"); small embedders know some
of these kinships and miss others, so the commonest stand in ``kin.txt``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from egogpt.embedder import Embedder
from egorag.stems import stem
from egorag.words import LIGHT_WORDS, STOP_WORDS

_REMEMBERED = 20_000  # word vectors kept


@cache
def _kin() -> Mapping[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in files("egorag").joinpath("kin.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, others = line.partition(":")
            table[stem(word)] = table.get(stem(word), frozenset()) | frozenset(others.split())
    return table


def kin(word: str) -> frozenset[str]:
    """Words that speak of ``word`` though they do not share its stem; empty for most."""
    return _kin().get(stem(word), frozenset())


class Kinship:
    """Finds which of a question's words a text speaks of. One may serve many questions."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._guard = threading.Lock()

    def met(self, wanted: Iterable[str], words: Iterable[str]) -> set[str]:
        """Those of the wanted words that some of ``words`` (lower case) speak of."""
        present = {word for word in words if word not in STOP_WORDS}
        stemmed = {stem(word) for word in present}
        found, open_words = set(), []
        for word in wanted:
            if stem(word) in stemmed or any(stem(other) in stemmed for other in kin(word)):
                found.add(word)
            else:
                open_words.append(word)
        return found | self._near(open_words, present - LIGHT_WORDS)

    def _near(self, wanted: list[str], present: set[str]) -> set[str]:
        candidates = sorted(w for w in present if len(w) > 2 and not w.isdigit())
        wanted = [w for w in wanted if len(w) > 2 and not w.isdigit() and w not in LIGHT_WORDS]
        if self._embedder is None or not wanted or not candidates:
            return set()
        cosines = self._embed(wanted) @ self._embed(candidates).T
        return {
            word for word, row in zip(wanted, cosines) if row.max() >= self._embedder.synonym_cosine
        }

    def _embed(self, words: list[str]) -> NDArray[np.float32]:
        assert self._embedder is not None
        with self._guard:
            missing = [word for word in words if word not in self._vectors]
            if missing and len(self._vectors) > _REMEMBERED:
                self._vectors.clear()
                missing = words
            if missing:
                self._vectors.update(zip(missing, self._embedder.embed_documents(missing)))
            return np.stack([self._vectors[word] for word in words])
