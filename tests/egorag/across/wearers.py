"""Small lives of several wearers, each a home of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ingest.derived import events as happenings
from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, Span, TimeSource, Utterance
from tests.egorag.diaries import ZONE, at

Lines = Iterable[tuple[str, str]]
DAY = "2026-03-03T"
ASKED = at("2026-03-04T10:00")
JAKE = (
    (f"{DAY}10:00", "I ate pizza with Alice in the kitchen."),
    (f"{DAY}11:00", "I walked the dog in the park."),
)
ALICE = (
    (f"{DAY}10:00", "I ate pizza with Jake in the kitchen."),
    (f"{DAY}12:00", "I put the scissors in the blue drawer."),
    (f"{DAY}13:00", "I watched a film about whales with Bob in the cinema."),
)


def write_home(home: Path, wearer: str, lines: Lines) -> Store:
    """A home with one recording a line, told by its wearer, and the events in it."""
    store = Store.open(home)
    for number, (moment, text) in enumerate(lines):
        name, span = f"{wearer}-film-{number}", Span(at(moment), at(moment) + 30)
        clip = Clip(f"{name}-0", name, span)
        recording = Recording(
            name, f"{wearer}{number}".encode().hex().ljust(64, "0"), f"/v/{name}.jsonl",
            span.start, ZONE, 30.0, TimeSource.USER, kind="import",
        )  # fmt: skip
        told = {clip.id: [Sighting(span, "narration", text, 1.0)]}
        store.import_clips(recording, [clip], {}, told, {clip.id: text})
    happenings.rebuild(store)
    return store


def write_spoken(
    home: Path, wearer: str, lines: Iterable[tuple[str, str, str]], kind: str = "video"
) -> Store:
    """A home with one recording a line that somebody says: when, who, what."""
    store = Store.open(home)
    for number, (moment, speaker, text) in enumerate(lines):
        name, span = f"{wearer}-talk-{number}", Span(at(moment), at(moment) + 30)
        clip = Clip(f"{name}-0", name, span)
        recording = Recording(
            name, f"{wearer}{number}".encode().hex().ljust(64, "1"), f"/v/{name}.mp4",
            span.start, ZONE, 30.0, TimeSource.USER, kind="import",
        )  # fmt: skip
        said = {clip.id: [Utterance(span, text, speaker)]}
        caption = f'{speaker or "Somebody"} said: "{text}"'
        store.import_clips(recording, [clip], said, {}, {clip.id: caption})
        store.recordings.update(replace(recording, kind=kind))
    happenings.rebuild(store)
    return store
