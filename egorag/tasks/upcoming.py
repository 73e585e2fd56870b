"""What is to come: the next date of a thing, and what was said of a day that has not begun.

"What are we doing tomorrow?" names a time of which there is no recording; the answer, if any, was
said before, in words ("tomorrow", "on Friday") that meant that day when they were said. So is the
date of "When is my next dentist appointment?": the nearest coming one that was spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold, words_of
from egorag.evidence.units import Unit, clip_units
from egorag.generation.extractive import passage_from, quotations
from egorag.language.language import LANGUAGES, Language
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.tasks.tasks import Due, due_of
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.time_reference import TimeReference
from egorag.time.resolve import find_time
from egorag.wording.draft import Draft, capital, inside, statement
from memory.store.view import View
from memory.types.core import Span

_DAY = 86_400.0
_LONGEST_DAY = 90_000.0  # seconds: 25 hours
_BACK = 28 * _DAY  # seconds in which plans for a day are looked for
_LONG = 8 * _DAY  # seconds of a time that may still be called one of the day
_CLIPS, _SHOWN = 200, 5
_REPLIED = 60.0  # seconds in which replies to a question are looked for
_CLAUSES = re.compile(r"[,;.?!，。；？！]+")
_PAST = frozenset(
    "last was were did ago war waren hatte hatten letzte letzten letzter letztes".split()
)
_PLANS = frozenset("plan plans planned planning schedule 计划 安排 打算".split())
_AHEAD = {"shift": ("1", "2"), "rel": ("1", "2"), "part": None, "cyclename": None}  # None: all
_NEXT = re.compile(
    r"^(?:when|what|which|at what time|on (?:what|which) day)(?:'s| is| are| do| does| will| have)?"
    r"\b.*\bnext (?P<thing>[^?]+?)[?. ]*$",
    re.IGNORECASE,
)
_GENERIC = frozenset("appointment date meeting visit time check checkup".split())
_READ = 200
_DATES = 2


def ahead_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: what was said of the time that the question names, which has not begun.

    What was said of the day itself stands before what was said of its week, and alone if possible.
    "On Friday", asked on a Friday, may be today: what was said of today comes first.
    """
    if plan.time is None:
        return []
    units = [unit for day in _days_meant(plan, plan.time) for unit in _told_of(view, plan, day)]
    latest = list(dict.fromkeys(units))[:_SHOWN]
    asked = all(is_question(unit.what) for unit in latest)  # the replies do not name the day
    passages = [_replied(view, unit) if asked else [unit] for unit in latest]
    drafts = (draft for passage in passages for draft in quotations(plan, passage))
    return list(dict.fromkeys(drafts))


def _replied(view: View, unit: Unit) -> list[Unit]:
    """A question with the replies to it."""
    near = view.memories("clip", Span(unit.span.start, unit.span.end + _REPLIED))
    return passage_from(unit, [other for memory in near for other in clip_units(view, memory)])


def _days_meant(plan: Plan, time: TimeReference) -> list[Span]:
    """The time that the question names, after today where the same words may name it."""
    tomorrow = LocalTime(plan.local.asked_at + _DAY, plan.local.zone)
    today = find_time(time.text, tomorrow, "past")
    if today and today.span.contains(plan.local.asked_at) and today.span.duration <= _LONGEST_DAY:
        return [today.span, time.span]
    return [time.span]


def _told_of(view: View, plan: Plan, day: Span) -> list[Unit]:
    """What was said of a day, the latest first."""
    wanted = [word for word in plan.required if word not in LIGHT_WORDS | _PLANS]
    about = [(u, length) for u, length in _said_of_it(view, plan, day) if _about(u, wanted)]
    closely = [unit for unit, length in about if length <= max(_DAY, day.duration)]
    return sorted(closely or [unit for unit, _ in about], key=lambda unit: -unit.span.start)


def _about(unit: Unit, wanted: list[str]) -> bool:
    return not wanted or bool(matched_terms(wanted, unit.words))


def _said_of_it(view: View, plan: Plan, day: Span) -> Iterator[tuple[Unit, float]]:
    """What was said, or told, of the time, each moment once, and the length of what it named."""
    words = set(_day_names(plan.local.local(day.start).date()))
    lately = Span(view.asked_at - _BACK, view.asked_at)
    for memory in view.by_id(view.search_text(sorted(words), "clip", lately, _CLIPS)):
        for unit in clip_units(view, memory):
            told = unit.kind in ("speech", "caption") and words.intersection(unit.words)
            length = _named_length(unit, plan.local, day) if told else None
            if length is not None:
                yield unit, length


@lru_cache
def _day_names(day: date) -> frozenset[str]:
    """Words that may name a day before it comes: "saturday", "28th", "eighth", "übermorgen"."""
    keys = {"weekday": (str(day.weekday()),), "month": (str(day.month),), **_AHEAD}
    ordinals = {"ordinal": (str(day.day), str(day.day % 10 or day.day))}  # "twenty eighth"
    tables = [Language(code).table("time")["words"] for code in LANGUAGES]
    phrases = {
        phrase
        for table in tables
        for kind, values in {**keys, **ordinals}.items()
        for value in (values or table.get(kind, {}))
        for phrase in table.get(kind, {}).get(value, ())
    }
    words = {fold(phrase) for phrase in phrases if phrase.isalpha() and len(phrase) > 1}
    suffixes = {f"{day.day}{suffix}" for suffix in ("", "st", "nd", "rd", "th")}
    return frozenset({*words, *suffixes, "later", "tonight"})


def _named_length(unit: Unit, local: LocalTime, day: Span) -> float | None:
    """The length of the time in the one asked about that the words named when they were said."""
    if _PAST.intersection(unit.words):
        return None
    said = LocalTime(unit.span.start, local.zone)
    parts = [unit.what, *_CLAUSES.split(unit.what)]
    named = [time.span for part in parts if (time := find_time(part, said, "future"))]
    lengths = [
        span.duration
        for span in named
        if span.overlaps(day)
        and span.start >= unit.span.start
        and span.duration <= max(_LONG, day.duration)  # not "since Saturday"
    ]
    return min(lengths, default=None)


def next_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the nearest coming date of the thing, with what was said; empty: none is known."""
    match = _NEXT.match(plan.query)
    words = [w for w in words_of(match["thing"]) if w not in STOP_WORDS] if match else []
    wanted = {stem(word) for word in words if word not in _GENERIC} or {stem(w) for w in words}
    coming = [
        (due, unit)
        for unit in _speaking_of(view, words)
        if wanted <= {stem(word) for word in unit.words}
        and (due := due_of(unit.what, unit.span.start, plan.local)) is not None
        and due.span.end > view.asked_at
    ]
    nearest = sorted(coming, key=lambda pair: (pair[0].span.start, -pair[1].span.start))
    return [_draft(due, unit, plan) for due, unit in nearest[:_DATES]]


def _speaking_of(view: View, words: list[str]) -> list[Unit]:
    memories = view.by_id(view.search_text(words, "clip", None, _READ))
    units = [unit for memory in memories for unit in clip_units(view, memory)]
    return [unit for unit in units if unit.kind in ("speech", "caption")]


def _draft(due: Due, unit: Unit, plan: Plan) -> Draft:
    said = inside(statement([unit], plan))
    text = plan.language.say("next", when=due.words(plan.local, plan.language), said=said)
    return Draft(capital(text), (unit.citation(),))
