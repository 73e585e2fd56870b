"""One occasion as a sentence with its moment, cited to its clip."""

from __future__ import annotations

from egorag.evidence.units import Unit, UnitKind
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.types.events import Event

TOLD = 0.9  # the confidence of what was not only said: see ingest.derived.events
_SHORT = 200  # characters of a quotation


def occasion_draft(event: Event, local: LocalTime) -> Draft:
    """What was told of an occasion, and when."""
    speaker = event.doer or "me"
    kind: UnitKind = "speech" if event.confidence < TOLD else "caption"
    clip, quote = event.clip_ids[0], _shown(event.quote)
    unit = Unit(event.recording_id, clip, event.span, kind, quote, speaker)
    return Draft(statement([unit], local), (unit.citation(),))


def _shown(quote: str) -> str:
    return quote if len(quote) <= _SHORT else f"{quote[: _SHORT - 1].rsplit(' ', 1)[0]}…"
