"""Count the people in view in a named time, where what else is asked of them is not recognised.

"How many people were at the table this morning?": where no table is known, the most people that
were in view at once in that time are told, and that no table was recognised.
"""

from __future__ import annotations

from dataclasses import replace

from egorag.generation.extractive import extractive_answer
from egorag.handlers.context import Search
from egorag.question.plan import PEOPLE_WORDS, Plan
from egorag.wording.draft import Draft
from memory.store.view import View


def people_in_view(view: View, plan: Plan, searcher: Search) -> list[Draft]:
    """One sentence; empty where people are not counted, or in no time that is named."""
    asked = plan.kind == "count" and PEOPLE_WORDS & set(plan.terms)
    if not asked or plan.time is None or plan.names or not plan.required:
        return []
    time = replace(plan.time, exact=True)
    people = replace(plan, required=("person",), head="person", time=time)
    found = searcher.find(view, people)
    seen = [item for item in found.scored if item.unit.kind in ("object", "face")]
    if not seen or not plan.time.span.overlaps(seen[0].unit.span):
        return []
    (draft, *_) = extractive_answer(people, seen, found.units, ())
    unknown = plan.language.listed(list(plan.required), "or")
    text = plan.language.say("not_known_there", what=unknown, said=draft.text)
    return [replace(draft, text=text)]
