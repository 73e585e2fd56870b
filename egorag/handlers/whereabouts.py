"""Handle where the wearer was: the rooms and places that were recognised in a time, in order."""

from __future__ import annotations

import re

from egorag.evidence.units import Unit, join_views
from egorag.question.plan import Plan
from egorag.question.time_windows import bounds
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.store.view import View

_ASKED = re.compile(
    r"^(?:where|(?:in |at )?(?:what|which) (?:room|place)s?) (?:was|were|have|had|am|are) (?:i|we)"
    r"(?: been)?(?: in| at)?[?. ]*$",
    re.IGNORECASE,
)
_CLIPS = 3000  # the latest that are read
_SHOWN = 8


def asks_whereabouts(plan: Plan) -> bool:
    """Whether it asks where the wearer was, and nothing more."""
    return _ASKED.match(plan.query) is not None


def places_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: a sentence for each of the latest places; empty where none was recognised."""
    units = join_views(
        Unit(clip.recording_id, clip.clip_id, seen.span, "place", seen.what)
        for span in bounds(view, plan)
        for clip in view.memories("clip", span)[-_CLIPS:]
        for seen in view.sightings(clip.clip_id)
        if seen.kind == "place" and (span is None or seen.span.overlaps(span))
    )
    return [Draft(statement([unit], plan), (unit.citation(),)) for unit in units[-_SHOWN:]]
