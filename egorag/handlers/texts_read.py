"""Handle "What did I read?": what was told to be read, and text that the wearer faced for seconds.

Text in view is no reading by itself: signs are passed, and watermarks stand in every picture. Which
formulas stood on a whiteboard is another question: all that were read are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from egogpt.extraction.english_activities import catalogue
from egorag.evidence.units import Unit
from egorag.generation.answers import abstention
from egorag.handlers.context import Context
from egorag.language.verbs import forms_of
from egorag.question.plan import Plan, bounds
from egorag.wording.abstention import not_shown
from egorag.wording.draft import Draft, quote
from memory.store.view import View
from memory.types.core import Answer, Memory, Sighting, Span
from memory.types.events import EventFilter

_FACED = 2.0  # seconds for which text is faced before it counts
_CENTRE = 0.3  # of the picture's width and height, either side of its middle
_ALWAYS = 0.9  # of a recording: what is in view for so long of it is burnt in
_SHORT = 5.0  # seconds of a recording of which nothing can be said to be always in view
_SHOWN = 8
_CLIPS = 3000
_FORMULA = re.compile(r"\$[^$\s]+(?: [^$\s]+)+\$")  # as ``ingest.vision.formulas`` writes them


def asks_what_was_read(plan: Plan) -> bool:
    """Whether it asks what was read, or stood written on a screen, and nothing more."""
    terms = set(plan.terms)
    read = "read" in terms and terms <= forms_of("read") and set(plan.required) <= {"read"}
    return read or ("written" in terms and terms <= {"written", "screen", "display"})


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: a sentence each for the latest texts, or that there are none.

    Where none is known, "did I read?" is searched for: other words may tell of it.
    """
    view, plan = context.rows, context.plan
    units = [unit for span in bounds(view, plan) for unit in _read(view, span)][-_SHOWN:]
    for unit in units:
        yield quote(unit, plan)
    if not units and plan.kind != "yes_no":
        yield abstention(plan, context.coverage, not_shown(plan), None)


def asks_for_formulas(plan: Plan) -> bool:
    """Whether it asks which formula or equation was written somewhere, and nothing more."""
    return plan.language.pattern("question", "formula").match(plan.query.lower()) is not None


def formulas(context: Context) -> Iterator[Draft]:
    """Handler: a sentence each for the latest formulas in view; nothing where none was read."""
    view, plan = context.rows, context.plan
    units = [
        _unit(clip, seen)
        for span in bounds(view, plan)
        for clip in view.memories("clip", span)[-_CLIPS:]
        for seen in view.sightings(clip.clip_id)
        if is_formula(seen) and (span is None or seen.span.overlaps(span))
    ]
    latest = {unit.what: unit for unit in sorted(units, key=lambda unit: unit.span)}
    for unit in sorted(latest.values(), key=lambda unit: unit.span)[-_SHOWN:]:
        yield quote(unit, plan)


def is_formula(seen: Sighting) -> bool:
    """Whether text in view is a formula, LaTeX between dollar signs."""
    return seen.kind == "text" and _FORMULA.fullmatch(seen.what) is not None


def _read(view: View, span: Span | None) -> list[Unit]:
    spans = (span,) if span else ()
    kinds = tuple({phrase.activity for phrase in catalogue().phrases["read"]})
    units = [
        Unit(event.recording_id, event.clip_ids[0], event.span, "caption", event.quote)
        for event in view.events(EventFilter(activities=kinds, spans=spans))
        if event.activity == "reading" or event.verb == "read"
    ]
    for clip in view.memories("clip", span)[-_CLIPS:]:
        for seen in view.sightings(clip.clip_id):
            inside = span is None or seen.span.overlaps(span)
            if seen.kind == "text" and inside and _faced(view, clip, seen):
                units.append(_unit(clip, seen))
    return sorted(units, key=lambda unit: unit.span)


def _unit(clip: Memory, seen: Sighting) -> Unit:
    return Unit(clip.recording_id, clip.clip_id, seen.span, "text", seen.what)


def _faced(view: View, clip: Memory, seen: Sighting) -> bool:
    """Whether it stood in the middle of the view for seconds, but not all of the recording."""
    recording = view.recording(clip.recording_id)
    whole = recording.duration if recording else 0.0
    burnt_in = whole >= _SHORT and seen.span.duration >= _ALWAYS * min(whole, clip.span.duration)
    return seen.span.duration >= _FACED and _is_central(seen) and not (burnt_in and seen.box)


def _is_central(seen: Sighting) -> bool:
    if seen.box is None:
        return True
    left, top, right, bottom = seen.box
    return abs((left + right) / 2 - 0.5) <= _CENTRE and abs((top + bottom) / 2 - 0.5) <= _CENTRE
