"""Token F1 of short answers, as LoCoMo and SQuAD count it: stems, no articles, no punctuation."""

from __future__ import annotations

import re
from collections import Counter

from egogpt.stems import stem
from egogpt.words import fold

_LEFT_OUT = frozenset({"a", "an", "the", "and"})


def answer_tokens(text: str) -> list[str]:
    """The stems of a text's words, articles left out."""
    words = re.findall(r"[^\W_]+", fold(text.replace(",", "")))
    return [stem(word) for word in words if word not in _LEFT_OUT]


def token_f1(said: str, right: str) -> float:
    """F1 (0..1) of the tokens that both hold, each as often as it stands."""
    ours, theirs = answer_tokens(said), answer_tokens(right)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0
