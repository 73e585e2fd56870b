"""Drafted sentences become the Answer that a person gets, with its interval and its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from egorag.aggregation.aggregate import Aggregate, with_count
from egorag.answering.rounds import Round, told_of
from egorag.choices.choose import ChosenOption
from egorag.generation.answers import abstention, answer_of, listed
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from memory.store.view import View
from memory.types.core import Answer, Coverage


def chosen_answer(view: View, plan: Plan, chosen: ChosenOption) -> Answer:
    """The answer that names one of the choices."""
    answer = answer_of(view, plan, [chosen.draft], chosen.confidence, None, "evidence")
    told = {"decided_by": chosen.kind, "shares": list(chosen.shares)}
    shown = answer.explanation | {"choice": told, "evidence": listed(chosen.evidence)}
    return replace(answer, choice=chosen.index, explanation=shown)


def counted_answer(
    view: View,
    plan: Plan,
    coverage: Coverage,
    counted: Aggregate,
    elsewhere: Sequence[Draft] = (),
) -> Answer:
    """An answer that was counted; or that nothing of the kind is told, and what comes nearest."""
    if counted.drafts:
        return with_count(answer_of(view, plan, counted.drafts, 0.9, None, "counted"), counted)
    return with_count(abstention(plan, coverage, counted.none, None, elsewhere), counted)


def with_rounds(answer: Answer, rounds: Sequence[Round]) -> Answer:
    """The answer, its explanation telling of the rounds of retrieval behind it."""
    return replace(answer, explanation=answer.explanation | {"rounds": told_of(rounds)})
