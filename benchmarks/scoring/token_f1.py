"""Token F1 of short answers, as LoCoMo and SQuAD count it: stems, no articles, no punctuation.

LoCoMo counts a list of several answers part by part, and of an answer with an explanation behind a
semicolon only what stands before it (its paper, section 6, and the evaluation it came with).
"""

from __future__ import annotations

import re
from collections import Counter

from egogpt.text.stemmer import stem
from egogpt.text.tokens import fold

_LEFT_OUT = frozenset({"a", "an", "the", "and"})


def answer_tokens(text: str) -> list[str]:
    """The stems of a text's words, articles left out."""
    words = re.findall(r"[^\W_]+", fold(text.replace(",", "")))
    return [stem(word) for word in words if word not in _LEFT_OUT]


def token_f1(answer: str, right: str) -> float:
    """F1 (0..1) of the tokens that both hold, each as often as it stands."""
    ours, theirs = answer_tokens(answer), answer_tokens(right)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0


def list_f1(answer: str, right: str) -> float:
    """For each of the right answers, parted by commas, the best F1 of any part said; their mean."""
    ours = answer.split(",")
    theirs = [part for part in right.split(",") if part.strip()]
    return sum(max(token_f1(one, part) for one in ours) for part in theirs) / max(1, len(theirs))
