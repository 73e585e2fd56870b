"""Handle what people bought, ate, … where that is told in a language that is not read for events.

"Was haben alle gekauft?" is answered from "Ich habe Brot gekauft", by who says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from egorag.evidence.clauses import about, was_done
from egorag.evidence.units import Unit, clip_units
from egorag.handlers.context import Context
from egorag.question.deeds_asked import DeedsAsked, deeds_asked
from egorag.question.plan import Plan, in_windows
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import MOST, Draft, capital, people_with_things, statement
from memory.repositories.events import SELF

_CLIPS = 200  # that speak of the deed
_SHOWN = 10


def answer(context: Context) -> Iterator[Draft]:
    """Handler: the things by who it was, then what was said; nothing where nobody says so."""
    plan, asked = context.plan, deeds_asked(context.plan)
    if asked is None:
        return
    view = context.view.of_asker() if asked.people == ("I",) else context.view
    span, language = plan.time.span if plan.time else None, plan.language
    clips = view.by_id(view.search_text([asked.deed], "clip", span, _CLIPS))
    names = {name.lower() for name in view.wearer_names()} | SELF
    told: dict[str, list[str]] = defaultdict(list)
    shown: list[Unit] = []
    for unit in (unit for clip in clips for unit in clip_units(view, clip)):
        who = unit.speaker or unit.wearer
        doer = "" if who.lower() in names else who
        things = _things(unit, plan, asked, doer) if in_windows(plan, unit.span) else []
        if things and (asked.everybody or (doer or "I") in asked.people):
            told[doer] += [thing for thing in things if thing not in told[doer]]
            shown.append(unit)
    if not told:
        return
    several = asked.everybody or len(asked.people) > 1
    value = (
        people_with_things(told, language)
        if several
        else language.listed(next(iter(told.values())))
    )
    when = language.say("tally_when", when=time_in_words(plan)) if plan.time else ""
    lead = capital(language.say("tally", value=value, when=when, company="", known=""))
    yield Draft(lead, tuple(unit.citation() for unit in shown[:MOST]))
    yield from (Draft(statement([unit], plan), (unit.citation(),)) for unit in shown[:_SHOWN])


def _things(unit: Unit, plan: Plan, asked: DeedsAsked, doer: str) -> list[str]:
    """What it tells was bought, eaten, …; nothing of what was not done or is passed on."""
    passed_on = any(one.reported for one in about([asked.deed], unit.what))
    if unit.kind not in ("speech", "caption") or passed_on or not was_done(unit, [asked.deed]):
        return []
    beside = plan.language.table("question")["listed"]["beside"]  # for how much, where, for whom
    told = asked.told.replace("<beside>", beside).replace("<doer>", re.escape(doer) or "(?!)")
    found = (match["things"] for match in re.finditer(told, unit.what, re.IGNORECASE))
    return [thing for things in found for thing in re.split(asked.link, things) if thing]
