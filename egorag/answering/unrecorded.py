"""A time of which nothing is recorded; where the time around it shows the thing, that it does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from egogpt.text.tokens import words_of
from egorag.aggregation.aggregate import with_count
from egorag.answering.nearby_findings import nearby_findings
from egorag.answering.rounds import at_other_times, out_of_time, unsearched, with_rounds
from egorag.generation.answers import abstention
from egorag.handlers.context import Context
from egorag.wording.abstention import nearest_recorded, nothing_recorded
from memory.types.core import Answer


def answer(context: Context) -> Iterator[Answer]:
    """Handler: an abstention, with what is found at other times beside it.

    Nothing, so that it is searched for, where another day's words tell of that time.
    """
    plan, coverage = context.plan, context.coverage
    rounds = [unsearched(plan)]
    past = plan.time is not None and plan.time.span.start < plan.local.asked_at
    if past and not coverage.pending and plan.kind != "todo":
        find = partial(context.tools.searcher.find, context.view)
        favoured = None if plan.time_filter else find(plan)
        if favoured and favoured.verdict.supported and not out_of_time(plan, favoured):
            best, named = favoured.scored[0].unit, set(words_of(coverage.wearer))
            if named <= set(best.words):
                return
        rounds += at_other_times(rounds[0], find, 2)
    text, nearby = nothing_recorded(plan, coverage), nearby_findings(plan, rounds)
    if past and not coverage.pending and not nearby and not coverage.wearer:
        text += nearest_recorded(plan, context.view.coverage().indexed)
    outcome = abstention(plan, coverage, text, None, nearby)
    if len(rounds) > 1:
        outcome = with_rounds(outcome, rounds)
    yield with_count(outcome, context.counted)
