"""Word results of other rounds: whom a description meant, and that the time was another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from egorag.answering.near_time import how_far
from egorag.answering.rounds import Round
from egorag.generation.extractive import extractive_answer
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from egorag.wording.units_text import inside, statement


def nearby_findings(asked: Plan, rounds: Sequence[Round]) -> list[Draft]:
    """What the last round found outside the time that was asked about, and how far off it lies."""
    last = rounds[-1]
    if not (last.elsewhere and last.supported) or asked.time is None:
        return []
    found = last.found
    drafts = extractive_answer(last.plan, found.scored, found.units, (), read=found.read)[:1]
    return [replace(draft, text=_placed(draft, asked)) for draft in drafts]


def relaxed(asked: Plan, answered: Round, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts; where they are of another time than was asked about, the first says so."""
    if not answered.elsewhere or asked.time is None or not drafts:
        return list(drafts)
    return [replace(drafts[0], text=_placed(drafts[0], asked)), *drafts[1:]]


def _placed(draft: Draft, asked: Plan) -> str:
    assert asked.time is not None
    if not draft.citations or asked.time.recurring or asked.time.span.start <= 0:
        return draft.text
    far = how_far(draft.citations[0].span, asked.time.span, asked)
    return asked.language.say("not_then", far=far, said=draft.text) if far else draft.text


def explain_alias(search_round: Round) -> list[Draft]:
    """What tells that the one whom the answer speaks of is the one whom the question describes."""
    if search_round.bridge is None:
        return []
    unit = search_round.bridge.unit
    plan = search_round.plan
    said = inside(statement([unit], plan))
    text = plan.language.say("is_meant", name=search_round.bridge.name, said=said)
    return [Draft(text, (unit.citation(),))]
