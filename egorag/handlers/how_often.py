"""Handle how often I did something where no events tell it, by what was said of it."""

from __future__ import annotations

import re

from egorag.handlers.first_or_last import deeds_told
from egorag.question.plan import Plan
from egorag.wording.draft import MOST, Draft, statement
from memory.store.view import View

_SHOWN = 10


def asks_how_often(plan: Plan) -> bool:
    """Whether it asks for a number of times: "wie oft", 几次."""
    return bool(re.search(plan.language.table("question")["how_often"], plan.query.lower()))


def often_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: on how many days it is told to have been done at least, then what tells of it;
    empty where nothing does."""
    told = sorted(deeds_told(view, plan), key=lambda unit: unit.span)
    by_day = {plan.local.local(unit.span.start).date(): unit for unit in reversed(told)}
    days = sorted(by_day.values(), key=lambda unit: unit.span)
    if not days:
        return []
    lead = plan.language.say("at_least", len(days))
    drafts = [Draft(statement([unit], plan), (unit.citation(),)) for unit in days[:_SHOWN]]
    return [Draft(lead, tuple(unit.citation() for unit in days[:MOST])), *drafts]
