"""What a question was kept to, in words: an answer that was not found says what was left out."""

from __future__ import annotations

from dataclasses import replace

from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import interval_in_words
from memory.store.view import View
from memory.types.core import Answer, Scope, Sentence, Span
from memory.types.explanation import Explanation, FeedbackCounts, ScopeSummary

OPEN = 1e11  # seconds UTC from which on an interval has no end


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
