"""Put what the answer before rests on first where a question points back to it: "And why?"."""

from __future__ import annotations

from collections.abc import Sequence

from memory.store.view import View
from memory.types.core import Citation, Evidence, Memory, Span

_BESIDE = 90.0  # seconds in which a conversation goes on
_LONGEST = 600.0  # seconds of a moment that are read again
_MOST = 5  # moments that are read again


def recalled_first(
    view: View, evidence: Sequence[Evidence], recalled: Sequence[Citation]
) -> list[Evidence]:
    """The evidence with the ``recalled`` clips at its head, and what was said just before and
    after the first of them, also where they were not found."""
    if not recalled:
        return list(evidence)
    best = max((item.score for item in evidence), default=1.0) or 1.0
    by_id = {item.memory.id: item for item in evidence}
    clips: dict[int, Memory] = {}
    for at, cited in enumerate(recalled[:_MOST]):
        room = _BESIDE if at == 0 else 0.0
        end = min(cited.span.end, cited.span.start + _LONGEST)
        around = Span(cited.span.start - room, end + room)
        for memory in view.memories("clip", around):
            if memory.recording_id == cited.recording_id:
                clips.setdefault(memory.id, memory)
    first = [
        Evidence(memory, best, by_id[key].why if key in by_id else {"recalled": best})
        for key, memory in clips.items()
    ]
    return [*first, *(item for item in evidence if item.memory.id not in clips)]
