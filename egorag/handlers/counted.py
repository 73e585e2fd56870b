"""A question that is answered by counting events; or that nothing of the kind is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from egorag.aggregation.aggregate import Aggregate, with_count
from egorag.evidence.confidence import of_rows
from egorag.evidence.findings import Findings
from egorag.generation.answers import abstention, answer_of
from egorag.generation.extractive import nearest
from egorag.generation.totals import sum_of
from egorag.handlers.context import Context
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from memory.types.core import Answer


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: what was counted; of others, who are spoken of more than seen, only what was found.

    "Three times a week" is told of them, which is no occasion to count: it is searched for.
    """
    counted, plan = context.counted, context.plan
    if counted is None or (plan.of_another and not counted.drafts):
        return
    searched = replace(plan, kind="lookup")
    findings = None
    if not counted.drafts or counted.explanation.op == "sum":
        findings = context.tools.searcher.find(context.view, searched)
        if findings.verdict.supported and _tells_more(plan, counted, findings):
            return
    yield from counted.drafts
    if counted.drafts:
        sure = of_rows("aggregation")
        outcome = answer_of(context.view, plan, counted.drafts, sure, None, "counted")
    else:
        near = nearest(searched, findings) if findings and findings.verdict.supported else []
        outcome = abstention(plan, context.coverage, counted.none, None, near)
    yield with_count(outcome, counted)


def _tells_more(plan: Plan, counted: Aggregate, findings: Findings) -> bool:
    """Whether what was said tells more: "no running for ten days", or more parts of a sum."""
    if not findings.read:
        return False
    if counted.drafts:
        summed = sum_of(plan, findings.scored)
        return bool(summed and len(summed.parts) > len(counted.events))
    return plan.kind == "how_long"
