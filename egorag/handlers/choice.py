"""Multiple choice: the option that the evidence speaks for most, or that nothing speaks for any."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from egorag.choices.choose import ChosenOption, choose
from egorag.evidence.confidence import of_choice
from egorag.generation.answers import abstention, answer_of, weighed
from egorag.handlers.context import Context
from egorag.ranking.embedding_cache import EmbedderFailed
from egorag.wording.abstention import not_shown, nothing_recorded
from egorag.wording.draft import Draft
from memory.types.core import Answer
from memory.types.explanation import ChoiceSummary

_log = logging.getLogger(__name__)


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: by words alone where the embedder fails."""
    view, plan, searcher = context.view, context.plan, context.tools.searcher
    evidence = searcher.evidence(view, plan)
    try:
        chosen = choose(view, plan, searcher.embedder, evidence, context.choices)
    except EmbedderFailed:
        _log.warning("the text embedder failed; words alone are searched", exc_info=True)
        chosen = choose(view, plan, None, evidence, context.choices)
    if chosen is None or not chosen.draft.citations:
        coverage = context.coverage
        text = not_shown(plan) if coverage.indexed else nothing_recorded(plan, coverage)
        yield abstention(plan, coverage, text, None)
        return
    yield chosen.draft
    yield _answer_of(context, chosen)


def _answer_of(context: Context, chosen: ChosenOption) -> Answer:
    sure = of_choice(chosen.shares)
    answer = answer_of(context.view, context.plan, [chosen.draft], sure, None, "evidence")
    explanation = replace(
        answer.explanation,
        choice=ChoiceSummary(chosen.kind, chosen.shares),
        evidence=weighed(chosen.evidence),
    )
    return replace(answer, choice=chosen.index, explanation=explanation)
