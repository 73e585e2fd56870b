"""Match a memory's words to a question's word: same stem, related term, or near in meaning.

Detectors name things their own way ("bannister", "cellular telephone"); small embedders know some
of these kinships and miss others, so the commonest stand in ``related_terms.txt``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS


@cache
def _kin() -> Mapping[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in (
        files("egorag.ranking")
        .joinpath("related_words.txt")
        .read_text(encoding="utf-8")
        .splitlines()
    ):
        if line and not line.startswith("#"):
            word, _, others = line.partition(":")
            table[stem(word)] = table.get(stem(word), frozenset()) | frozenset(others.split())
    return table


def related_terms(word: str) -> frozenset[str]:
    """Words that speak of ``word`` though they do not share its stem; empty for most."""
    return _kin().get(stem(word), frozenset())


class TermMatcher:
    """Finds which of a question's words a text speaks of.

    The same words come again and again: an embedder that remembers (``Meaning``) spares most work.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    def matched(self, query_words: Iterable[str], words: Iterable[str]) -> set[str]:
        """Those of the wanted words that some of ``words`` (lower case) speak of."""
        present = {word for word in words if word not in STOP_WORDS}
        stemmed = {stem(word) for word in present}
        matched, open_words = set(), []
        for word in query_words:
            if stem(word) in stemmed or any(
                stem(other) in stemmed for other in related_terms(word)
            ):
                matched.add(word)
            else:
                open_words.append(word)
        return matched | self._near(open_words, present - LIGHT_WORDS)

    def _near(self, query_words: list[str], present: set[str]) -> set[str]:
        candidates = sorted(filter(_comparable, present))
        query_words = [w for w in query_words if _comparable(w) and w not in LIGHT_WORDS]
        if self._embedder is None or not query_words or not candidates:
            return set()
        words = self._embedder.embed_documents([*query_words, *candidates])
        cosines = words[: len(query_words)] @ words[len(query_words) :].T
        return {
            word
            for word, row in zip(query_words, cosines)
            if row.max() >= self._embedder.synonym_cosine
        }


def _comparable(word: str) -> bool:
    """Whether its meaning may be compared: ``synonym_cosine`` was measured on words like it."""
    return len(word) > 2 and word.isascii() and not word.isdigit()
