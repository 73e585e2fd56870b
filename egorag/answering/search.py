"""What rounds of retrieval answer; else that nothing shows it, and what comes nearest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from egorag.answering.nearby_findings import explain_alias, nearby_findings
from egorag.answering.rounds import Round, answering, search, with_rounds
from egorag.answering.visual_recheck import look_again, needs_recheck, recheck_drafts, recheck_note
from egorag.evidence.confidence import of_findings
from egorag.generation.answers import abstention, answer_of
from egorag.generation.extractive import extractive_answer, nearest
from egorag.generation.model_answer import write_answer
from egorag.handlers.context import Context
from egorag.wording.abstention import not_shown
from egorag.wording.draft import Draft
from egorag.wording.image_text import picture_drafts
from memory.types.core import Answer, Memory


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: always ends with an Answer."""
    if context.counted is not None:  # of others, where nothing was counted: it may be told
        context = replace(context, plan=replace(context.plan, kind="lookup"))
    plan = context.plan
    rounds = search(plan, partial(context.tools.searcher.find, context.view))
    good, looked = answering(rounds), None
    if context.tools.look is not None and (good is None or needs_recheck(plan, good.found)):
        again, looked = _recheck(context, good or rounds[0])
        rounds = (*rounds, again) if again else rounds
        good = again or good
    if good is None:
        yield _not_found(context, rounds, looked or ())
        return
    for step in _answer_from(context, good, looked):
        plain = isinstance(step, Answer) and step.explanation.rounds is None
        yield with_rounds(step, rounds) if isinstance(step, Answer) and plain else step


def _not_found(context: Context, rounds: tuple[Round, ...], looked: Sequence[Memory]) -> Answer:
    view, plan, pictures = context.view, context.plan, context.tools.pictures
    beside = nearby_findings(plan, rounds)
    if pictures.sees:
        beside += picture_drafts(view, plan, pictures.look(view, plan))
    text = not_shown(plan) + recheck_note(plan, looked)
    outcome = abstention(plan, context.coverage, text, rounds[0].found, beside)
    return with_rounds(outcome, rounds)


def _recheck(context: Context, made: Round) -> tuple[Round | None, tuple[Memory, ...]]:
    if context.tools.look is None:
        return None, ()
    judge = partial(context.tools.searcher.judged, context.view)
    return look_again(context.view, made, context.tools.look, judge)


def _answer_from(
    context: Context, made: Round, looked: Sequence[Memory] | None
) -> Iterator[Draft | Answer]:
    """The answer of a round; ``looked`` are the clips that were looked at again, if any were.

    Where a model doubts what was found, they are looked at now.
    """
    chat, plan, found = context.tools.chat, made.plan, made.found
    written = yield from write_answer(chat, plan, found)
    if written.doubted:
        yield from _doubted(context, made, looked)
        return
    added = extractive_answer(plan, found.scored, found.units, written.drafts)
    if made.bridge is not None:
        added += explain_alias(made)
    if looked:
        added += recheck_drafts(made, looked)
    yield from added
    model = chat.name if chat and written.drafts else "extractive"
    sure = of_findings(found, written.probability)
    yield answer_of(context.view, plan, [*written.drafts, *added], sure, found, model)


def _doubted(
    context: Context, made: Round, looked: Sequence[Memory] | None
) -> Iterator[Draft | Answer]:
    """What a look shows where a model doubts what was found; else what comes nearest."""
    again = None
    if looked is None:
        again, looked = _recheck(context, made)
    if again is not None:
        for step in _answer_from(context, again, looked):
            yield with_rounds(step, (made, again)) if isinstance(step, Answer) else step
        return
    text = not_shown(made.plan) + recheck_note(made.plan, looked)
    yield abstention(made.plan, context.coverage, text, made.found, nearest(made.plan, made.found))
