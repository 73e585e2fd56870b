"""Tell what was said just before a statement: alone, "That's eleven sixty" answers nothing."""

from __future__ import annotations

from collections.abc import Sequence

from egorag.answerability.statement_reader import Said
from egorag.evidence.units import Unit
from memory.store.view import View
from memory.types.core import Span

BEFORE = 2  # lines that are read before one
PAUSE = 300.0  # seconds from line to line within one talk


def said_before(view: View, unit: Unit) -> list[Said]:
    """Who said what just before a unit of speech in its recording, in order of time."""
    if unit.kind != "speech":
        return []
    start = unit.span.start
    around = view.memories("clip", Span(start - BEFORE * PAUSE, start))
    clips = [memory.clip_id for memory in around if memory.recording_id == unit.recording_id]
    spoken = [said for clip_id in clips for said in view.utterances(clip_id)]
    lines = [(said.span.start, (said.speaker, said.text)) for said in spoken]
    return of_one_talk(sorted(line for line in lines if line[0] < start), start)


def of_one_talk(earlier: Sequence[tuple[float, Said]], start: float) -> list[Said]:
    """The last of earlier lines (seconds, who says what) that are of one talk with what begins at
    ``start``."""
    talk: list[Said] = []
    for at, said in reversed(earlier[-BEFORE:]):
        if start - at > PAUSE:
            break
        start = at
        talk.insert(0, said)
    return talk
