"""Handle with what something was done, and with how many of a thing, by what was told.

Of what is told in languages that are not read for events, and of deeds that no event tells.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from egogpt.text.is_question import is_question
from egogpt.text.tokens import fold
from egorag.evidence.clauses import was_done
from egorag.evidence.deeds import (
    DeedAsked,
    ToldDeed,
    deed_asked,
    deeds_told,
    in_other_words,
    lines,
    things_asked,
    things_of,
)
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.generation.amounts import amounts_in, amounts_told, sizes_of
from egorag.handlers.context import Context
from egorag.handlers.how_often import asks_how_often, is_of_time
from egorag.language.language import language_of
from egorag.question.plan import Plan
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import MOST, Draft, capital, people_with_things, quote
from memory.store.view import View

_SHOWN = 10


def thing_counted(plan: Plan) -> re.Match[str] | None:
    """ "Eier" of "Wie viele Eier habe ich gekauft?", with its measure word: 鸡蛋 of 多少个鸡蛋."""
    asked = plan.language.pattern("question", "counted.asks").search(plan.language.bare(plan.query))
    return None if asks_how_often(plan) else asked


def count_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: how many of a thing it was done with, or are left, then what tells of it; that alone
    where a number is missing."""
    asked, counted = thing_counted(plan), plan.language.table("question")["counted"]
    if asked is None:
        return []
    thing, ends = asked["thing"].lower(), counted["ends"].items()
    words = {thing, fold(thing), *(re.sub(end, one, fold(thing)) for end, one in ends)}
    if re.search(counted["asks_left"], plan.query.lower()):
        return _left(view, plan, words)
    units = {thing: [f"{size}{word}" for size in ("", *counted["sizes"]) for word in words]}
    deed, parts = deed_asked(view, plan), []
    told = _told(view, plan, in_other_words(deed and replace(deed, things=True)))
    for one, things in told:
        *_, last = things or [one.what]
        meant = "".join(one.what.partition(last)[:2])  # "bought six eggs and ate two"
        numbers = [n.amount[0] for n in amounts_in(meant, units) if n.amount[1]]
        if not numbers:
            return [quote(one.unit, plan) for one, things in told if things][:_SHOWN]
        parts.append(sum(numbers))
    added = f" ({' + '.join(f'{part:g}' for part in parts)})" if len(parts) > 1 else ""
    unit = f"{asked['size'] or ''}{asked['thing']}"
    value = plan.language.say("tally_amount", sum(parts), did="", unit=unit, added=added)
    return _with_lead(_lead(value, plan), [one.unit for one, _ in told], plan)


def _left(view: View, plan: Plan, words: Collection[str]) -> list[Draft]:
    """What tells last how many of a thing are left."""
    left = plan.language.table("question")["counted"]["left"]
    found = [
        unit
        for unit in lines(view, plan, sorted(words))
        if re.search(left, unit.what.lower())
        and not is_question(unit.what)
        and any(word in unit.what.lower() for word in words)
    ]  # fmt: skip
    return [quote(unit, plan) for unit in found[-1:]]


def spent_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the amounts of which the wearer told, said to be no more: what of it was paid, and
    what was paid unsaid, nothing tells."""
    wearer = Wearer(view)
    own = (one for one in lines(view, plan, ()) if wearer.speaks(one) and is_of_time(plan, one))
    told = [quote(one, plan) for one in own if _tells_amount(one)][:_SHOWN]
    for first in told[:1]:
        told[0] = replace(first, text=plan.language.say("amounts", said=first.text))
    return told


def _tells_amount(unit: Unit) -> bool:
    """Whether a line tells an amount of money, but none that is only meant or came in."""
    table = language_of(unit.what).table("question")["totals"]
    told = amounts_told(unit.what, table["units"], sizes_of("money"), "money")
    spent = was_done(unit) and not re.search(table["came_in"], unit.what)
    return spent and any(one.amount[1] for one in told)


def list_answer(context: Context) -> list[Draft]:
    """Handler: the things by who it was, then what was said; empty where nobody says so."""
    plan, asked = context.plan, things_asked(context.plan)
    doers = asked[0].doers if asked else ()
    view = context.view.of_asker() if doers == ("",) else context.view
    things: dict[str, list[str]] = defaultdict(list)
    shown: list[Unit] = []
    told = [one for one in _told(view, plan, asked) if one[1]]
    for deed, found in told or _at_mealtime(view, plan, asked):
        yours = found if deed.doer else map(plan.language.addressed, found)
        things[deed.doer] += [one for one in yours if one not in things[deed.doer]]
        shown.append(deed.unit)
    if not things:
        return []
    (first, *_), language = things.values(), plan.language
    several = len(doers) != 1
    labels = people_with_things(things, language) if several else language.listed(first)
    return _with_lead(_lead(labels, plan), shown, plan)


def _told(view: View, plan: Plan, asked: Iterable[DeedAsked]) -> list[tuple[ToldDeed, list[str]]]:
    """What tells of any of some deeds, in order of time, each with its things; "yesterday" tells of
    none of today, and English without things of none."""
    told = (
        (deed, things_of(deed, one), one.language.code)
        for one in asked
        for deed in deeds_told(view, plan, one)
        if is_of_time(plan, replace(deed.unit, what=deed.what))
    )
    found = [(deed, things) for deed, things, code in told if things or code != "en"]
    return sorted(found, key=lambda one: one[0].unit.span)


def _at_mealtime(
    view: View, plan: Plan, asked: Sequence[DeedAsked]
) -> list[tuple[ToldDeed, list[str]]]:
    """What was eaten in the hours of the meal that is asked about, on the last day with any, where
    no line calls that meal by its name."""
    meals = plan.language.table("question")["listed"]["meals"]
    meal = next((word for one in asked for word in one.topics if word in meals), None)
    if meal is None or any(lines(view, plan, [meal])):
        return []
    local, (first, last) = plan.local, meals[meal]
    eaten = _told(view, plan, [replace(one, topics=()) for one in asked])
    then = [
        one for one in eaten if one[1] and first <= local.local(one[0].unit.span.start).hour < last
    ]
    day = local.day_of(then[-1][0].unit.span) if then else None
    return [one for one in then if local.day_of(one[0].unit.span) == day]


def _lead(value: str, plan: Plan) -> str:
    """A value as a sentence, with the time that was asked about."""
    when = plan.language.say("tally_when", when=time_in_words(plan)) if plan.time else ""
    return capital(plan.language.say("tally", value=value, when=when, company="", known=""))


def _with_lead(lead: str, units: Sequence[Unit], plan: Plan) -> list[Draft]:
    """A sentence that rests on units, then each of them; empty where there are none."""
    first = Draft(lead, tuple(unit.citation() for unit in units[:MOST]))
    return [first, *(quote(unit, plan) for unit in units[:_SHOWN])] if units else []
