"""Part German compounds: "Regenschirm" speaks of a "Schirm", "Autoschlüssel" of an "Auto".

A word that begins or ends with another is a compound where the rest is a word as well, but for a
letter or two that join them (Koehn and Knight, "Empirical methods for compound splitting", 2003).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache, lru_cache

from egogpt.text.tokens import fold
from egorag.language.glossary import dictionary_words, is_word
from egorag.language.language import Language

_SHORTEST, _COMPOUND = 3, 7  # letters of a part, and of a word that has parts


@lru_cache(maxsize=20_000)
def parts_of(word: str) -> tuple[tuple[str, str], ...]:
    """The ways in which a folded word is two German ones; none where it is an English word."""
    if len(word) < _COMPOUND or not word.isalpha() or is_word(word, "en"):
        return ()
    return tuple(_parted(word))


def _parted(word: str) -> Iterator[tuple[str, str]]:
    known, links = _words(), Language("de").table("question")["links"]
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        first, last = word[:cut], word[cut:]
        bare = (first.removesuffix(link) for link in links if first.endswith(link))
        firsts = [part for part in (first, *bare) if len(part) >= _SHORTEST and part in known]
        if last in known:
            yield from ((part, last) for part in firsts)


def is_part(word: str, compound: str) -> bool:
    """Whether a compound is said of the word: it is one of its parts, or of a part's parts."""
    if len(word) < _SHORTEST or word == compound or word not in compound:
        return False
    parts = {part for pair in parts_of(compound) for part in pair}
    return word in parts or any(is_part(word, part) for part in parts)


def is_parted(compound: str, words: Collection[str]) -> bool:
    """Whether words speak of a compound by its parts: "Termin beim Zahnarzt"."""
    return any(first in words and last in words for first, last in parts_of(compound))


@cache
def _words() -> frozenset[str]:
    return frozenset(map(fold, dictionary_words("de")))
