"""Moments that the owner said to be the answer to a question come first when it is asked again."""

from __future__ import annotations

from collections.abc import Sequence

from memory.store.view import View
from memory.types.core import Evidence, Memory, Span

BONUS = 0.5  # of a unit's score (0..1): as much as all words of the question together


def confirmed_first(
    view: View, evidence: Sequence[Evidence], bound: Span | None = None
) -> list[Evidence]:
    """The evidence with the confirmed clips at its head, also those that were not found.

    Nothing outside ``bound`` is added; what was confirmed may still fail to support an answer.
    """
    right = view.verdicts.right
    if not right:
        return list(evidence)
    by_id = {item.memory.id: item for item in evidence}
    best = max((item.score for item in evidence), default=1.0) or 1.0
    first = [
        Evidence(memory, best, by_id[memory.id].why if memory.id in by_id else {"confirmed": best})
        for memory in view.of_clips(sorted(right))
        if _inside(memory, bound)
    ]
    ids = {item.memory.id for item in first}
    return [*first, *(item for item in evidence if item.memory.id not in ids)]


def _inside(memory: Memory, bound: Span | None) -> bool:
    return bound is None or memory.span.overlaps(bound)
