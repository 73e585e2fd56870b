"""A question that is answered by counting events; or that nothing of the kind is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from egorag.aggregation.aggregate import Aggregate, number_told, thing_counted, with_count
from egorag.evidence.confidence import of_rows
from egorag.generation.answers import abstention, answer_of
from egorag.generation.extractive import nearest
from egorag.generation.totals import sum_of
from egorag.handlers.context import Context
from egorag.wording.draft import Draft
from memory.types.core import Answer


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: what was counted; of others, who are spoken of more than seen, only what was found.

    "Three times a week" is told of them, which is no occasion to count: it is searched for.
    """
    counted, plan = context.counted, context.plan
    if counted is None or (plan.of_another and not counted.drafts):
        return
    if _speech_tells_more(context, counted):
        return
    yield from counted.drafts
    if counted.drafts:
        sure = of_rows("aggregation")
        outcome = answer_of(context.view, plan, counted.drafts, sure, None, "counted")
    else:
        outcome = abstention(plan, context.coverage, counted.none, None, _nearest(context))
    yield with_count(outcome, counted)


def _speech_tells_more(context: Context, counted: Aggregate) -> bool:
    """Whether what was said tells more: "no running for ten days", "six eggs are left", or
    more parts of a sum."""
    plan = replace(context.plan, kind="lookup")
    thing = thing_counted(plan.query)
    if counted.drafts and counted.explanation.op != "sum":
        return False
    if not (counted.drafts or thing or context.plan.kind == "how_long"):
        return False
    findings = context.tools.searcher.find(context.view, plan)
    if not findings.read or not findings.verdict.supported:
        return False
    if thing and not counted.drafts:
        return number_told(thing, findings.scored[0].unit.what) is not None
    summed = sum_of(plan, findings.scored)
    return not counted.drafts or bool(summed and len(summed.parts) > len(counted.events))


def _nearest(context: Context) -> list[Draft]:
    """What comes nearest, where nothing that could be counted is known."""
    plan = replace(context.plan, kind="lookup")
    findings = context.tools.searcher.find(context.view, plan)
    return nearest(plan, findings) if findings.verdict.supported else []
