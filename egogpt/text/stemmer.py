"""Word stems by Porter's algorithm, so that "phones" in a question meets "phone" in a memory.

The text index stems with the same algorithm, therefore what it finds can be judged here.
Source: M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache


def _rules(text: str) -> Mapping[str, str]:
    """What becomes of the ends of words; the first that fits counts."""
    return dict(rule.split(":") for rule in text.split())


_STEP_2 = _rules(
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous"
    " ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al"
    " iviti:ive biliti:ble logi:log"
)
_STEP_3 = _rules("icate:ic ative: alize:al iciti:ic ical:ic ful: ness:")
_STEP_4 = dict.fromkeys(
    "ement ance ence able ible ment ant ent ism ate iti ous ive ize ion al er ic ou".split(), ""
)


def _kinds(word: str) -> str:
    """The word as "c" and "v" for its consonants and vowels; "y" behind a consonant is a vowel."""
    kinds = ""
    for letter in word:
        vowel = letter in "aeiou" or (letter == "y" and kinds.endswith("c"))
        kinds += "v" if vowel else "c"
    return kinds


def _measure(word: str) -> int:
    """How many vowel-consonant sequences the word holds: Porter's m."""
    return _kinds(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _kinds(word)


def _ends_short(word: str) -> bool:
    """Consonant, vowel, consonant, where the last is not w, x or y."""
    return _kinds(word).endswith("cvc") and word[-1] not in "wxy"


def _plurals(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past_and_ing(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    base = re.sub("(?:ed|ing)$", "", word)
    if base == word or not _has_vowel(base):
        return word
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if base[-2:-1] == base[-1] and _kinds(base)[-1] == "c" and base[-1] not in "lsz":
        return base[:-1]
    return base + "e" if _measure(base) == 1 and _ends_short(base) else base


def _replace(word: str, rules: Mapping[str, str], least: int) -> str:
    """The word with its end replaced, where at least so many sequences stand before that."""
    end = next((suffix for suffix in rules if word.endswith(suffix)), None)
    if end is None:
        return word
    base = word.removesuffix(end)
    allowed = end != "ion" or base.endswith(("s", "t"))
    return base + rules[end] if allowed and _measure(base) >= least else word


def _tidy(word: str) -> str:
    if word.endswith("e"):
        base = word[:-1]
        if _measure(base) > 1 or (_measure(base) == 1 and not _ends_short(base)):
            word = base
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one lower-case word; words of two letters or other scripts stay as they are."""
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _past_and_ing(_plurals(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    return _tidy(_replace(_replace(_replace(word, _STEP_2, 1), _STEP_3, 1), _STEP_4, 2))
