"""Handle where the wearer was: the rooms and places that were recognised in a time, in order.

What is asked of a place ("who was in the kitchen?") is asked of the time of the latest stay there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from egorag.evidence.units import Unit
from egorag.handlers.context import Context
from egorag.question.plan import Plan, plan_of
from egorag.question.time_windows import bounds
from egorag.time.calendar.time_reference import TimeReference
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.store.view import View
from memory.types.core import Memory, Span

_ASKED = re.compile(
    r"^(?:where|(?:in |at )?(?:what|which) (?:room|place)s?) (?:was|were|have|had|am|are) (?:i|we)"
    r"(?: been)?(?: in| at)?[?. ]*$",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"^(?:what|who|how many)\b.*?"
    r"(?P<there> (?:in|at|on) (?:the|a|an|my|our) (?P<place>[a-z ]+?))(?: with (?:me|us))?[? ]*$",
    re.IGNORECASE,
)
_CLIPS = 3000  # the latest that are read
_SHOWN = 8
_UNSEEN = 120.0  # seconds in which a room need not be recognised by what is in view


def asks_whereabouts(plan: Plan) -> bool:
    """Whether it asks where the wearer was, and nothing more."""
    return _ASKED.match(plan.query) is not None


def asks_of_place(plan: Plan) -> bool:
    """Whether it asks what or who was in a place."""
    return _THERE.match(plan.query) is not None


def places_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: a sentence for each of the latest places; empty where none was recognised."""
    stays = [
        stay
        for span in bounds(view, plan)
        for stay in _stays(view, view.memories("clip", span)[-_CLIPS:], span)
    ]
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in stays[-_SHOWN:]]


def time_there(context: Context) -> Iterator[Plan]:
    """Handler: the plan of a question about a place, for the time of the latest stay there."""
    plan, view, asked = context.plan, context.view, _THERE.match(context.plan.query)
    if asked is None:
        return
    rest = plan_of(plan.query.replace(asked["there"], ""), plan.local)
    if rest.required not in ((), ("person",)):
        return
    place = asked["place"].lower()
    span = plan.time.span if plan.time else None
    told = view.by_id(view.search_text(place.split(), "clip", span))
    stays = [stay for stay in _stays(view, told, span) if stay.what == place]
    if stays:
        yield replace(rest, text=plan.text, time=TimeReference(stays[-1].span, "", exact=True))


def _stays(view: View, clips: Sequence[Memory], span: Span | None) -> list[Unit]:
    """The places that were recognised in clips, in order, as far as they lie in a time.

    A room that is recognised again soon, and no other between, was not left.
    """
    seen = [
        Unit(clip.recording_id, clip.clip_id, sighting.span, "place", sighting.what)
        for clip in clips
        for sighting in view.sightings(clip.clip_id)
        if sighting.kind == "place" and (span is None or sighting.span.overlaps(span))
    ]
    stays: list[Unit] = []
    for unit in sorted(seen, key=lambda unit: unit.span):
        last = stays[-1] if stays else unit
        same = (last.recording_id, last.what) == (unit.recording_id, unit.what)
        if stays and same and unit.span.start - last.span.end <= _UNSEEN:
            stays[-1] = replace(last, span=Span(last.span.start, unit.span.end))
        else:
            stays.append(unit)
    return stays
