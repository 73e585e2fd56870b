"""Who was there? Where only a time is named, everybody who was heard or seen then, one by one.

Searching would show a few remarks and leave out who made the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from egogpt.sighting_words import FACE
from egorag.draft import MOST, Draft
from egorag.plan import Plan
from egorag.units import Unit, clip_units
from egorag.windows import bounds
from egorag.wording import moment
from memory.types import Citation
from memory.view import View

_CLIPS = 2000  # about a day of recording: of more, not everybody could be told
_MEETING = frozenset("present meet met see saw seen people person persons".split())
_SHOWN = 12


@dataclass(slots=True)
class Met:
    """How often somebody was heard and seen, and the first moments of it."""

    name: str
    first: float
    heard: int = 0
    seen: int = 0
    citations: list[Citation] = field(default_factory=list)


def company_answer(view: View, plan: Plan) -> list[Draft]:
    """A sentence for each person with a name; empty where more than presence is asked about."""
    if plan.kind != "who" or plan.time is None or not set(plan.terms) <= _MEETING:
        return []
    if view.count_clips(plan.time.span) > _CLIPS:
        return []
    met: dict[str, Met] = {}
    for name, unit in _named(view, plan):
        known = met.setdefault(name, Met(name, unit.span.start))
        known.heard += unit.kind == "speech"
        known.seen += unit.kind == "face"
        if len(known.citations) < MOST:
            known.citations.append(unit.citation())
    most = sorted(met.values(), key=lambda one: (-one.heard - one.seen, one.first))[:_SHOWN]
    return [Draft(_sentence(one, plan), tuple(one.citations)) for one in most]


def _named(view: View, plan: Plan) -> Iterator[tuple[str, Unit]]:
    for span in bounds(view, plan):
        for memory in view.memories("clip", span):
            for unit in clip_units(view, memory):
                if unit.kind == "speech" and unit.speaker:
                    yield unit.speaker, unit
                elif unit.kind == "face" and unit.what != FACE:
                    yield unit.what, unit


def _sentence(one: Met, plan: Plan) -> str:
    counted = (("heard", one.heard), ("seen", one.seen))
    how = " and ".join(f"{verb} {_times(count)}" for verb, count in counted if count)
    first = moment(one.first, plan.local)
    return f"{one.name} was {how}, first {first[0].lower()}{first[1:]}."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
