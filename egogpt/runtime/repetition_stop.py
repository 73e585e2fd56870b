"""A model that writes the same over and over is stopped, and what it wrote is cut to once.

Greedy decoding falls into such loops now and then: "I pick up the cup. I pick up the cup. …" until
the limit, and a batch waits for it. A loop is a tail that is one block, three times over or more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_BLOCK = 64  # tokens or words of what is repeated
COPIES = 3  # that must follow upon each other
LEAST_TOKENS = 24  # shorter repeats are speech: "very, very, very", "knock knock knock"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def looping_block(tokens: Sequence[int] | Sequence[str]) -> int:
    """The length of the block that the tokens end in copies of, or 0 where they do not loop."""
    for block in range(1, min(LONGEST_BLOCK, len(tokens) // COPIES) + 1):
        needed = max(COPIES, -(-LEAST_TOKENS // block)) * block
        tail = tokens[-needed:]
        if len(tail) == needed and tail[block:] == tail[:-block]:
            return block
    return 0


def without_loop(tokens: Sequence[int]) -> list[int]:
    """The tokens with a loop at their end said once."""
    shortened = list(tokens)
    if not (block := looping_block(shortened)):
        return shortened
    while len(shortened) >= 2 * block and shortened[-block:] == shortened[-2 * block : -block]:
        del shortened[-block:]
    return shortened


def without_repeats(text: str) -> str:
    """The text with a stretch of words that ends it three times or more kept once.

    A sentence that was written before goes, too.
    """
    words = text.split()
    for period in range(1, LONGEST_BLOCK + 1):
        end = len(words)
        while (
            end >= 2 * period
            and words[end - period : end] == words[end - 2 * period : end - period]
        ):
            end -= period
        if (len(words) - end) // period + 1 >= COPIES:
            words = words[:end]
            break
    sentences = dict.fromkeys(_SENTENCE.split(" ".join(words)))
    return " ".join(sentences)
