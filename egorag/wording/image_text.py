"""How pictures that stand out are told of, where nothing else answers a question."""

from __future__ import annotations

from egogpt.text.directives import sanitize
from egorag.question.plan import Plan
from egorag.retrieval.image_retrieval import ImageHits, pictured_memories
from egorag.wording.draft import Draft
from egorag.wording.units_text import moment
from memory.store.view import View
from memory.types.core import Citation, Memory, Span
from memory.types.explanation import PictureMatch, PictureSearch
from memory.types.images import PictureHit

_TOLD = 2  # pictures that are told of
_APART = 120.0  # seconds: two pictures nearer than that likely show the same
_SHOWN = 5  # pictures in an explanation


def picture_drafts(view: View, plan: Plan, looked: ImageHits) -> list[Draft]:
    """The moments whose pictures stand out, as what may be meant: never as an answer."""
    if plan.about_anything:
        return []
    chosen: list[PictureHit] = []
    memories = pictured_memories(view, {hit.clip_id for hit in looked.clear})
    for hit in looked.clear:
        near = any(abs(hit.at - other.at) < _APART for other in chosen)
        if hit.clip_id in memories and not near and len(chosen) < _TOLD:
            chosen.append(hit)
    return [_draft(plan, hit, memories[hit.clip_id]) for hit in chosen]


def _draft(plan: Plan, hit: PictureHit, memory: Memory) -> Draft:
    what = sanitize(" ".join(plan.required))
    span = Span(hit.at, max(hit.at, min(hit.at + 1.0, memory.span.end)))
    when = moment(hit.at, plan)
    said = plan.language.say("pictured", when=when)
    return Draft(said, (Citation(memory.recording_id, span, f"a picture that may show: {what}"),))


def picture_search(note: str, looked: ImageHits) -> PictureSearch:
    """How pictures were searched and which came nearest, for an explanation."""
    found = tuple(
        PictureMatch(hit.clip_id, hit.at, round(hit.cosine, 4), round(looked.clearness(hit), 3))
        for hit in list(looked.by_clip().values())[:_SHOWN]
    )
    return PictureSearch(note, found or None)
