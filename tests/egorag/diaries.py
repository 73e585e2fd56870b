"""A diary as an ordinary home: dated lines that the wearer told, read into events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ingest.derived import events as happenings
from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, Span, TimeSource

ZONE = "UTC"
LINES = (
    ("2025-01-05T08:00", "I ran in the park with Ada for 30 minutes."),
    ("2025-01-09T08:00", "I went for a jog."),
    ("2025-01-09T20:00", "I had pasta for dinner with Ben."),
    ("2025-02-02T08:00", "I did boxing."),
    ("2025-02-03T08:00", "I ran with Ada for 20 minutes."),
    ("2025-02-04T08:00", "I didn't run."),
    ("2025-02-05T08:00", "Cleo ran in the park."),
    ("2025-02-05T12:00", "I had soup for lunch."),
    ("2025-02-06T12:00", "I had pasta for lunch with Ada."),
    ("2025-03-01T10:00", "I put my keys in the blue bowl."),
    ("2025-03-02T10:00", "I left the keys on the windowsill."),
    ("2025-03-03T10:00", "Ben took the keys from the windowsill."),
    ("2025-03-04T10:00", "I talked to Ada for 10 minutes."),
    ("2025-03-04T11:00", "I talked to Ben for 10 minutes."),
    ("2025-03-05T10:00", "Ada and I went to Rome, Italy together for 3 days."),
    ("2025-03-06T10:00", "During my trip to Rome, Italy, I visited the Pantheon."),
    ("2025-03-07T10:00", "During my trip to Rome, Italy, I visited Trevi Fountain."),
)


def at(text: str) -> float:
    """Seconds UTC of an ISO time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


ASKED = at("2025-03-10T12:00")


def write_diary(home: Path, lines: Iterable[tuple[str, str]] = LINES) -> Store:
    """A store with one recording per line, and its events."""
    store = Store.open(home)
    for number, (moment, text) in enumerate(lines):
        name, span = f"d{number:03}", Span(at(moment), at(moment) + 30)
        clip = Clip(f"{name}-0", name, span)
        recording = Recording(
            name, name * 9, f"/v/{name}.jsonl", span.start, ZONE, 30.0, TimeSource.USER,
            kind="import",
        )  # fmt: skip
        told = {clip.id: [Sighting(span, "narration", text, 1.0)]}
        store.import_clips(recording, [clip], {}, told, {clip.id: text})
    happenings.rebuild(store)
    return store
