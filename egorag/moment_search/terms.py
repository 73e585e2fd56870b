"""The terms that the free words of a search are looked up by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from egogpt.text.tokens import STOP_WORDS
from memory.search.phrase_search import Term, letters_of

MOST = 24
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Letters of Chinese that a word of two letters says little with.
_LIGHT = frozenset("的了是我你他她它们和在有吗呢吧啊把被就都也很这那个什么哪谁怎几里")


def free_terms(words: Sequence[str], typing: bool = False) -> list[Term]:
    """Each word that carries something, and for Chinese each pair of letters as well.

    Chinese words are not parted by spaces: "安娜的咖啡" is looked up as it stands and, since that
    may be in no text, by 安娜 and 咖啡, the pairs that hold no light letter. ``typing`` is whether
    the last word may go on.
    """
    latin: list[str] = []
    han: list[str] = []
    for word in words:
        runs = letters_of(word)
        rest = word
        for run in runs:
            rest = rest.replace(run, " ", 1)
            han += [run, *_pairs(run)]
        latin += _WORD.findall(rest)
    strong = [word for word in latin if word.casefold() not in STOP_WORDS]
    unique = list(dict.fromkeys(strong or ([] if han else latin)))
    last = latin[-1] if latin and words and words[-1].endswith(latin[-1]) else ""
    terms = [Term(word, typing and word == last and len(word) > 1) for word in unique]
    if typing and last and last not in unique:  # "th" may become "theatre"
        terms.append(Term(last, True))
    return [*terms, *(Term(run) for run in dict.fromkeys(han))][:MOST]


def _pairs(run: str) -> list[str]:
    if len(run) < 3:
        return []
    pairs = [first + two for first, two in pairwise(run)]
    return [pair for pair in pairs if not _LIGHT.intersection(pair)] or pairs
