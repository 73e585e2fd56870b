"""Read what people tell that they did: which lines tell a deed that a question asks about.

    asked = deed_asked(view, plan)     # of "Was haben Anna und ich gekauft?"
    asked.verb, asked.doers            # "gekauft", {"anna", ""}
    for told in deeds_told(view, plan, asked):
        told.doer, things_of(told, asked), nth_time(told.unit.what, None)

How things are told, and the many-eth time, stands in ``egorag/language/*/question.toml``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.text.tokens import fold, words_of
from egorag.across.third_person import asks_of_self
from egorag.evidence.asker import names_somebody, own_verb
from egorag.evidence.clauses import about, doers_of, speaks_of, tells_own_deed, was_done
from egorag.evidence.number_words import number_words
from egorag.evidence.units import Unit, clip_units
from egorag.evidence.wearer import Wearer
from egorag.language.language import Language, language_of
from egorag.language.verbs import forms_of
from egorag.question.plan import Plan, in_windows
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.time.grammar.chart import numerals
from egorag.time.grammar.table import tokenize
from memory.store.view import View
from memory.types.core import Memory, Scope, Span

_TOLD = ("speech", "caption")  # kinds of units
_LATELY = 30 * 86_400.0  # seconds; looked through before all the rest
_DAY = 86_400.0
_PERIODS = {"week": 6 * _DAY, "month": 27 * _DAY, "year": 364 * _DAY}


@dataclass(frozen=True, slots=True)
class DeedAsked:
    """A deed that a question asks about: its verb, whose it is, and the words it must speak of.

    ``doers`` are names, "" whoever asks; empty where everybody is meant. ``things`` is whether all
    things are asked for with which it was done.
    """

    verb: str
    doers: tuple[str, ...]
    topics: tuple[str, ...]
    things: bool = False


@dataclass(frozen=True, slots=True)
class ToldDeed:
    """A line that tells a deed, and who did it: a name, or "" whoever asks."""

    unit: Unit
    doer: str


def things_asked(plan: Plan) -> DeedAsked | None:
    """The deed of a question for all things that people bought, ate, …; None of other questions,
    and of English ones, whose things are read for events."""
    listed = plan.language.table("question")["listed"]
    asked = re.fullmatch(listed["asks"], plan.language.bare(plan.query), re.IGNORECASE)
    if asked is None:
        return None
    who = asked["who"]
    for own, english in listed["people"].items():
        who = re.sub(own, english, who, flags=re.IGNORECASE)
    people = [name.strip() for name in who.split(",")]
    several = {"everyone", "we"}.isdisjoint(people)
    doers = tuple("" if name == "I" else name for name in people if several)
    return DeedAsked(asked["deed"].lower(), doers, (), things=True)


def in_english(plan: Plan) -> Plan:
    """The plan, with its question for things in English, in which deeds are known as events."""
    asked = things_asked(plan)
    verb = plan.language.table("question")["listed"]["deeds"].get(asked.verb) if asked else None
    if asked is None or verb is None:
        return plan
    people = " and ".join(name or "I" for name in asked.doers) or "everyone"
    return replace(plan, query=f"What did {people} {verb}?")


def deed_asked(view: View, plan: Plan) -> DeedAsked | None:
    """The deed of the wearer, of who is named, or of anybody where it is asked who; None where a
    question asks for none, or for anything at all that was done."""
    own = asks_of_self(plan.query)
    heard = () if own else (n for n in sorted(Wearer(view).named) if names_somebody(n, plan.query))
    doer = next(iter(heard), "")
    verb = plan.head if plan.kind == "who" else own_verb(plan, doer)
    if not verb or verb in plan.language.table("question")["open_deeds"]:
        return None
    two = {word for word in plan.required if len(verb) == 1 and len(word) == 2 and verb in word}
    verb = min(two)[0] if two else verb  # 步 of 跑步, which may be parted: 跑了步
    spoken = (verb, *words_of(doer), fold(doer))
    said = (word[1] if word in two else word for word in plan.required)
    topics = tuple(word for word in said if word not in spoken)
    return DeedAsked(verb, ("",) if own else (doer,) if doer else (), topics)


def deeds_told(view: View, plan: Plan, asked: DeedAsked) -> Iterator[ToldDeed]:
    """What tells of a deed in the plan's time, the first or the last first."""
    wearer = Wearer(view)
    for unit in lines(view, plan, sorted(forms_of(asked.verb, plan.language))):
        who = _doer(plan, asked, unit, wearer)
        if who is not None:
            yield ToldDeed(unit, who)


def lacks_deed(view: View, plan: Plan, units: Sequence[Unit]) -> bool:
    """Whether it is asked if the wearer did something, and none of some units says so or denies
    it."""
    past = plan.language.pattern("clauses", "past").search(plan.query.lower())
    asked = deed_asked(view, plan) if past and plan.kind == "yes_no" else None
    if asked is None or asked.doers != ("",) or any(unit.kind not in _TOLD for unit in units):
        return False
    wearer, topics = Wearer(view), asked.topics
    wearer.hear(units)
    about_it = [unit for unit in units if not _unmet(topics, unit)]
    denied = (one.denied for unit in about_it for one in about(topics, unit.what))
    own = (_doer(plan, asked, unit, wearer) is not None for unit in about_it)
    said = not topics and any(speaks_of(asked.verb, unit) for unit in units)  # "no run today"
    return not (said or any(denied) or any(own))


def _doer(plan: Plan, asked: DeedAsked, unit: Unit, wearer: Wearer) -> str | None:
    """Who did by a unit what is asked about; None where it tells of no such deed."""
    verb, topics = asked.verb, _unmet(asked.topics, unit)
    halves = topics and _activities(plan.query) & _activities(unit.what)  # 跑了八公里 is 跑步
    if topics and not (halves and all(len(topic) == 1 for topic in topics)):
        return None
    if _is_intended(verb, unit) or not was_done(unit, [verb], asked.topics):
        return None
    teller = wearer.teller(unit)
    own = tells_own_deed(verb, unit, wearer.named) and (teller or wearer.speaks(unit))
    if own and (not asked.doers or teller in asked.doers):
        return teller
    doers = set() if asked.things else doers_of(verb, unit.what, wearer.named)
    return next((name for name in asked.doers if name and name.lower() in doers), None)


def _unmet(topics: Sequence[str], unit: Unit) -> set[str]:
    """The words that a unit does not speak of; one Han sign may be part of a word: 药 of 吃药."""
    unmet = set(topics) - matched_terms(topics, unit.words)
    return {word for word in unmet if len(word) > 1 or word not in unit.what}


def _is_intended(verb: str, unit: Unit) -> bool:
    """Whether it only names what somebody does: "ich laufe gern", but not "ich war laufen"."""
    language = language_of(unit.what)
    verbs = language.table("question")["verbs"]
    if not verbs or re.search(verbs["errand"], unit.what.lower()):
        return False
    said = forms_of(verb, language).intersection(words_of(unit.what))
    return all(re.fullmatch(verbs["infinitive"], word) for word in said)


def _activities(text: str) -> frozenset[str]:
    """The activities of the closed list that a Chinese text names."""
    hits = (chinese_catalogue().at(text, at) for at in range(len(text)))
    return frozenset(hit[0].activity for hit in hits if hit and hit[0].activity)


def things_of(deed: ToldDeed, asked: DeedAsked, language: Language) -> list[str]:
    """What it tells was bought, eaten, …; nothing where it is passed on."""
    if any(one.reported for one in about([asked.verb], deed.unit.what)):
        return []
    listed = language.table("question")["listed"]
    pattern = listed["told"].replace("<beside>", listed["beside"])  # how much, where, for whom
    pattern = pattern.replace("<doer>", re.escape(deed.doer) or "(?!)")
    verb = "|".join(map(re.escape, (asked.verb, *forms_of(asked.verb, language))))
    found = re.finditer(pattern.replace("<deed>", f"(?:{verb})"), deed.unit.what, re.IGNORECASE)
    things = (thing for match in found for thing in re.split(listed["link"], match["things"]))
    return [thing for thing in things if thing]


def nth_time(text: str, asked: Span | None) -> int:
    """Which time it was, by what was said ("for the third time this week"); 0 where nothing says
    so, or where only a part of the time that it counts is asked about."""
    language = language_of(text)
    table, low = language.table("question")["nth_time"], text.lower()
    told = re.search(table["told"], low)
    period = next((size for name, size in _PERIODS.items() if re.search(table[name], low)), None)
    if told is None or (asked is not None and asked.duration < (period or math.inf)):
        return 0
    return max(0, _ordinal(told["nth"], language))


def _ordinal(word: str, language: Language) -> int:
    for value, words in language.table("time")["words"].get("ordinal", {}).items():
        if word in words:
            return int(value)
    numbers = [*numerals(tokenize(word, {}), 0, number_words(language.code))]
    return int(numbers[-1][0].value) if numbers else 0


def lines(view: View, plan: Plan, words: Sequence[str], speaker: str = "") -> Iterator[Unit]:
    """What was said and noted in the plan's time, the first or the last first; of ``words``, if
    there are any."""
    last = plan.order == "last"
    for memory in _clips(view, plan, words, speaker):
        said = [u for u in clip_units(view, memory) if u.kind in _TOLD]
        within = [u for u in said if plan.time is None or u.span.overlaps(plan.time.span)]
        units = [unit for unit in within if in_windows(plan, unit.span)]
        yield from sorted(units, key=lambda unit: unit.span.start, reverse=last)


def _clips(view: View, plan: Plan, words: Sequence[str], speaker: str) -> list[Memory]:
    theirs = view.within(Scope(people=(speaker,)), plan.text) if speaker else view
    span = plan.time.span if plan.time else None
    if words:
        found = theirs.by_id(theirs.search_text(words, "clip", span))
    elif span is None and plan.order == "last":
        lately = Span(view.asked_at - _LATELY, view.asked_at)
        found = theirs.memories("clip", lately) or theirs.memories("clip")
    else:
        found = theirs.memories("clip", span)
    return sorted(found, key=lambda one: one.span.start, reverse=plan.order == "last")
