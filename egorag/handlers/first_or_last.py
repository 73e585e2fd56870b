"""Handle what somebody said first or last, and the first or last thing that somebody did.

Read off all that was said: a search weighs a few hundred moments, and the last may not be among
them. What qualifies something else ("on my last trip") is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from egogpt.text.tokens import fold, words_of
from egorag.across.third_person import asks_of_self
from egorag.aggregation.aggregate import lists_things, matching
from egorag.aggregation.predicate import predicate_of
from egorag.aggregation.wording import occasion_unit
from egorag.evidence.asker import names_somebody, own_verb
from egorag.evidence.clauses import doers_of, tells_own_deed, was_done
from egorag.evidence.units import Unit, clip_units
from egorag.evidence.wearer import Wearer
from egorag.generation.hearsay import asks_words_of
from egorag.question.plan import Plan, forms_of, in_windows
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.wording.draft import Draft, statement
from memory.store.view import View
from memory.types.core import Memory, Scope, Span

_SPEAKERS = 200  # who may be meant
_LATELY = 30 * 86_400.0  # seconds; looked through before all the rest


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
    said = _units(view, plan, topics, speaker)
    meant = (u for u in said if asks_words_of(plan, u) and _speaks_of_all(topics, u))
    return [*islice(meant, 1)]


def _deeds(view: View, plan: Plan) -> list[Unit]:
    """The first or last that is told of a deed; of the wearer's also by what it is: a pizza is
    eaten that was had for lunch."""
    own, verb = asks_of_self(plan.query), own_verb(plan)
    predicate = predicate_of(plan.query)
    events = matching(view, plan, predicate) if own and lists_things(verb, predicate) else []
    units = (occasion_unit(view, event) for event in events)
    done = [unit for unit in units if was_done(unit)]
    told = islice(deeds_told(view, plan), 1)
    return [*told, *(done[-1:] if plan.order == "last" else done[:1])]


def deeds_told(view: View, plan: Plan) -> Iterator[Unit]:
    """What tells of a deed of the wearer, of who is named, or of anybody where it is asked who."""
    wearer, own = Wearer(view), asks_of_self(plan.query)
    named = () if own else (n for n in sorted(wearer.named) if names_somebody(n, plan.query))
    doer = next(iter(named), "")
    verb = plan.head if plan.kind == "who" else own_verb(plan, doer)
    if not verb or verb in plan.language.table("question")["open_deeds"]:
        return
    topics = [word for word in plan.required if word not in (verb, *words_of(doer), fold(doer))]

    def did(unit: Unit) -> bool:
        if not was_done(unit, [verb]) or not _speaks_of_all(topics, unit):
            return False
        if wearer.speaks(unit) if own else unit.who == doer or (unit.who and not doer):
            return tells_own_deed(verb, unit, wearer.named)
        return bool(doer) and doer.lower() in doers_of(verb, unit.what, wearer.named)

    yield from filter(did, _units(view, plan, sorted(forms_of(verb))))


def _speaks_of_all(topics: Sequence[str], unit: Unit) -> bool:
    return set(topics) == matched_terms(topics, unit.words)


def _speaker(view: View, plan: Plan) -> str | None:
    """Who is asked what they said, "" for the wearer; None where that is not asked."""
    for name in ("me", *view.speakers(_SPEAKERS)):
        unit = Unit("", "", Span(0, 0), "speech", "", name)
        if asks_words_of(plan, unit):
            return "" if name == "me" else name
    return None


def _units(view: View, plan: Plan, words: Sequence[str], speaker: str = "") -> Iterator[Unit]:
    """What was said and noted, the first or the last first; of ``words``, if there are any."""
    last = plan.order == "last"
    for memory in _clips(view, plan, words, speaker):
        said = [u for u in clip_units(view, memory) if u.kind in ("speech", "caption")]
        within = [u for u in said if plan.time is None or u.span.overlaps(plan.time.span)]
        units = [unit for unit in within if in_windows(plan, unit.span)]
        yield from sorted(units, key=lambda unit: unit.span.start, reverse=last)


def _clips(view: View, plan: Plan, words: Sequence[str], speaker: str) -> Iterator[Memory]:
    theirs = view.within(Scope(people=(speaker,)), plan.text) if speaker else view
    span = plan.time.span if plan.time else None
    if words:
        found = theirs.by_id(theirs.search_text(words, "clip", span))
    elif span is None and plan.order == "last":
        lately = Span(view.asked_at - _LATELY, view.asked_at)
        found = theirs.memories("clip", lately) or theirs.memories("clip")
    else:
        found = theirs.memories("clip", span)
    yield from sorted(found, key=lambda one: one.span.start, reverse=plan.order == "last")
