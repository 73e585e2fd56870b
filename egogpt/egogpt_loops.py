"""Notices when a model has begun to say the same thing for ever.

Captioners of this family end in such loops now and then: "I pick up the cup. I pick up the cup. …"
until the limit. A loop is a tail that is one block, three times over or more.
"""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_BLOCK = 64
COPIES = 3
LEAST_TOKENS = 16  # shorter repeats are speech: "no, no, no", "knock knock knock"


def looping_block(tokens: Sequence[int]) -> int:
    """The length of the block that the tokens end in copies of, or 0 where they do not loop."""
    for block in range(1, min(LONGEST_BLOCK, len(tokens) // COPIES) + 1):
        copies = max(COPIES, -(-LEAST_TOKENS // block))
        needed = copies * block
        if needed <= len(tokens) and _repeats(tokens[-needed:], block):
            return block
    return 0


def without_loop(tokens: Sequence[int]) -> list[int]:
    """The tokens with a loop at their end said once."""
    kept = list(tokens)
    if not (block := looping_block(kept)):
        return kept
    while len(kept) >= 2 * block and kept[-block:] == kept[-2 * block : -block]:
        del kept[-block:]
    return kept


def _repeats(tail: Sequence[int], block: int) -> bool:
    return list(tail[block:]) == list(tail[:-block])
