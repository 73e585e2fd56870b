"""A home of talks with real files: two voices with names, two places, two devices, no models."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from egogpt.registry import load_captioner
from ingest.derived import events as happenings
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Observation, RecordingState, Span, Utterance
from tests.app.homes import MORNING, Line, remember
from tests.memory.crowds import Met, meet

MARIA, ANNA = 0.0, 90.0  # the angles of their voices
TALKS = (
    (MARIA, "The concert is on Friday in the old theatre."),
    (ANNA, "The concert was moved to Sunday, they say."),
    (MARIA, "I left my umbrella at the bakery."),
    (MARIA, "We will meet at the market on Monday."),
)
BOILER = "The boiler makes a noise again."  # Tom's, in a transcript that names him
CONCERT = "What was said about the concert?"
EVENING = MORNING + 9 * 3600  # 18:30


def talks(store: Store) -> list[Clip]:
    """A morning with Maria and Anna, and an evening with another camera. Returns the clips."""
    morning = remember(store, "morning", MORNING, [Line("x") for _ in TALKS])
    evening = remember(store, "evening", EVENING, [Line(f"I read a red book. {BOILER}")])
    store.recordings.update(replace(morning, device="cam-1", state=RecordingState.READY))
    store.recordings.update(replace(evening, device="cam-2", state=RecordingState.READY))
    (late,) = store.recordings.clips(evening.id)
    store.perceptions.write_utterances(
        "speech", "1", {late.id: [Utterance(moment(late), BOILER, "Tom")]}
    )
    captioner, made = load_captioner("composed"), store.recordings.clips(morning.id)
    for clip, (angle, words) in zip(made, TALKS, strict=True):
        meet(store, clip, Met(angle, 4, 9, kind="voice", says=words))
    store.people.assign([clip.id for clip in made])
    for clip, name in ((made[0], "Maria"), (made[1], "Anna")):
        (voice,) = store.perceptions.prints(clip.id)
        store.people.name(voice.person_id, name)
    for clip in made:
        seen = Observation(
            clip,
            tuple(store.perceptions.utterances(clip.id)),
            tuple(store.perceptions.sightings(clip.id)),
        )
        store.memories.write_caption(clip, captioner.caption(seen), captioner.name, "caption", "1")
    happenings.rebuild(store)
    summaries.rebuild(store)
    return [*made, *store.recordings.clips(evening.id)]


def make_home(place: Path) -> None:
    """A folder with a home of the talks and its films."""
    store = Store.open(place / "home")
    talks(store)
    store.close()


def moment(clip: Clip) -> Span:
    """Where somebody speaks in a clip."""
    return Span(clip.span.start + 4, clip.span.start + 9)


def asked(
    client: TestClient, question: str, deeper: bool = False, **scope: object
) -> dict[str, Any]:
    """The last event of a streamed answer."""
    body = {"question": question, "scope": scope, "deeper": deeper}
    with client.stream("POST", "/api/ask/stream", json=body) as reply:
        assert reply.status_code == 200, reply.read()
        events = [json.loads(line) for line in reply.iter_lines()]
    assert events[-1]["kind"] == "answer", events
    shown = next((one["cards"] for one in events if one["kind"] == "evidence"), [])
    return events[-1] | {"pieces": "".join(e.get("text", "") for e in events[:-1]), "first": shown}
