"""Words that speak of another though they do not share its stem: "Reisepass" of an "Ausweis".

The lists are made of WordNet and OpenThesaurus by ``benchmarks/training/synonyms.py``; Chinese
words are alike that CC-CEDICT explains by the same English word.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product

from egogpt.extraction.english_object_states import singular
from egogpt.text.lemmatizer import base_of
from egorag.language.compounds import is_part
from egorag.language.glossary import in_english

_ENDINGS = ("e", "n", "en", "er", "s", "es")  # of German plurals and cases
_LISTED = ("en", "de")
_SHORTEST = 3


@lru_cache(maxsize=1000)
def akin(asked: str, language: str) -> frozenset[str]:
    """The folded words by which a word may be spoken of; none in Chinese, which has no list."""
    bases = _bases(asked, language)
    return frozenset(word for base in bases for word in _lists(language).get(base, "").split())


def are_akin(asked: str, word: str, language: str) -> bool:
    """Whether a folded word is one by which the word ``asked`` for may be spoken of: of its meaning
    or of one below it, or a German compound with it."""
    if language == "zh":
        return len(word) > 1 and _are_explained_alike(asked, word)
    if language == "de" and is_part(asked, word):
        return True
    return not akin(asked, language).isdisjoint(_bases(word, language))


def _are_explained_alike(asked: str, word: str) -> bool:
    """Whether two Chinese words are the same in English, or words of one meaning."""
    pairs = product(in_english(asked), in_english(word))
    return any(a == b or (b in akin(a, "en") and a in akin(b, "en")) for a, b in pairs)


@lru_cache(maxsize=10_000)
def _bases(word: str, language: str) -> tuple[str, ...]:
    """The word where it is listed, else what of it is without an ending; at least the word."""
    listed = _lists(language)
    if word in listed or language not in _LISTED:
        return (word,)
    if language == "en":
        return tuple({base_of(word), singular(word)})
    cut = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
    return tuple(base for base in cut if len(base) >= _SHORTEST and base in listed) or (word,)


@cache
def _lists(language: str) -> Mapping[str, str]:
    if language not in _LISTED:
        return {}
    packed = files("egorag.language").joinpath(language, "synonyms.txt.gz").read_bytes()
    rows = (line.partition(": ") for line in gzip.decompress(packed).decode().splitlines()[1:])
    return {word: others for word, _, others in rows}
