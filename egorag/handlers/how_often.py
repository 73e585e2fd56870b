"""Handle how often I did something where no events tell it, by what was said of it."""

from __future__ import annotations

import re

from egorag.evidence.nth_time import nth_time
from egorag.handlers.first_or_last import deeds_told
from egorag.question.plan import Plan
from egorag.wording.draft import MOST, Draft, statement
from memory.store.view import View

_SHOWN = 10


def asks_how_often(plan: Plan) -> bool:
    """Whether it asks for a number of times: "wie oft", 几次."""
    return bool(re.search(plan.language.table("question")["how_often"], plan.query.lower()))


def often_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: how often it was done at least, by the days on which it is told, then what tells
    of it; empty where nothing does."""
    told = sorted(deeds_told(view, plan), key=lambda unit: unit.span)
    by_day = {plan.local.local(unit.span.start).date(): unit for unit in reversed(told)}
    days = sorted(by_day.values(), key=lambda unit: unit.span)
    if not days:
        return []
    asked, times = plan.time.span if plan.time else None, 0
    for unit in told:
        times = max(times + (unit in days), nth_time(unit.what, asked))
    lead = plan.language.say("at_least", times)
    drafts = [Draft(statement([unit], plan), (unit.citation(),)) for unit in days[:_SHOWN]]
    return [Draft(lead, tuple(unit.citation() for unit in days[:MOST])), *drafts]
