"""Tell what was done from what was not, or was only meant to be: the first and last are deeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egogpt.text.directives import stated
from egogpt.text.is_question import is_question
from egogpt.text.tokens import fold, words_of
from egorag.evidence.asker import FIRST_PERSON, speaks_of
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.language.language import Language, language_of
from egorag.question.plan import Plan
from egorag.time.relative_dates import is_ahead

_CLAUSE = re.compile(r"[,;.!?，；。！？]")


def was_done(unit: Unit, words: Sequence[str] = ()) -> bool:
    """Whether it states a deed that was done: no question, no plan, and not that it was not.

    Of its clauses those count that say one of the ``words``, if any does.
    """
    clauses = [replace(unit, what=part) for part in _CLAUSE.split(unit.what) if part.strip()]
    of_it = [one for one in clauses if any(speaks_of(word, one) for word in words)] or clauses
    language = language_of(unit.what)
    undone = any(_is_undone(language, clause.what) for clause in of_it)
    if undone or is_ahead(unit.what) or is_question(unit.what):
        return False
    return bool(unit.kind == "caption" or stated(unit.what))


def done_in_order(plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """Asked who was first, or for the last that somebody did: the deeds alone, and what that
    somebody tells of their own in its order; all, where nothing was done or that is not asked."""
    asked = bool(plan.order) and plan.kind in ("lookup", "who")
    if not asked or _is_undone(plan.language, plan.query):
        return list(scored)
    done = [
        item
        for item in scored
        if item.unit.kind not in ("speech", "caption")
        or was_done(item.unit, _deed_words(plan, item.unit))
    ]
    own = [item for item in done if _tells_own(plan, item.unit)]
    if not own:
        return done or list(scored)
    own.sort(key=lambda item: item.unit.span.start, reverse=plan.order == "last")
    first = replace(own[0], score=max(item.score for item in done))
    return [first, *(item for item in done if item is not own[0])]


def _is_undone(language: Language, text: str) -> bool:
    low = text.lower()
    return any(language.pattern("question", name).search(low) for name in ("denies", "intends"))


def _deed_words(plan: Plan, unit: Unit) -> list[str]:
    return [word for word in plan.required if word not in words_of(unit.who or unit.wearer)]


def _tells_own(plan: Plan, unit: Unit) -> bool:
    """Whether its speaker, if one is asked about, says what is asked of themselves."""
    who, words = fold(unit.who or unit.wearer), _deed_words(plan, unit)
    asked = set(words_of(plan.query))
    named = set(words_of(who)) <= asked if who.isascii() else who in plan.query
    own = unit.kind == "speech" and FIRST_PERSON.search(unit.what) is not None
    if not (own and who and words and (named or plan.kind == "who")):
        return False
    return all(speaks_of(word, replace(unit, speaker="", wearer="")) for word in words)
