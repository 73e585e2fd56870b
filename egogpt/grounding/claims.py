"""Claims of a sentence, in stems: check that generated text stands in its sources.

A number, or a name inside the sentence, must never be missing; how many of the other words may be
is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from types import MappingProxyType

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, tokens

_NUMBER_WORDS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve".split(),
        map(str, range(13)),
    )
)
_AS_WRITTEN: Mapping[str, str] = MappingProxyType({})


def claims(
    text: str,
    asked: Set[str] = frozenset(),
    light: Collection[str] = LIGHT_WORDS,
    bases: Mapping[str, str] = _AS_WRITTEN,
) -> tuple[set[str], set[str]]:
    """Stems of what the text claims beyond ``asked``, and those of them that must not be missing.

    ``light`` are words that claim nothing where they are written small; ``bases`` says what form
    a word is compared in ("buy" for "bought"). A number always claims.
    """
    own: set[str] = set()
    strict: set[str] = set()
    for at, token in enumerate(tokens(text)):
        word = number_or_word(token.word)
        if (token.word in STOP_WORDS and not word.isdigit()) or (
            token.word in light and not token.capital
        ):
            continue
        key = stem(bases.get(word, word))
        if key in asked and not word.isdigit():
            continue
        own.add(key)
        if word[0].isdigit() or (token.capital and at > 0):
            strict.add(key)
    return own, strict


def held_stems(text: str, bases: Mapping[str, str] = _AS_WRITTEN) -> set[str]:
    """The stems of all words of a text in the form that ``claims`` compares, numbers as digits."""
    words = (number_or_word(token.word) for token in tokens(text))
    return {stem(bases.get(word, word)) for word in words}


def number_or_word(word: str) -> str:
    """ "3" for "three", up to twelve; other words as they are."""
    return _NUMBER_WORDS.get(word, word)


def closed(text: str) -> str:
    """The text, a quotation that ran to its end closed."""
    return f'{text}"' if text.count('"') % 2 else text
