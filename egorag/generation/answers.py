"""Build answers and abstentions, with their citations and explanation."""

from __future__ import annotations

from collections.abc import Sequence

from egorag.evidence.confidence import of_abstention
from egorag.evidence.findings import Findings
from egorag.question.plan import A_DAY, TOLD_WITHIN, Plan
from egorag.time.calendar.format_interval import is_plain, reference_in_words
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import Draft, number_citations
from memory.store.view import View
from memory.types.core import Answer, Coverage, Evidence, Span
from memory.types.explanation import Explanation, WeighedClip

_SHOWN = 10  # pieces of evidence in an explanation
_DAYS = 10 * 86_400.0


def searched_span(plan: Plan) -> Span | None:
    """The interval to be searched; a vague one with the slack that its words leave."""
    if plan.time is None or (plan.time.anchor and not plan.time.exact):
        return None
    if plan.time.exact:
        if plan.time_filter is None and plan.time.span.duration < A_DAY:
            return plan.local.day_of(plan.time.span)  # hours may be misread: "late on Thursday"
        return plan.time.span
    span = plan.time.span
    if plan.of_another and span.duration > _DAYS:  # told of at any time after
        return None
    slack = max(900.0, span.duration / 2)
    margin = TOLD_WITHIN if plan.of_another and span.duration >= A_DAY else 0.0
    return Span(span.start - slack, span.end + max(slack, margin))


def answer_of(
    view: View,
    plan: Plan,
    drafts: Sequence[Draft],
    confidence: float,
    findings: Findings | None,
    model: str,
) -> Answer:
    """An answer that was found: cited sentences, and what of the time asked about is covered."""
    sentences, citations = number_citations(drafts)
    around = Span(min(c.span.start for c in citations), max(c.span.end for c in citations))
    searched = plan.time.span if plan.time else None
    return Answer(
        sentences,
        citations,
        round(confidence, 3),
        view.coverage(searched or around),
        searched=searched,
        explanation=explain(plan, findings, model),
    )


def abstention(
    plan: Plan,
    coverage: Coverage,
    text: str,
    findings: Findings | None,
    elsewhere: Sequence[Draft] = (),
) -> Answer:
    """An answer that says why there is none; ``elsewhere`` is what comes nearest."""
    sentences, citations = number_citations([Draft(text, ()), *elsewhere])
    return Answer(
        sentences,
        citations,
        round(of_abstention(findings), 3),
        coverage,
        abstained=True,
        searched=plan.time.span if plan.time else None,
        explanation=explain(plan, findings, "none"),
    )


def explain(plan: Plan, findings: Findings | None, model: str) -> Explanation:
    """The plan, the interval in words, the verdict and the scores."""
    time = plan.time
    in_words = reference_in_words(time, plan.local) if time and not is_plain(time) else None
    return Explanation(
        plan.kind,
        plan.order,
        plan.query,
        plan.required,
        plan.head,
        plan.names,
        time_in_words(plan),
        time.exact if time else None,
        model,
        in_words,
        None if findings is None else findings.verdict.summary(),
        evidence=None if findings is None else weighed(findings.evidence),
    )


def weighed(evidence: Sequence[Evidence]) -> tuple[WeighedClip, ...]:
    """The best of the evidence, for an explanation."""
    return tuple(WeighedClip(e.memory.clip_id, round(e.score, 4), e.why) for e in evidence[:_SHOWN])
