"""The words of a language, by the lists of pyspellchecker."""

from __future__ import annotations

from functools import cache

from spellchecker import SpellChecker


@cache
def _dictionary(language: str) -> SpellChecker:
    return SpellChecker(language=language, distance=1)


def is_word(word: str, language: str) -> bool:
    """Whether a word of lower case stands in the dictionary of the language."""
    return word in _dictionary(language)
