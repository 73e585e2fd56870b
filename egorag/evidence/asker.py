"""Moments that bear on a question about whoever asks, and on what they did."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from egogpt.text.tokens import fold, words_of
from egorag.across.third_person import asks_of_self
from egorag.evidence.clauses import (
    GROUP,
    about,
    asks_for,
    clauses_of,
    doers_of,
    says,
    speaks_of,
    tells_own_deed,
    was_done,
)
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.language.language import language_of
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.time.relative_dates import is_ahead
from memory.store.view import View

_MOODS = ("done", "intends", "reports", "advises")
_CARRIED_OUT = 0.3  # of a plan's score, where it was carried out: it is told behind that


def bearing_on_asker(view: View, plan: Plan, units: Sequence[Unit]) -> list[Unit]:
    """The units without those of others that the question is not about.

    Asked about oneself, a moment of another camera counts where something in it speaks of the asker
    by name, or of the thing that is asked about, unless as somebody else's own. Asked what "I" did,
    it counts where the asker did it.
    """
    if not asks_of_self(plan.query) or not any(unit.wearer for unit in units):
        return list(units)
    names = view.wearer_names()
    if deed := _own_deed(plan):
        return [one for one in units if not one.wearer or _does(names, one, deed["verb"] or "")]
    things = [word for word in plan.required if word not in plan.names]
    others = [unit for unit in units if unit.wearer]
    of_asker = {unit for unit in others if any(names_somebody(name, unit.what) for name in names)}
    free = {unit for unit in others if not _is_theirs(unit)}
    bearing = of_asker | {unit for unit in free if matched_terms(things, unit.words)}
    moments = {unit.clip_id for unit in bearing}
    beside = {unit for unit in free if unit.clip_id in moments}
    return [unit for unit in units if not unit.wearer or unit in bearing | beside]


def own_deeds_first(view: View, plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """Of what "I" did, the statements without what others did, unless these hold more of it; what
    was done before an earlier plan; those that say the verb where the question says no more."""
    verb = own_verb(plan)
    if not verb or not scored:
        return list(scored)
    wearer, topics = Wearer(view), {word for word in plan.required if word != verb}
    own = list(scored)
    if asks_of_self(plan.query):
        wearer.hear(item.unit for item in own)
        mine = [item for item in own if not _of_another(wearer, item.unit, verb)]
        own = mine if mine and len(mine[0].met & topics) >= len(own[0].met & topics) else own
    own = _done_first(plan, own, verb, topics)
    spoken = [i for i in own if speaks_of(verb, i.unit)] if plan.required == (verb,) else []
    if not spoken:
        return own
    others = [] if plan.about_deed else [item for item in own if item not in spoken]
    return [replace(spoken[0], score=own[0].score), *spoken[1:], *others]


def _done_first(plan: Plan, scored: list[Scored], verb: str, topics: set[str]) -> list[Scored]:
    """The statements; asked what was done, a deed that holds as much of the question as the best
    before a "not yet" of an earlier time, and far before a plan for it or a request."""
    first, past = scored[0], plan.language.pattern("clauses", "past")
    telling = [
        i for i in scored if says(verb, i.unit.what) and i.met & topics >= first.met & topics
    ]
    deed = next((item for item in telling if was_done(item.unit, [verb])), None)
    if deed is None or not past.search(plan.query.lower()):
        return scored
    before = [item for item in telling if item.unit.span.start < deed.unit.span.start]
    if first is not deed and first not in before:
        return scored
    plans = [item for item in before if _only_meant(verb, item.unit)]
    behind = [replace(item, score=_CARRIED_OUT * item.score) for item in plans]
    rest = [item for item in scored if item is not deed and item not in plans]
    return [replace(deed, score=first.score), *sorted([*rest, *behind], key=lambda i: -i.score)]


def _only_meant(verb: str, unit: Unit) -> bool:
    told = about([verb], unit.what)
    meant = any(one.undone for one in told) or asks_for([verb], unit.what)
    return meant and not any(one.denied for one in told)


def is_only_meant(plan: Plan, units: Sequence[Unit]) -> bool:
    """Whether a question asks for what was done, and the first unit that speaks of it, if no other
    tells as much, only plans or wishes it, or has it from others."""
    query, language = plan.query.lower(), plan.language
    asks = {name: language.pattern("clauses", name).search(query) for name in _MOODS}
    if not asks["done"] or asks["intends"] or asks["reports"] or asks["advises"]:
        return False
    first, *others = (_words_and_mood(plan, unit) for unit in units)
    return first[1] and not any(words >= first[0] and not meant for words, meant in others)


def _words_and_mood(plan: Plan, unit: Unit) -> tuple[frozenset[str], bool]:
    """The words of the question that a statement speaks of, and whether it tells of them only as
    what was meant or is passed on."""
    if unit.kind != "speech":
        return frozenset(), False
    spoken = [
        (one, words)
        for one in clauses_of(unit.what)
        if (words := {word for word in plan.required if says(word, one.text)})
    ]
    speaks = frozenset(word for _, words in spoken for word in words)
    clauses, verb = [one for one, _ in spoken], own_verb(plan)
    telling = [one for one in clauses if verb and says(verb, one.text)] or clauses
    done = [one for one in telling if one.denied or not (one.undone or one.reported)]
    return speaks, bool(spoken) and all(is_ahead(one.text) for one in done)


def is_of_others(wearer: Wearer, plan: Plan, units: Sequence[Unit]) -> bool:
    """Whether it is others, in all of the units, who did what "I" am asked to have done."""
    verb = own_verb(plan)
    asked = bool(verb) and asks_of_self(plan.query)
    return asked and all(_of_another(wearer, unit, verb) for unit in units)


def _of_another(wearer: Wearer, unit: Unit, verb: str) -> bool:
    """Whether it tells of somebody else that they did it, and neither of "we" nor of "you"."""
    if unit.kind != "speech" or not says(verb, unit.what):
        return False
    own, language = wearer.speaks(unit), language_of(unit.what)
    if own:
        return not tells_own_deed(verb, unit, wearer.named)
    shared = (language.pattern("clauses", name) for name in (GROUP, "second"))
    if own is None or not wearer.known or any(one.search(unit.what.lower()) for one in shared):
        return False
    doers = doers_of(verb, unit.what, wearer.names)
    return bool(doers) and doers.isdisjoint(wearer.names)


def names_somebody(name: str, text: str) -> bool:
    """Whether somebody is named in it; Chinese is written without blanks."""
    if name.isascii():
        return bool(name) and set(words_of(name)) <= set(words_of(text))
    return name in text


def _is_theirs(unit: Unit) -> bool:
    """Whether it speaks of what belongs to whoever says it."""
    own = language_of(unit.what).pattern("clauses", "own")
    return f"{unit.wearer}'s " in unit.what or own.search(unit.what.lower()) is not None


def own_verb(plan: Plan, doer: str = "") -> str:
    """What whoever asks, or a ``doer`` by name, did, as the question says it: "bought"; "" where it
    asks for no deed."""
    self = plan.language.table("clauses")["self"]
    query = re.sub(re.escape(doer), self, plan.query, flags=re.I) if doer else plan.query
    asked = _own_deed(replace(plan, query=query))
    return fold(asked["verb"] or "") if asked else ""


def _own_deed(plan: Plan) -> re.Match[str] | None:
    """Where a question asks for a deed of whoever asks, with its verb if that is known.

    Where something was left asks for the thing, whoever it was that moved it last.
    """
    mislaid = plan.language.pattern("question", "mislaid").search(plan.query)
    return None if mislaid else plan.language.pattern("question", "own_deed").search(plan.query)


def _does(names: Collection[str], unit: Unit, verb: str) -> bool:
    """Whether one of these names is who does it."""
    if unit.speaker in names and unit.kind == "speech":
        return True
    doers = doers_of(fold(verb), unit.what, frozenset({*names, unit.wearer}))
    return not doers.isdisjoint(name.lower() for name in names)
