"""Read what is told of an earlier day: "I bought a bicycle yesterday".

It is no event of its own day, but belongs to a list of things for which no time is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from egogpt.extraction.english_events import told_in
from egorag.aggregation.predicate import Predicate
from egorag.evidence.clauses import was_done
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import forms_of
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.events import Event

_CLIPS = 200  # that speak of the deed


def told_of_earlier(view: View, predicate: Predicate, verb: str) -> list[Event]:
    """The deeds of a predicate, by its verb, that are told of an earlier day."""
    if predicate.words or predicate.people or predicate.children:
        return []
    asked = predicate.several or (predicate.doer.lower(),)
    clips = view.by_id(view.search_text(sorted(forms_of(verb)), "clip", None, _CLIPS))
    names = {name.lower() for name in view.wearer_names()} | SELF
    units = (unit for clip in clips for unit in clip_units(view, clip))
    told = (event for unit in units for event in _told(unit, names))
    return [
        event
        for event in sorted(told, key=lambda event: event.span)
        if event.activity in predicate.activities and ("*" in asked or event.doer.lower() in asked)
    ]


def _told(unit: Unit, names: set[str]) -> Iterator[Event]:
    if unit.kind not in ("speech", "caption"):
        return
    who = unit.speaker or unit.wearer
    speaker = "" if who.lower() in names else who
    for deed in told_in(unit.what, told=unit.kind == "caption", earlier=True):
        if was_done(unit, [deed.verb]):
            yield Event(
                unit.span, deed.activity, (unit.clip_id,), unit.recording_id, deed.sentence,
                deed.kind, deed.verb, deed.object, deed.place, deed.people, deed.doer or speaker,
            )  # fmt: skip
