"""Tell what was said just before a statement: alone, "That's eleven sixty" answers nothing."""

from __future__ import annotations

from egorag.evidence.units import Unit
from memory.store.view import View
from memory.types.core import Span

BEFORE = 2  # lines that are read before one
PAUSE = 300.0  # seconds from line to line within one talk


def said_before(view: View, unit: Unit) -> list[tuple[str, str]]:
    """Who said what just before a unit of speech in its recording, in order of time."""
    if unit.kind != "speech":
        return []
    start = unit.span.start
    around = view.memories("clip", Span(start - BEFORE * PAUSE, start))
    clips = [memory.clip_id for memory in around if memory.recording_id == unit.recording_id]
    spoken = [said for clip_id in clips for said in view.utterances(clip_id)]
    earlier = sorted((one for one in spoken if one.span.start < start), key=lambda s: s.span.start)
    talk: list[tuple[str, str]] = []
    for said in reversed(earlier[-BEFORE:]):
        if start - said.span.start > PAUSE:
            break
        start = said.span.start
        talk.insert(0, (said.speaker, said.text))
    return talk
