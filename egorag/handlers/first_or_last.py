"""Handle what somebody said first or last, and the first or last thing that "I" did.

Read off all that was said: a search weighs a few hundred moments, and the last may not be among
them. What qualifies something else ("on my last trip") is searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from egogpt.text.tokens import fold
from egorag.across.third_person import asks_of_self
from egorag.aggregation.aggregate import lists_things, matching
from egorag.aggregation.predicate import predicate_of
from egorag.aggregation.wording import occasion_unit
from egorag.evidence.asker import own_verb
from egorag.evidence.clauses import tells_own_deed, was_done
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
    if not plan.order or plan.kind != "lookup":
        return False
    order = plan.language.table("question")[plan.order]
    of = re.search(rf"(?:{order}) (?P<noun>\w+)(?! (?:that )?(?:i|we)\b)", plan.query.lower())
    return of is None or of["noun"] not in plan.required or of["noun"] == own_verb(plan)


def answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the first or last that was said or done so; empty where nothing tells of it."""
    verb, speaker = own_verb(plan), _speaker(view, plan)
    whole = plan.language.table("question")["open_deeds"]
    if speaker is not None:
        names = {fold(speaker), *fold(speaker).split()}
        topics = [word for word in plan.required if word not in names]
        said = _units(view, plan, topics, speaker)
        meant = (u for u in said if asks_words_of(plan, u) and _speaks_of_all(topics, u))
        found = [*islice(meant, 1)]
    elif verb and asks_of_self(plan.query) and verb not in whole:
        found = _deeds(view, plan, verb)
    else:
        return []
    found.sort(key=lambda unit: unit.span.start, reverse=plan.order == "last")
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in found[:1]]


def _deeds(view: View, plan: Plan, verb: str) -> list[Unit]:
    """The first or last that the wearer says of a deed by its word, and by what it is: a pizza is
    eaten that was had for lunch."""
    wearer, topics = Wearer(view), [word for word in plan.required if word != verb]
    names = frozenset(wearer.others(view.speakers(_SPEAKERS)))
    said = (u for u in _units(view, plan, sorted(forms_of(verb))) if _speaks_of_all(topics, u))
    mine = (u for u in said if wearer.speaks(u) and was_done(u, [verb]))
    own = (unit for unit in mine if tells_own_deed(verb, unit, names))
    predicate = predicate_of(plan.query)
    events = matching(view, plan, predicate) if lists_things(verb, predicate) else []
    told = (occasion_unit(view, event) for event in events)
    done = [unit for unit in told if was_done(unit)]
    return [*islice(own, 1), *(done[-1:] if plan.order == "last" else done[:1])]


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
