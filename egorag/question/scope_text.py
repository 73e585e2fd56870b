"""What a question was kept to, in words: an answer that was not found says what was left out."""

from __future__ import annotations

from dataclasses import replace

from egogpt.text.chinese_text import mostly_chinese
from egorag.question.plan import Plan
from egorag.time.calendar.format_interval import interval_in_words
from egorag.time.calendar.local_time import LocalTime
from memory.store.view import View
from memory.types.core import Answer, Scope, Sentence, Span
from memory.types.explanation import Explanation, FeedbackCounts, ScopeSummary

OPEN = 1e11  # seconds UTC from which on an interval has no end


def scope_in_words(scope: Scope, plan: Plan) -> str:
    """ "with Anna or Maria, at the kitchen, recorded by cam-1, from ..."; "" where all may be read.

    In Chinese for a question in Chinese.
    """
    chinese = mostly_chinese(plan.text)
    either = "或" if chinese else " or "
    kinds = (
        (scope.people, "有{}在场" if chinese else "with {}"),
        (scope.places, "地点是{}" if chinese else "at {}"),
        (scope.devices, "由{}录制" if chinese else "recorded by {}"),
    )
    parts = [form.format(either.join(names)) for names, form in kinds if names]
    if scope.span is not None:
        when = span_in_words(scope.span, plan.local)
        parts.append(f"时间：{when}" if chinese else when)
    return ("、" if chinese else ", ").join(parts)


def span_in_words(span: Span, local: LocalTime) -> str:
    """ "from Tuesday 3 March, 18:00–23:00", "since ...", "before ..."."""
    if span.end >= OPEN:
        return f"since {interval_in_words(Span(span.start, span.start), local).partition('–')[0]}"
    when = interval_in_words(span, local)
    return when if span.start <= 0 else f"from {when}"


def with_scope(answer: Answer, plan: Plan, scope: Scope) -> Answer:
    """The abstention with a sentence on the filter that was on."""
    kept = scope_in_words(scope, plan)
    text = (
        f"只查找了这些片段：{kept}。"
        if mostly_chinese(plan.text)
        else f"Only moments {kept} were searched."
    )
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
