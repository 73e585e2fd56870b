"""How "I do not know" is worded: which time and scope were searched, and what comes nearest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import interval_in_words, reference_in_words
from egorag.time.grammar.read import no_such_day
from egorag.time.resolve import TimeReference
from egorag.wording.draft import capital
from memory.store.view import View
from memory.types.core import Answer, Coverage, Scope, Sentence, Span
from memory.types.explanation import Explanation, FeedbackCounts, ScopeSummary
from memory.types.messages import UserMessage

OPEN = 1e11  # seconds UTC from which on an interval has no end


def time_in_words(plan: Plan) -> str:
    """ "yesterday evening (Tuesday 3 March, 18:00–23:00)"; "" where no time was asked about."""
    if plan.time is None:
        return ""
    interval = reference_in_words(plan.time, plan.local)
    words = _plain_words(plan.time, plan.language)
    if not words or getattr(interval, "key", "") == "egorag.any-time":
        return words or interval
    if plan.language.render(interval).lower().startswith(words.lower()):
        return interval
    return UserMessage("egorag.words-and-interval", words=words, interval=interval)


def _plain_words(time: TimeReference, language: Language) -> str:
    """The person's own words where "from …" can stand before them, else ""."""
    words = re.sub(language.say("time_leads"), "", time.text, flags=re.IGNORECASE).strip()
    fits = re.match(language.say("time_words"), words, re.IGNORECASE)
    return words if fits else ""


def nothing_recorded(plan: Plan, coverage: Coverage) -> str:
    """Said when the time asked about holds no recording that is indexed."""
    if coverage.pending:
        return plan.language.say("not_indexed")
    who = coverage.wearer or ""
    if plan.time is None:
        return plan.language.say("shares_nothing" if who else "no_recordings", who=who)
    to_come = plan.time.span.start >= plan.local.asked_at
    name = "not_yet" if to_come else "shares_nothing_then" if who else "nothing_recorded"
    return capital(plan.language.say(name, when=time_in_words(plan), who=who))


def nearest_recorded(plan: Plan, recorded: Sequence[Span]) -> str:
    """ " The nearest that I have is from Friday 27 November."; "" where nothing is recorded.

    With the clock where it is of the day that is asked about.
    """
    if plan.time is None or not recorded:
        return ""
    asked, local = plan.time.span, plan.local
    nearest = min(recorded, key=lambda span: max(asked.start - span.end, span.start - asked.end))
    at = nearest.start if nearest.start >= asked.end else nearest.end - 1e-3
    moment = local.local(at)
    day = plan.language.day(moment.date(), local.today)
    if moment.date() == local.local(asked.start).date():
        day = plan.language.say("day_at", day=day, clock=f"{moment:%H:%M}")
    return plan.language.say("joint") + plan.language.say("nearest_recorded", day=day)


def not_shown(plan: Plan) -> str:
    """Said when recordings were searched and none supports an answer."""
    if plan.time is None:
        open_question = plan.about_anything and plan.kind == "lookup"
        return plan.language.say("ask_what" if open_question else "not_shown")
    return plan.language.say("not_shown_then", when=time_in_words(plan))


def not_a_day(plan: Plan) -> str:
    """ "There is no such day as 31 November."; of a text that names one."""
    named = no_such_day(plan.text, plan.local)
    day = re.sub(plan.language.say("time_leads"), "", named, flags=re.IGNORECASE)
    return plan.language.say("no_such_day", day=day)


def scope_in_words(scope: Scope, plan: Plan) -> str:
    """ "with Anna or Maria, at the kitchen, recorded by cam-1, from ..."; "" without a scope."""
    language, either = plan.language, plan.language.say("or")
    kinds = (
        ("with_people", scope.people), ("at_places", scope.places), ("by_devices", scope.devices),
    )  # fmt: skip
    parts = [language.say(name, names=either.join(names)) for name, names in kinds if names]
    if scope.span is not None:
        parts.append(span_in_words(scope.span, plan))
    return language.say("comma").join(parts)


def span_in_words(span: Span, plan: Plan) -> str:
    """ "from Tuesday 3 March, 18:00–23:00", "since ...", "before ..."."""
    if span.end >= OPEN:
        when = interval_in_words(Span(span.start, span.start), plan.local)
        return plan.language.say("since", when=plan.language.render(when).partition("–")[0])
    when = interval_in_words(span, plan.local)
    return plan.language.say("from" if span.start > 0 else "until", when=when)


def with_scope(answer: Answer, plan: Plan, scope: Scope) -> Answer:
    """The abstention with a sentence on the filter that was on."""
    text = plan.language.say("only_searched", scope=scope_in_words(scope, plan))
    first, rest = answer.sentences[:1], answer.sentences[1:]
    return replace(answer, sentences=(*first, Sentence(text), *rest))


def explain_scope(explanation: Explanation, view: View, scope: Scope) -> Explanation:
    """With the filter that was on, and how many moments the owner has judged for the question."""
    judged = FeedbackCounts(len(view.verdicts.wrong), len(view.verdicts.right))
    span = None if scope.span is None else (scope.span.start, scope.span.end)
    summary = ScopeSummary(scope.people, scope.places, scope.devices, span)
    return replace(
        explanation, scope=summary if scope else None, judged=judged if view.verdicts else None
    )
