"""One sentence about what of a recording could not be read: never silence, never alarm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ingest.probe.probe_types import Probe
from memory.types.core import Damage, Recording
from memory.types.messages import UserMessage, sentences
from memory.types.timezones import zone

_WORTH_TELLING = 0.5  # seconds: a single broken picture is nobody's loss
_MOST = 4  # stretches that are named one by one


def wholeness(recording: Recording, probe: Probe, damage: Sequence[Damage]) -> tuple[str, bool]:
    """What to tell the person (or nothing), and whether all of the recording could be read."""
    notes = [probe.note]
    for what, key in (
        ("picture", "ingest.unreadable-spans"),
        ("sound", "ingest.silent-spans"),
    ):
        spans = [one.span for one in damage if one.what == what]
        told = [span for span in spans if span.duration >= _WORTH_TELLING]
        if told:
            shown = ", ".join(_clock(recording, s.start, s.end) for s in told[:_MOST])
            if more := len(told[_MOST:]):
                shown = UserMessage("ingest.more-spans", spans=shown, n=more)
            notes.append(UserMessage(key, spans=shown))
    whole = not probe.partial and len([note for note in notes[1:] if note]) == 0
    return sentences(notes), whole


def _clock(recording: Recording, start: float, end: float) -> str:
    local = zone(recording.timezone)
    begin, finish = (datetime.fromtimestamp(at, local) for at in (start, end))
    return f"{begin:%H:%M:%S}–{finish:%H:%M:%S}"
