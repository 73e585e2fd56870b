"""Match a memory's words to a question's word: the same stem, or a related term.

Detectors name things their own way ("bannister", "cellular telephone"); the commonest of these
kinships stand in ``related_words.txt``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS
from egorag.language.glossary import in_english


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
    return _kin().get(stem(word), frozenset()) | in_english(word)


def matched_terms(query_words: Iterable[str], words: Iterable[str]) -> set[str]:
    """Those of the query's words that some of ``words`` (lower case) speak of."""
    stemmed = {stem(word) for word in words if word not in STOP_WORDS}
    return {
        word
        for word in query_words
        if stem(word) in stemmed or any(stem(other) in stemmed for other in related_terms(word))
    }
