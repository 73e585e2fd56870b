"""Settle a question's time before the search: the hours after an event, the day of a part of it.

"After the meeting" becomes the hours that followed it. The event is looked for as any question is;
the latest occurrence that memories speak of counts. The interval ends two hours on, or with the
day. Where nothing speaks of the event there is no interval, and the question is searched as if it
named none: its words for the event are then words to find.

A part of a day without recordings is widened to the day, if lines of that day describe it: a diary
read in at eight in the morning says "in the early evening", which tells when it was.

A holiday of which nothing was recorded is what the question is about: "why don't I get Christmas
off?" is searched as if it named no time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, content_stems, tokens
from egorag.across.third_person import asks_of_self
from egorag.evidence.asker import own_verb
from egorag.handlers.context import Context
from egorag.question.plan import Plan, plan_of, without
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.time_reference import Anchor, TimeReference
from egorag.time.grammar.read import looks_back
from memory.store.view import View
from memory.types.core import Evidence, Span, merge_spans

Find = Callable[[Plan], Sequence[Evidence]]
AFTERWARDS = 7200.0  # seconds that "before" and "after" reach
_GAP = 150.0  # seconds without a word of the event that do not end it
_ENOUGH = 0.5  # share of the event's words that a memory must hold
_NEARLY = 0.6  # of the best score: occurrences that good count as found
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PART = re.compile(
    r"\b(?:(?:early|late|mid)[ -]?(?:in the )?)?"
    r"(?:morning|afternoon|evening|night|midday|noon|lunch(?:time)?|dinner(?:time)?|breakfast)\b",
    re.IGNORECASE,
)


def settled(context: Context) -> Iterator[Plan]:
    """Handler: the plan whose time no longer hangs on an event."""
    find = partial(context.tools.searcher.evidence, context.view)
    yield resolve_event_time(context.view, context.plan, find)


def resolve_event_time(view: View, plan: Plan, find: Find) -> Plan:
    """The plan with its anchor resolved to an interval, or without it where that cannot be done.

    A question that says nothing else ("what did I do after the meeting?") asks for the interval
    itself. Of any other, the event's words are words to find: what is said of an event is often
    said at another time.
    """
    time = plan.time
    if time is None or time.anchor is None:
        return plan
    local, anchor = plan.local, time.anchor
    own_words = time.pieces or time.recurring
    named = TimeReference(time.span, time.text, time.exact, time.pieces, time.recurring)
    rest = plan_of(without(plan.text, [anchor.place]).lstrip(",，"), local)
    span = None
    takes_verb = anchor.text.lower().endswith(f" {own_verb(plan)}")  # "vor dem Konzert gekauft"
    whole = rest.about_anything and not (takes_verb and not asks_of_self(anchor.text))
    if whole or rest.about_deed:
        span = resolve(view, anchor, find, local, time.span if own_words else None)
    if span is None:
        return replace(plan, time=named if own_words else None)
    anchored = replace(time, span=span, exact=True, recurring=None)
    return replace(rest, text=plan.text, time=anchored)


def resolve(
    view: View, anchor: Anchor, find: Find, local: LocalTime, within: Span | None = None
) -> Span | None:
    """The interval that an anchor names, from what was remembered of its event, or None.

    Args:
        view: what may be known; nothing later is looked at.
        anchor: the event's words and the relation to it.
        find: retrieves evidence for a plan, best first.
        local: the person's calendar, whose days bound the interval.
        within: where other words of the question say that the event was.
    """
    event = occurrence(view, anchor.text, find, local, within)
    if event is None:
        return None
    if anchor.relation == "between":
        later = Span(event.end, event.end + 86_400.0)
        second = occurrence(view, anchor.second, find, local, later)
        return _span(event.end, second.start) if second else None
    if anchor.onwards:
        return _span(event.end, view.asked_at)
    if anchor.relation == "after":
        tomorrow = local.local(event.end - 1e-3).date() + timedelta(days=1)
        return _span(event.end, min(event.end + AFTERWARDS, local.at(tomorrow, 0), view.asked_at))
    if anchor.relation == "before":
        midnight = local.at(local.local(event.start).date(), 0)
        return _span(max(event.start - AFTERWARDS, midnight), event.start)
    return event


def _span(start: float, end: float) -> Span | None:
    return Span(start, end) if start < end else None


def occurrence(
    view: View, words: str, find: Find, local: LocalTime, within: Span | None = None
) -> Span | None:
    """The latest stretch of memories that speak of an event, or None."""
    plan, event_stems = _event_plan(words, local, within)
    good, share = _speaking(words, event_stems, find(plan))
    return _stretch(view, words, event_stems, share, max(good)) if good else None


def _event_plan(words: str, local: LocalTime, within: Span | None) -> tuple[Plan, set[str]]:
    """How an event is looked for, and the stems that say it."""
    plan = plan_of(words, local)
    time = None if within is None else TimeReference(within, "", True)
    return replace(plan, time=time), {stem(word) for word in plan.required or plan.terms}


def _speaking(
    words: str, event_stems: set[str], evidence: Sequence[Evidence]
) -> tuple[list[Span], float]:
    """The best evidence that speaks of an event, and the share of its words that it holds."""
    if not event_stems:
        return [], 0.0
    rated = [(item, _share(words, event_stems, item.memory.text)) for item in evidence]
    rated = [(item, share) for item, share in rated if share >= _ENOUGH]
    most = max((share for _, share in rated), default=0.0)
    full = [item for item, share in rated if share == most]
    best = max((item.score for item in full), default=0.0)
    return [item.memory.span for item in full if item.score >= _NEARLY * best], most


def _stretch(view: View, words: str, event_stems: set[str], share: float, clip: Span) -> Span:
    """The clip with its neighbours that speak of the event as much, across short gaps."""
    around = Span(clip.start - AFTERWARDS, clip.end + AFTERWARDS)
    speaking = [
        memory.span
        for memory in view.memories("clip", around)
        if _share(words, event_stems, memory.text) >= share
    ]
    joined = merge_spans([clip, *speaking], gap=_GAP)
    return next(span for span in joined if span.overlaps(clip) or span == clip)


def _share(words: str, event_stems: set[str], text: str) -> float:
    """How much of an event's words a text holds: stems, or pairs of letters where it is Chinese."""
    if _HAN.search(words):
        pairs = {words[at : at + 2] for at in range(max(1, len(words) - 1))}
        return sum(pair in text for pair in pairs) / len(pairs)
    return len(event_stems & content_stems(text)) / len(event_stems)


def ask_of_holiday(context: Context) -> Iterator[Plan]:
    """Handler: the plan in which a holiday of which nothing was recorded is what is spoken of:
    "why don't I get Christmas off?"; not of what it was like, which only a recording tells."""
    plan = context.plan
    alone = plan.required in ((), ("person",))
    if not (alone and looks_back(plan.text)):
        yield plan_of(plan.text, plan.local, context.view.other_wearers(), timed=False)


def widen_to_day_if_described(view: View, plan: Plan) -> Iterator[Plan]:
    """Handler: a plan that asks the whole day for what is told of the part that it names."""
    time = plan.time
    if time is None:
        return
    named = _PART.search(time.text)
    if named is None or view.coverage(time.span).indexed:
        return
    first = plan.local.local(time.span.start).date()
    day = plan.local.days(first, first + timedelta(days=1))
    if not view.search_text([named[0]], "clip", day, limit=1):
        return
    added = [t.word for t in tokens(named[0]) if t.word not in STOP_WORDS]
    yield replace(
        plan,
        query=f"{plan.query.rstrip('?. ')} in the {named[0].lower()}?",
        terms=tuple(dict.fromkeys((*plan.terms, *added))),
        time=replace(time, span=day, exact=True),
    )
