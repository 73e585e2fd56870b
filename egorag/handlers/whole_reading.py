"""The answer of a model that has read all of the time asked about, or the reason why it gives none.

Words decide first, as with any answer: where nothing in that time speaks of what is asked, nothing
is read. What the model says and the moments do not bear out is left out; where nothing is left,
the question is answered in the ordinary way.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import replace

from egogpt.protocols.chat import ChatError
from egorag.evidence.cards import evidence_cards
from egorag.evidence.confidence import of_findings
from egorag.generation.answers import answer_of
from egorag.generation.extractive import extractive_answer
from egorag.handlers.context import Context, Step
from egorag.long_context.reading import LongReading, supporting_units
from egorag.long_context.transcript import LongNotes
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from memory.types.explanation import ReadingSummary

_log = logging.getLogger(__name__)


def answer(context: Context) -> Iterator[Step]:
    """Handler: checked sentences as they come; before the Answer, what was read or why nothing."""
    view, plan, long = context.view, context.plan, context.tools.long
    assert long is not None  # see the registry
    if not plan.about_anything:
        yield evidence_cards(plan, context.tools.searcher.gather(view, plan))
    try:
        notes = long.draw(view, plan)
    except ChatError as error:
        yield ReadingSummary(note=str(error))
        return
    if isinstance(notes, str):
        yield ReadingSummary(why=notes)
        return
    findings = context.tools.searcher.judged(view, plan, supporting_units(plan, notes))
    if not findings.verdict.supported:
        reason = findings.verdict.reason
        yield ReadingSummary(why=f"It is not read as a whole: {reason}.")
        return
    drafts, trouble = yield from _written(long, plan, notes)
    report = long.report
    summary = ReadingSummary(
        long.name,
        notes.level,
        notes.tokens,
        None if report is None else report.method,
        None if report is None else report.new_tokens,
        trouble or notes.note or None,
    )
    if not drafts:
        why = "Nothing that the model wrote is borne out by what it read."
        yield replace(summary, why=why)
        return
    yield summary
    if not plan.about_anything:
        quoted = extractive_answer(plan, findings.scored, notes.units, drafts)
        yield from quoted
        drafts += quoted
    yield answer_of(view, plan, drafts, of_findings(findings), findings, long.name)


def _written(
    long: LongReading, plan: Plan, notes: LongNotes
) -> Generator[Draft, None, tuple[list[Draft], str]]:
    """What the model writes and the moments bear out, until it fails; and the error, if any."""
    drafts: list[Draft] = []
    try:
        for draft in long.write(plan, notes):
            drafts.append(draft)
            yield draft
    except ChatError as error:  # without its words, the evidence still answers
        _log.warning("a long text could not be read", exc_info=True)
        return drafts, str(error)
    return drafts, ""
