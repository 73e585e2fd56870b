"""Read what people tell that they did: which lines tell a deed that a question asks about.

    for asked in things_asked(plan):   # of "Was haben Anna und ich gekauft?"
        asked.verb, asked.doers        # "gekauft", ("Anna", "")
        for told in deeds_told(view, plan, asked):
            told.doer, things_of(told, asked), nth_time(told.what, None)

How things are told, and the many-eth time, stands in ``egorag/language/*/question.toml``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.english_activities import catalogue
from egogpt.text.lemmatizer import base_of, with_plural
from egogpt.text.tokens import fold, words_of
from egorag.across.third_person import asks_of_self
from egorag.evidence.asker import names_somebody, own_verb
from egorag.evidence.clauses import about, doers_of, speaks_of, tells_own_deed, was_done
from egorag.evidence.number_words import number_words
from egorag.evidence.slips import without_slips
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
_SOON = 60.0  # seconds in which a list may go on
_LATELY = 30 * 86_400.0  # seconds; looked through before all the rest
_DAY = 86_400.0
_PERIODS = {"week": 6 * _DAY, "month": 27 * _DAY, "year": 364 * _DAY}


@dataclass(frozen=True, slots=True)
class DeedAsked:
    """A deed that a question asks about: its verb, whose it is, and the words it must speak of.

    ``doers`` are names, "" whoever asks; empty where everybody is meant. ``things`` is whether all
    things are asked for with which it was done; ``had``, of what was only "had", what that must
    have been to be meant: "food" or "drink".
    """

    verb: str
    doers: tuple[str, ...]
    topics: tuple[str, ...]
    language: Language
    things: bool = False
    had: str = ""


@dataclass(frozen=True, slots=True)
class ToldDeed:
    """A line that tells a deed, who did it: a name, or "" whoever asks; and what part tells it."""

    unit: Unit
    doer: str
    what: str


def things_asked(plan: Plan) -> tuple[DeedAsked, ...]:
    """The deed of a question for all things that people bought, ate, …, in each of its words; empty
    of other questions."""
    language = plan.language
    listed = language.table("question")["listed"]
    asked = re.fullmatch(listed["asks"], language.bare(plan.query), re.IGNORECASE)
    if asked is None:
        return ()
    who, verb = asked["who"], asked["deed"].lower()
    for own, name in listed["people"].items():
        who = re.sub(own, name, who, flags=re.IGNORECASE)
    people = [name.strip() for name in who.split(",")]
    several = {"everyone", "we"}.isdisjoint(people)
    doers = tuple("" if name == "I" else name for name in people if several)
    rest = words_of(asked.groupdict().get("rest") or "")
    topics = tuple(word for word in plan.required if word in rest)
    return (*in_other_words(DeedAsked(verb, doers, topics, language, things=True)),)


def in_other_words(asked: DeedAsked | None) -> Iterator[DeedAsked]:
    """A deed, if there is any, and what else it is called in English, in which much is noted."""
    if asked is None:
        return
    yield asked
    for called in asked.language.table("question")["listed"]["deeds"].get(asked.verb, ()):
        verb, *had = called.split()
        english = Language("en")
        yield replace(asked, verb=verb, language=english, things=True, had="".join(had))


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
    parted = {word for word in two if word[0] != plan.language.table("clauses")["self"]}
    verb = min(parted)[0] if parted else verb  # 步 of 跑步, which may be parted: 跑了步
    spoken = (verb, *words_of(doer), fold(doer))
    said = (word[1] if word in two else word for word in plan.required)
    topics = tuple(word for word in said if word not in spoken)
    return DeedAsked(verb, ("",) if own else (doer,) if doer else (), topics, plan.language)


def deeds_told(view: View, plan: Plan, asked: DeedAsked) -> Iterator[ToldDeed]:
    """What tells of a deed in the plan's time, the first or the last first."""
    wearer = Wearer(view)
    for unit in lines(view, plan, sorted(forms_of(asked.verb, asked.language))):
        for part in _parts(unit) if asked.things else (unit,):
            who = _doer(plan, asked, part, wearer)
            if who is not None:
                yield ToldDeed(unit, who, part.what)
                yield from _more_of(view, unit, who, asked)


def _more_of(view: View, unit: Unit, who: str, asked: DeedAsked) -> Iterator[ToldDeed]:
    """What goes on with the list in the next line of the same speaker: 还有牛奶和鸡蛋."""
    listed = asked.language.table("question")["listed"]
    if not (asked.things and listed["more"]):
        return
    soon = Span(unit.span.start, unit.span.end + _SOON)
    said = (one for clip in view.memories("clip", soon) for one in clip_units(view, clip))
    after = (one for one in said if one.kind == "speech" and one.span.start > unit.span.start)
    for one in after:
        if one.who == unit.who and (match := re.match(listed["more"], one.what)):
            yield ToldDeed(one, who, listed["goes_on"].format(asked.verb, match["things"]))


def _parts(unit: Unit) -> Iterator[Unit]:
    """What a line tells in the end, by parts: "I bought a hat, but I nearly bought a violin"."""
    pattern = partial(language_of(unit.what).pattern, "clauses")
    for sentence in pattern("sentence_ends").split(unit.what):
        for what in pattern("parts").split(without_slips(sentence).replace("… ", "")):
            yield replace(unit, what=what)


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
    same = _same_verbs(asked)
    told = (one for one in about_it if not same or any(verb in one.what for verb in same))
    own = (_doer(plan, asked, unit, wearer) is not None for unit in told)
    said = not topics and any(speaks_of(asked.verb, unit) for unit in units)  # "no run today"
    return not (said or any(denied) or any(own))


def _same_verbs(asked: DeedAsked) -> frozenset[str]:
    """The signs that may tell a Chinese deed; empty in other languages, which have many words."""
    done = asked.language.table("tasks")["done"]
    if not done["signs"]:
        return frozenset()
    groups = (verbs.split() for verbs in done["same"])
    same = (verb for verbs in groups if asked.verb in verbs for verb in verbs)
    return frozenset({asked.verb, *done["any"].split(), *same})


def _doer(plan: Plan, asked: DeedAsked, unit: Unit, wearer: Wearer) -> str | None:
    """Who did by a unit what is asked about; None where it tells of no such deed."""
    verb, topics = asked.verb, _unmet(asked.topics, unit)
    halves = topics and _activities(plan.query) & _activities(unit.what)  # 跑了八公里 is 跑步
    if topics and not (halves and all(len(topic) == 1 for topic in topics)):
        return None
    if _is_intended(verb, unit) or not was_done(unit, [verb], asked.topics):
        return None
    teller = wearer.teller(unit)
    known = unit.who or unit.wearer or wearer.speaks(unit)
    own = known and tells_own_deed(verb, unit, wearer.named)
    if own and (not asked.doers or teller in asked.doers):
        return teller
    doers = doers_of(verb, unit.what, wearer.named.union(filter(None, asked.doers)))
    return next((name for name in asked.doers if name and name.lower() in doers), None)


def _unmet(topics: Sequence[str], unit: Unit) -> set[str]:
    """The words that a unit does not speak of; one Han sign may be part of a word: 药 of 吃药."""
    unmet = set(topics) - matched_terms(topics, unit.words)
    return {word for word in unmet if len(word) > 1 or word not in unit.what}


def _is_intended(verb: str, unit: Unit) -> bool:
    """Whether it only names what somebody does, in its or another word: "ich laufe gern", but not
    "ich war laufen", nor "Salbe geholt" of what was bought."""
    language = language_of(unit.what)
    verbs = language.table("question")["verbs"]
    if not verbs or re.search(verbs["errand"], unit.what.lower()):
        return False
    groups = (group.split() for group in language.table("tasks")["done"]["same"])
    same = (one for group in groups if forms_of(verb, language) & {*group} for one in group)
    forms = frozenset().union(*(forms_of(one, language) for one in (verb, *same)))
    said = forms.intersection(words_of(unit.what))
    return all(re.fullmatch(verbs["infinitive"], word) for word in said)


def _activities(text: str) -> frozenset[str]:
    """The activities of the closed list that a Chinese text names."""
    hits = (chinese_catalogue().at(text, at) for at in range(len(text)))
    return frozenset(hit[0].activity for hit in hits if hit and hit[0].activity)


def things_of(deed: ToldDeed, asked: DeedAsked) -> list[str]:
    """What it tells was bought, eaten, …; nothing where it is passed on."""
    language = asked.language
    if any(one.reported for one in about([asked.verb], deed.what)):
        return []
    listed = language.table("question")["listed"]
    pattern, link = (listed[name].replace("<price>", listed["price"]) for name in ("told", "link"))
    pattern = pattern.replace("<beside>", listed["beside"])  # how much, where, for whom
    pattern = pattern.replace("<doer>", re.escape(deed.doer) or "(?!)")
    forms = {asked.verb, *forms_of(asked.verb, language)}
    if language.code == "en" and deed.unit.kind == "speech":  # "I eat meat" is a habit
        forms -= with_plural(base_of(asked.verb))
    verb = "|".join(map(re.escape, forms))
    found = re.finditer(pattern.replace("<deed>", f"(?:{verb})"), deed.what, re.IGNORECASE)
    things = (thing for match in found for thing in re.split(link, match["things"]))
    return [
        thing
        for thing in things
        if thing and not re.fullmatch(listed["nothing"], thing, re.IGNORECASE)
        if not asked.had or _kind_of(thing) == asked.had
    ]


def _kind_of(name: str) -> str:
    """Whether an English name is one of food or of drink, "" of neither."""
    last, known = words_of(name)[-1:], catalogue()
    if any(map(known.is_drink, last)):
        return "drink"
    return "food" if {*last, *map(known.base, last)} & known.classes["food"] else ""


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
