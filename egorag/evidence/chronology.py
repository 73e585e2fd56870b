"""Tell statements about one thing in the order of time: what held once, and what holds now.

"The key is in the tin now" was said after "I'll keep the key under the pot".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from egorag.answerability.words import question_words
from egorag.evidence.scoring import Scored
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.language.language import language_of
from egorag.question.plan import Plan
from egorag.time.grammar.read import looks_back
from memory.store.view import View

QUOTED, LIKELY = 3, 0.08  # statements that are quoted; each has at least that share of the first
# By ``benchmarks/training/chronology.py``, on the written lives.
_AS_LIKELY = 0.4  # of the best statement's score, from which on another tells as much
_NEWS = 1.6  # words that a later statement shares with the best, each by its rarity
_THEN = 0.1  # of the best statement's score, from which on one of the time asked about may lead
_IN_COMMON = 1  # content words


def chronological(
    ranked: Sequence[Scored], as_likely: float = _AS_LIKELY
) -> tuple[list[Scored], list[Scored]]:
    """Of statements, best first: those of the same thing that score at least ``as_likely`` of the
    best and speak of what it does of what is asked, in order of time, and the others."""
    if not ranked:
        return [], []
    words = set(question_words(ranked[0].unit.what))
    alike = [
        item
        for item in ranked
        if item is ranked[0]
        or (
            item.score >= as_likely * ranked[0].score
            and _speaks_of_it(item, ranked[0])
            and len(words & set(question_words(item.unit.what))) >= _IN_COMMON
        )
    ]
    others = [item for item in ranked if item not in alike]
    return sorted(alike, key=lambda item: item.unit.span.start), others


def likeliest_in_order(scored: Sequence[Scored]) -> list[Scored]:
    """Of statements that were read, best first: the best and those of the likeliest, as they are
    quoted, that tell of the same, in order of time."""
    likely = [item for item in scored[:QUOTED] if not item.score < LIKELY * scored[0].score]
    return chronological(likely)[0]


def with_later_news(view: View, plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """The statements, with the later one that speaks most of what the best one does as likely as
    needed to be told beside it: "They printed the code wrong, it's four seven nine one"."""
    clips = view.count_clips()
    if not scored or plan.time is not None or plan.order == "first" or clips < 2:
        return list(scored)
    words = question_words(scored[0].unit.what)
    news = later_news(scored, {word: rarity(view.count_text(word), clips) for word in words})
    if news is None:
        return list(scored)
    beside = replace(news, score=max(news.score, _AS_LIKELY * scored[0].score))
    return sorted([beside if i is news else i for i in scored], key=lambda item: -item.score)


def later_news(
    scored: Sequence[Scored], rarities: Mapping[str, float], least: float = _NEWS
) -> Scored | None:
    """Of the statements, best first, the one after the best that shares most of its words, each by
    its rarity; None where they come to less than ``least``."""
    later = [
        item
        for item in scored[1:]
        if item.unit.span.start > scored[0].unit.span.end and _speaks_of_it(item, scored[0])
    ]
    shared = [sum(rarities.get(w, 0.0) for w in question_words(i.unit.what)) for i in later]
    if not later or max(shared) < least:
        return None
    return later[shared.index(max(shared))]


def _speaks_of_it(item: Scored, best: Scored) -> bool:
    """Whether a statement meets at least half of the question's words that the best one meets."""
    return 2 * len(item.met & best.met) >= len(best.met)


def asks_what_holds(plan: Plan) -> bool:
    """Whether a question asks for what holds now or is to come: "The code of the pool?", "Did I
    order it?". Who somebody is was mostly said before."""
    return plan.kind == "yes_no" or (plan.kind != "who" and not looks_back(plan.text))


def tells_where_now(plan: Plan, unit: Unit) -> bool:
    """Whether a statement may tell where the thing is whose place is asked for."""
    asked = plan.language.pattern("question", "where_now").search(plan.query)
    asked = asked or plan.language.pattern("question", "mislaid").search(plan.query)
    return asked is not None and tells_where(unit)


def tells_where(unit: Unit) -> bool:
    """Whether what was said of a thing may tell where it is: "Here is your umbrella"."""
    moved = language_of(unit.what).table("question")["moved"]
    return re.search(moved, unit.what.lower()) is not None


def rarity(count: int, clips: int) -> float:
    """How rare a word is that ``count`` of so many clips (two or more) hold: 0 in all, 1 in one."""
    return math.log(clips / max(1, count)) / math.log(clips)


def named_time_first(plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """The statements, with those of a time that was named before likelier ones of other times."""
    time = plan.time
    if not scored or time is None or time.anchor or not time.exact:
        return list(scored)
    then = [
        item
        for item in scored
        if item.score >= _THEN * scored[0].score
        and in_time(plan, item.unit.what, item.unit.span) == 1
    ]
    if not then or then[0] is scored[0]:
        return list(scored)
    first = [replace(item, score=scored[0].score) for item in then]
    return [*first, *(item for item in scored if item not in then)]


def without_later(plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """Of where something was at a time, and of what was before a time, without what was said after
    it, unless nothing is left."""
    time = plan.time
    if time is None or time.anchor or not time.exact:
        return list(scored)
    if plan.kind != "where" and time.span.start > 0:
        return list(scored)
    return [item for item in scored if item.unit.span.start < time.span.end] or list(scored)
