"""The lives that questions were promised to be answered from, written through the store.

The four recordings of the first promise may not be kept here: what ingest wrote of them is, as
each Whisper heard them (``heard_by_*.json``). Times in those files are seconds of the recording.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.demo.script import SCENES
from ingest.derived import events as happenings
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, Span, TimeSource, Utterance
from tests.egorag.lives import ZONE, at

HERE = Path(__file__).parent
FILMED = at("2026-03-03T10:31:00")  # a Tuesday
ASKED = at("2026-03-06T21:00:00")


class Told(NamedTuple):
    """What half a minute of the documented life holds."""

    start: str
    caption: str
    says: str = ""
    speaker: str = ""
    seen: tuple[tuple[str, str], ...] = ()


# What the questions of README.md and docs/ are about.
DOCUMENTED = (
    Told("2026-02-23T07:00:00", "I went for a run."),
    Told("2026-02-26T07:10:00", "I ran along the river."),
    Told("2026-03-02T18:40:00", "", "The concert is in the old mill.", "Anna"),
    Told("2026-03-03T09:00:00", "I see a red motorcycle in front of the bakery."),
    Told("2026-03-03T14:00:00", "I parked the car at the harbour."),
    Told("2026-03-03T14:01:00", "I bought a fishing rod."),
    Told("2026-03-04T11:00:00", "", "The rehearsal was cancelled.", "Anna"),
    Told("2026-03-05T12:00:00", "", "My sister Eve is here.", "Anna"),
    Told("2026-03-05T12:10:00", "", "Eve works at the lighthouse.", "Ben"),
    Told("2026-03-05T12:30:00", "", "Hello Eileen.", seen=(("face", "Eileen"),)),
    Told("2026-03-05T17:00:00", "", "Anna brought the flowers."),
    Told("2026-03-05T18:30:00", "Ada cooked a soup."),
    Told("2026-03-06T08:00:00", "I put the phone charger in the blue drawer."),
    Told("2026-03-06T09:00:00", "", "I'll bring Anna the mug tomorrow.", "Me"),
    Told("2026-03-06T09:30:00", "", "I have to call the dentist tomorrow.", "Me"),
    Told("2026-03-06T10:00:00", "I am with Anna.", seen=(("face", "Anna"),)),
    Told("2026-03-06T15:00:00", "My keys are on the kitchen shelf."),
)


def _recording(store: Store, name: str, start: float, spans: Sequence[Span]) -> list[Clip]:
    found = Recording(
        f"{name}-0123456789",
        (name.encode().hex() + "0" * 64)[:64],
        f"/v/{name}.mp4",
        start,
        ZONE,
        spans[-1].end - start,
        TimeSource.USER,
    )
    clips = [Clip(f"{found.id}-{n:04}", found.id, span) for n, span in enumerate(spans)]
    store.recordings.add(found, clips)
    return clips


def _recorded(store: Store, heard_by: str) -> None:
    """The four recordings as ingest wrote them."""
    for kept in json.loads((HERE / f"heard_by_{heard_by}.json").read_text(encoding="utf-8")):
        start = FILMED + kept["start"]

        def span(begin: float, end: float, start: float = start) -> Span:
            return Span(start + begin, start + end)

        spans = [span(*clip["span"]) for clip in kept["clips"]]
        for clip, held in zip(_recording(store, kept["name"], start, spans), kept["clips"]):
            said = [Utterance(span(a, b), text) for a, b, text in held["said"]]
            store.perceptions.write_utterances("speech", "1", {clip.id: said})
            store.perceptions.write_sightings(
                "sights", "1", {clip.id: [_seen(span, *s) for s in held["seen"]]}
            )
            store.memories.write_caption(clip, held["caption"], "composed", "caption", "1")


def _seen(
    span: Callable[[float, float], Span],
    kind: Any,
    what: str,
    start: float,
    end: float,
    confidence: float,
    count: int,
) -> Sighting:
    return Sighting(span(start, end), kind, what, confidence, None, count)


def heard_by_tiny(store: Store) -> None:
    """The four recordings, heard by the smallest Whisper."""
    _recorded(store, "whisper_tiny")


def heard_by_base(store: Store) -> None:
    """The four recordings, heard by the Whisper of the larger presets."""
    _recorded(store, "whisper_base")


def sample_day(store: Store) -> None:
    """What the demo films, as if all of it had been heard and seen."""
    for number, scene in enumerate(SCENES):
        start = at(f"2026-03-05T{scene.hour:02}:{scene.minute:02}:00")
        whole = Span(start, start + scene.seconds)
        (clip,) = _recording(store, f"scene-{number}", start, [whole])
        said = [Utterance(Span(start + a, start + a + 4), text) for a, text in _lines(scene.lines)]
        store.perceptions.write_utterances("speech", "1", {clip.id: said})
        cat = scene.picture == "chelsea.png"
        seen = [Sighting(whole, "object", "cat", 0.9)] if cat else []
        store.perceptions.write_sightings("sights", "1", {clip.id: seen})
        view = "I see a cat. " if cat else ""
        spoken = " ".join(one.text for one in said)
        store.memories.write_caption(
            clip, f'{view}Somebody says: "{spoken}"', "composed", "caption", "1"
        )


def _lines(lines: Sequence[Any]) -> list[tuple[float, str]]:
    return [(line.at, line.text) for line in lines]


def documented(store: Store) -> None:
    """A life in which the questions of README.md and docs/ have answers."""
    for number, told in enumerate(DOCUMENTED):
        whole = Span(at(told.start), at(told.start) + 30)
        (clip,) = _recording(store, f"part-{number}", whole.start, [whole])
        said = [Utterance(Span(whole.start + 2, whole.start + 8), told.says, told.speaker)]
        store.perceptions.write_utterances("speech", "1", {clip.id: said if told.says else []})
        seen = [Sighting(whole, kind, what, 0.9) for kind, what in told.seen]  # type: ignore[arg-type]
        seen += [Sighting(whole, "narration", told.caption, 1.0)] if told.caption else []
        store.perceptions.write_sightings("sights", "1", {clip.id: seen})
        spoken = f'{told.speaker or "Somebody"} says: "{told.says}"' if told.says else ""
        model = "captioner" if told.caption else "composed"
        store.memories.write_caption(clip, told.caption or spoken, model, "caption", "1")


WRITTEN = {
    write.__name__: write for write in (heard_by_tiny, heard_by_base, sample_day, documented)
}


def write(life: str) -> Callable[[Store], None]:
    """Writes the life of this name, with what is derived of it."""

    def written(store: Store) -> None:
        WRITTEN[life](store)
        happenings.rebuild(store)
        summaries.rebuild(store)

    return written
