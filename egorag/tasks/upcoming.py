"""What is planned for a day that has not come: what was said of it so far, the latest first.

"What are we doing tomorrow?" names a time of which there is no recording; the answer, if any, was
said before, in words ("tomorrow", "on Friday") that meant that day when they were said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from egogpt.text.tokens import LIGHT_WORDS
from egorag.evidence.units import Unit, clip_units
from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.store.view import View
from memory.types.core import Span

_DAY = 86_400.0
_BACK = 28 * _DAY  # seconds in which plans for a day are looked for
_LONG = 8 * _DAY  # seconds of a time that may still be called one of the day
_CLIPS, _SHOWN = 200, 5
_CLAUSES = re.compile(r"[,;.?!，。；？！]+")
_PAST = frozenset({"last", "was", "were", "did", "ago"})
_SAID = ("tomorrow", "tonight", "weekend", "next", "later", "afternoon", "evening", "morning")


def ahead_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: what was said of the time that the question names, which has not begun.

    What was said of the day itself stands before what was said of its week, and alone if possible.
    """
    if plan.time is None:
        return []
    wanted = [word for word in plan.required if word not in LIGHT_WORDS]
    said = _said_of_it(view, plan, plan.time.span)
    found = [(unit, length) for unit, length in said if _about(unit, wanted)]
    closely = [unit for unit, length in found if length <= max(_DAY, plan.time.span.duration)]
    latest = sorted(closely or [unit for unit, _ in found], key=lambda unit: -unit.span.start)
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in latest[:_SHOWN]]


def _about(unit: Unit, wanted: list[str]) -> bool:
    return not wanted or bool(matched_terms(wanted, unit.words))


def _said_of_it(view: View, plan: Plan, day: Span) -> Iterator[tuple[Unit, float]]:
    """What was said, or told, of the time, each moment once, and the length of what it named."""
    words = {*_SAID, *_day_names(plan.local.local(day.start).date())}
    lately = Span(view.asked_at - _BACK, view.asked_at)
    for memory in view.by_id(view.search_text(sorted(words), "clip", lately, _CLIPS)):
        for unit in clip_units(view, memory):
            told = unit.kind in ("speech", "caption") and words.intersection(unit.words)
            length = _named_length(unit, plan.local, day) if told else None
            if length is not None:
                yield unit, length


def _day_names(day: date) -> set[str]:
    """Words that may name a day: "saturday", "march", "28", "28th", "eighth"."""
    ordinals = Language("en").table("time")["words"]["ordinal"]
    spelt = {
        word
        for value in {day.day, day.day % 10 or day.day}
        for phrase in ordinals.get(str(value), ())
        for word in phrase.split()
    }
    suffixes = {f"{day.day}{suffix}" for suffix in ("", "st", "nd", "rd", "th")}
    return {*f"{day:%A %B}".lower().split(), *suffixes, *spelt}


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
