"""The words for numbers of each language: "thirty", 两, "fünfunddreißig"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from egogpt.text.tokens import fold
from egorag.time.grammar.table import load_table

_GERMAN = """null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn
    fünfzehn sechzehn siebzehn achtzehn neunzehn""".split()
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


@cache
def number_words(code: str) -> Mapping[str, int]:
    """The value of each word of a language; German writes a whole number as one word."""
    known = load_table(code).numbers
    return {**_german(), **known} if code == "de" else known


@cache
def folded_numbers(code: str) -> frozenset[str]:
    """The words themselves, as words of a text are folded."""
    return frozenset(map(fold, number_words(code)))


def _german() -> dict[str, int]:
    """German numbers below ten thousand by their words."""
    words = dict(zip(_GERMAN, range(20), strict=True))
    for ten, name in enumerate(_GERMAN_TENS, 2):
        words |= {f"{one}und{name}": 10 * ten + n for n, one in enumerate(_GERMAN[1:10], 1)}
        words[name] = 10 * ten
    words["eins"] = 1
    for name, size in (("hundert", 100), ("tausend", 1000)):
        heads = {"": 1, **{one: n for n, one in enumerate(_GERMAN[1:10], 1)}}
        rest = {"": 0, **words}
        words |= {f"{h}{name}{r}": size * n + m for h, n in heads.items() for r, m in rest.items()}
    return words
