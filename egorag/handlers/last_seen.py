"""Handle when somebody was last, or first, seen, by who was recognised.

A search weighs a few hundred moments, and the last time may not be among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from egogpt.text.tokens import fold
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from egorag.wording.units_text import moment
from memory.store.view import View
from memory.types.core import Memory, Scope, Span

_MEETING = frozenset("see saw seen meet met last first time".split())
_LATELY = 30 * 86_400.0  # seconds; looked through before all the rest
_READ = 200  # clips at most in which the person may be told of rather than there


def last_met(view: View, plan: Plan) -> list[Draft]:
    """Handler: one sentence with its moment; empty where more is asked or nobody is known."""
    name = plan.names[0]
    if not set(plan.terms) <= {name, *_MEETING}:
        return []
    found = next(_there(view, plan, name), None)
    return [] if found is None else [Draft(_sentence(found, plan), (found.citation(),))]


def _there(view: View, plan: Plan, name: str) -> Iterator[Unit]:
    """The moments in which somebody was heard or seen, those that are wanted first."""
    for memory in _clips(view, plan, name):
        if not view.of_clips([memory.clip_id]):  # outside of what the question is kept to
            continue
        units = [unit for unit in clip_units(view, memory) if _is(unit, name)]
        yield from sorted(units, key=lambda one: one.span.start, reverse=plan.order == "last")


def _clips(view: View, plan: Plan, name: str) -> Iterator[Memory]:
    theirs = view.within(Scope(people=(name,)), plan.text)
    if plan.order == "first":
        yield from theirs.memories("clip")[:_READ]
        return
    lately = theirs.memories("clip", Span(view.asked_at - _LATELY, view.asked_at))
    yield from reversed((lately or theirs.memories("clip"))[-_READ:])


def _is(unit: Unit, name: str) -> bool:
    who = unit.who if unit.kind == "speech" else unit.what if unit.kind == "face" else ""
    return fold(who) == name


def _sentence(unit: Unit, plan: Plan) -> str:
    heard = unit.kind == "speech"
    return plan.language.say(
        f"{'heard' if heard else 'seen'}_{plan.order}",
        who=plan.language.name(unit.who if heard else unit.what),
        when=moment(unit.span.start, plan),
    )
