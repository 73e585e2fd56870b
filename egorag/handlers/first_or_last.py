"""Handle what somebody said first or last, and the first or last thing that somebody did.

Read off all that was said: a search weighs a few hundred moments, and the last may not be among
them. What qualifies something else ("on my last trip") is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from egogpt.text.tokens import fold
from egorag.evidence.asker import own_verb
from egorag.evidence.deeds import deed_asked, deeds_told, in_other_words, lines, things_of
from egorag.evidence.units import Unit
from egorag.generation.hearsay import asks_words_of
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.wording.draft import Draft, statement
from memory.store.view import View
from memory.types.core import Span

_SPEAKERS = 200  # who may be meant


def asks_first_or_last(plan: Plan) -> bool:
    """Whether it asks for what was first or last of several things that were said or done."""
    if not plan.order or plan.kind not in ("lookup", "who"):
        return False
    table = plan.language.table("question")
    somebody = "|".join(("i", "we", *plan.names))
    noun_of = rf"(?i)(?:{table[plan.order]}) (?P<noun>\w+)(?! (?:that )?(?:{somebody})\b)"
    of = re.search(noun_of, plan.query)
    noun = of["noun"] if of and not (table["capital_nouns"] and of["noun"].islower()) else ""
    return fold(noun) not in plan.required or fold(noun) == own_verb(plan)


def answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the first or last that was said or done so; empty where nothing tells of it."""
    speaker = _speaker(view, plan)
    found = _deeds(view, plan) if speaker is None else _said(view, plan, speaker)
    found.sort(key=lambda unit: unit.span.start, reverse=plan.order == "last")
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in found[:1]]


def _said(view: View, plan: Plan, speaker: str) -> list[Unit]:
    names = {fold(speaker), *fold(speaker).split()}
    topics = [word for word in plan.required if word not in names]
    said = lines(view, plan, topics, speaker)
    meant = (u for u in said if asks_words_of(plan, u) and _speaks_of_all(topics, u))
    return [*islice(meant, 1)]


def _deeds(view: View, plan: Plan) -> list[Unit]:
    """The first or last that is told of a deed, in each of its words: a pizza is eaten that was
    had for lunch."""
    asked = deed_asked(view, plan)
    ways = (
        (deed.unit for deed in deeds_told(view, plan, one) if one is asked or things_of(deed, one))
        for one in in_other_words(asked)
    )
    return [unit for way in ways for unit in islice(way, 1)]


def _speaks_of_all(topics: Sequence[str], unit: Unit) -> bool:
    return set(topics) == matched_terms(topics, unit.words)


def _speaker(view: View, plan: Plan) -> str | None:
    """Who is asked what they said, "" for the wearer; None where that is not asked."""
    for name in ("me", *view.speakers(_SPEAKERS)):
        unit = Unit("", "", Span(0, 0), "speech", "", name)
        if asks_words_of(plan, unit):
            return "" if name == "me" else name
    return None
