"""Text becomes tokens: words, numbers, marks, and single Han characters, folded for comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"[0-9０-９]+|[\u3007\u3400-\u9fff]|[^\W\d_\u3007\u3400-\u9fff]+|[^\s]")


@dataclass(frozen=True, slots=True)
class TextToken:
    """A token as it is compared, where it stands, and how it is written."""

    text: str
    start: int
    end: int
    capital: bool
    spaced: bool  # white space stands before it


def tokenize(text: str, fold: Mapping[str, str]) -> list[TextToken]:
    """The tokens of a text; a hyphen inside a word is passed over.

    Args:
        text: any text.
        fold: characters that are compared as others (traditional ones, typographic marks).
    """
    found: list[TextToken] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match.group() == "-" and _joins(text, start):
            continue
        small = "".join(fold.get(mark, mark.lower()) for mark in match.group())
        spaced = start == 0 or text[start - 1].isspace()
        found.append(TextToken(small, start, end, match.group()[0].isupper(), spaced))
    return found


def _joins(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return before.isalpha() and after.isalpha() and before < "\u3400" > after
