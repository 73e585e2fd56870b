"""Asked what the owner saw, words that were spoken of it are no sighting of it.

"Did I see a dog?" is not answered by a sentence that somebody said about a dog: it is quoted, and
said to be no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egorag.evidence.scoring import Scored
from egorag.question.plan import Plan
from egorag.wording.draft import Draft

_OWN_SIGHT = re.compile(
    r"\b(?:did|have|had) (?:i|we)\b[^?]*\b(?:see|seen|spot|spotted|notice|noticed)\b",
    re.IGNORECASE,
)
_WORDS = frozenset({"speech", "sound"})


def only_spoken_of(plan: Plan, scored: Sequence[Scored]) -> bool:
    """Whether a sighting is asked about, and nothing but words speaks of the thing.

    Names are left alone: whoever was heard was there.
    """
    if plan.names or not plan.head or not _OWN_SIGHT.search(plan.query):
        return False
    kinds = {item.unit.kind for item in scored if plan.head in item.met}
    return bool(kinds) and kinds <= _WORDS


def mark_as_hearsay(plan: Plan, drafts: Sequence[Draft]) -> list[Draft]:
    """The quotations, told to be no more than that."""
    first = [
        replace(draft, text=plan.language.say("hearsay", said=draft.text)) for draft in drafts[:1]
    ]
    return [*first, *drafts[1:]]
