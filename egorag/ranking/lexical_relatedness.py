"""Match a memory's words to a question's word: the same stem, or a related term.

Detectors name things their own way ("bannister", "cellular telephone"); the commonest of these
kinships stand in ``related_words.txt``, which things are of a kind in ``kinds.txt``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS
from egorag.language.glossary import in_english

_MOST = 60  # members of a kind that are searched for by their words


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


def kinds_of(what: str) -> str:
    """The words for the kinds of a thing, parted by spaces; empty where none are known."""
    return _kinds().get(what, "")


def members_of(kind: str) -> frozenset[str]:
    """The single words for things of a kind; none of one so wide that all would be searched."""
    members = _members().get(kind, ())
    return frozenset(w for w in members if " " not in w) if len(members) <= _MOST else frozenset()


@cache
def _members() -> Mapping[str, tuple[str, ...]]:
    text = files("egorag.ranking").joinpath("kinds.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    return {kind: tuple(members.split(", ")) for kind, _, members in lines}


@cache
def _kinds() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for kind, members in _members().items():
        for member in members:
            table[member] = f"{table.get(member, '')} {kind}"
    return table
