"""The answer of a model that has read all of the time asked about, or the reason why it gives none.

Words decide first, as with any answer: where nothing in that time speaks of what is asked, nothing
is read. What the model says and the moments do not bear out is left out; where nothing is left,
the question is answered in the ordinary way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from typing import Any

from egogpt.protocols.chat import ChatError
from egorag.evidence.findings import Findings, confidence
from egorag.evidence.units import Unit
from egorag.generation.answers import answer_of
from egorag.generation.extractive import extractive_answer
from egorag.long_context.reading import LongReading, supporting_units
from egorag.long_context.transcript import LongNotes
from egorag.question.plan import Plan
from egorag.wording.draft import Draft
from memory.store.view import View
from memory.types.core import Answer

_log = logging.getLogger(__name__)
Judge = Callable[[View, Plan, Sequence[Unit]], Findings]


def read_whole(
    long: LongReading | None, view: View, plan: Plan, judge: Judge, told: dict[str, Any]
) -> Generator[Draft | Answer, None, bool]:
    """Checked sentences as they come, then the answer that holds them all.

    Args:
        long: Reads; nothing does where it is None.
        view: What may be known.
        plan: The question.
        judge: Says whether some units speak of it.
        told: Is filled, for an explanation, with what was read, or why nothing was ("why"), and
            with what a person must know of it ("note").

    Returns:
        Whether it answered; else nothing was said, and others may.
    """
    if long is None or not long.suits(plan):
        return False
    try:
        notes = long.draw(view, plan)
    except ChatError as error:
        told["note"] = str(error)
        return False
    if isinstance(notes, str):
        told["why"] = notes
        return False
    found = judge(view, plan, supporting_units(plan, notes))
    if not found.verdict.supported:
        told["why"] = f"It is not read as a whole: {found.verdict.reason}."
        return False
    told |= {"model": long.name, "level": notes.level, "tokens": notes.tokens}
    drafts = yield from _written(long, plan, notes, told)
    if not drafts:
        told.setdefault("why", "Nothing that the model wrote is borne out by what it read.")
        return False
    if not plan.about_anything:
        quoted = extractive_answer(plan, found.scored, notes.units, drafts)
        yield from quoted
        drafts += quoted
    yield answer_of(view, plan, drafts, confidence(found, None), found, long.name)
    return True


def _written(
    long: LongReading, plan: Plan, notes: LongNotes, told: dict[str, Any]
) -> Generator[Draft, None, list[Draft]]:
    """What the model writes and the moments bear out; where it fails, what came until then."""
    if notes.note:
        told["note"] = notes.note
    drafts: list[Draft] = []
    try:
        for draft in long.write(plan, notes):
            drafts.append(draft)
            yield draft
    except ChatError as error:  # without its words, the evidence still answers
        _log.warning("a long text could not be read", exc_info=True)
        told["note"] = str(error)
    return drafts
