"""Select the moments of a long time that are read where not all of them fit.

A day's recordings say "I look at my phone" a hundred times. Words that are rare in it tell more
(SumBasic's opposite, and the idf of Spärck Jones 1972); what was said before tells nothing. The
choice depends on the time and on the room alone, so that the next question finds the same text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence

from egogpt.text.tokens import content_stems

_LEAST = 0.1  # share of the moments below which summaries tell more evenly
_OVERHEAD = 4  # tokens that a moment is taken to cost beside its own, so that scraps do not win


def most_telling(
    texts: Sequence[str],
    tokens: Sequence[int],
    lines: Sequence[Hashable],
    room: int,
    line_tokens: int,
) -> list[int]:
    """The places of the moments that tell most and fit together, in order.

    Args:
        texts: What each moment says, in order of time.
        tokens: How many each has.
        lines: The line that each would stand in.
        room: Tokens for all of them and for their lines.
        line_tokens: What each line takes beside its moments.

    Returns:
        Places in ``texts``; none where so few fit that it is no choice.
    """
    first = {text: at for at, text in reversed(list(enumerate(texts)))}
    stems = {at: content_stems(text) for text, at in first.items()}
    spread = Counter(stem for text_stems in stems.values() for stem in text_stems)
    rare = {stem: math.log(1 + len(stems) / times) for stem, times in spread.items()}
    worth = {  # rounded, for a set has no order and sums would differ from run to run
        at: round(sum(rare[stem] for stem in text_stems) / (_OVERHEAD + tokens[at]), 9)
        for at, text_stems in stems.items()
    }
    chosen: list[int] = []
    begun: set[Hashable] = set()
    remaining = room
    for at in sorted(worth, key=lambda at: (-worth[at], at)):
        cost = tokens[at] + (line_tokens if lines[at] not in begun else 0)
        if cost <= remaining and worth[at] > 0:
            remaining -= cost
            begun.add(lines[at])
            chosen.append(at)
    return sorted(chosen) if len(chosen) >= _LEAST * len(texts) else []
