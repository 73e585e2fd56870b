"""Chinese in simplified and traditional characters, told apart by nothing but their shapes.

Recognisers write the one or the other as they please. So words are compared in simplified
characters, and looked up in both.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from opencc import OpenCC

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_BLOCKS = ((0x3400, 0xA000), (0xF900, 0xFB00))
_TRADITIONAL = ("s2t", "s2tw", "s2hk")  # the standards of OpenCC, Taiwan and Hong Kong


def simplified(text: str) -> str:
    """The text in simplified characters, each in its place."""
    return text.translate(_simple()) if HAN.search(text) else text


@lru_cache(maxsize=4096)
def spellings(word: str) -> tuple[str, ...]:
    """The ways in which a word may be written: as it stands, simplified, traditional."""
    simple = simplified(word)
    written = (convert.convert(simple) for convert in _converters())
    return tuple(dict.fromkeys((word, simple, *written)))


@cache
def _simple() -> dict[int, str]:
    convert = OpenCC("t2s").convert
    letters = (chr(code) for first, end in _BLOCKS for code in range(first, end))
    changed = ((letter, convert(letter)) for letter in letters)
    return {ord(letter): simple for letter, simple in changed if simple != letter}


@cache
def _converters() -> tuple[OpenCC, ...]:
    return tuple(OpenCC(standard) for standard in _TRADITIONAL)
