"""A model that writes the same over and over is stopped, and what it wrote is cut to once.

Greedy decoding falls into such loops now and then; without a guard a caption is a loop of 200
tokens, and a batch waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST = 40  # tokens or words of what is repeated
_TIMES = 3  # that it must follow upon itself
_LEAST = 24  # tokens of repetition that are a loop, and not "very, very, very"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def loops(tokens: Sequence[int]) -> bool:
    """Whether the end of a row of tokens is one stretch, three times or more in a row."""
    for period in range(1, _LONGEST + 1):
        length = max(period * _TIMES, _LEAST)
        if len(tokens) < length:
            continue
        tail = tokens[-length:]
        if all(tail[at] == tail[at - period] for at in range(period, length)):
            return True
    return False


def without_repeats(text: str) -> str:
    """The text with a stretch of words that ends it three times or more kept once.

    A sentence that was written before goes, too.
    """
    words = text.split()
    for period in range(1, _LONGEST + 1):
        end = len(words)
        while (
            end >= 2 * period
            and words[end - period : end] == words[end - 2 * period : end - period]
        ):
            end -= period
        if (len(words) - end) // period + 1 >= _TIMES:
            words = words[:end]
            break
    sentences = dict.fromkeys(_SENTENCE.split(" ".join(words)))
    return " ".join(sentences)
