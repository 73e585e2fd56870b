"""A small life written through the store: a talk, a phone on the stairs, a novel."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from zoneinfo import ZoneInfo

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.text.caption_terms import HOLDING
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Memory, Recording, Sighting, Span, TimeSource, Utterance
from memory.types.images import KeptPicture

ZONE = "Europe/Berlin"


def at(text: str) -> float:
    """Seconds UTC of an ISO time on the wall clock of the life."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


TALK = at("2026-03-03T10:31:00")  # a Tuesday
STAIRS = at("2026-03-03T18:20:00")
NOVEL = at("2026-03-04T09:00:00")
ASKED = at("2026-03-04T21:00:00")


def record(store: Store, name: str, start: float, clips: int) -> list[Clip]:
    """A recording of ``clips`` half minutes without any content yet."""
    found = f"{name}-0123456789"
    made = [
        Clip(f"{found}-{n:04}", found, Span(start + 30 * n, start + 30 * n + 30))
        for n in range(clips)
    ]
    sha256 = (name.encode().hex() + "0" * 64)[:64]
    source = TimeSource.USER
    store.recordings.add(
        Recording(found, sha256, f"/v/{name}.mp4", start, ZONE, 30.0 * clips, source), made
    )
    return made


def perceive(
    store: Store,
    clip: Clip,
    caption: str,
    said: Sequence[tuple[float, float, str]] = (),
    seen: Sequence[tuple[str, str, float, float]] = (),
) -> None:
    """Stores speech (from, to, text) and sightings (kind, what, from, to), in seconds."""
    start = clip.span.start
    speech = [Utterance(Span(start + a, start + b), text) for a, b, text in said]
    sights = [
        Sighting(Span(start + a, start + b), kind, what, 0.8)  # type: ignore[arg-type]
        for kind, what, a, b in seen
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: speech})
    store.perceptions.write_sightings("sights", "1", {clip.id: sights})
    store.memories.write_caption(clip, caption, "narrated", "caption", "1")


def picture(store: Store, clip: Memory, lens: PictureEmbedder, shows: str) -> None:
    """Keeps a picture 5 s into the clip, with the vector of what it ``shows``."""
    path = store.media.thumbnail_path(clip.recording_id, clip.clip_id, 0)
    store.media.write(path, b"a picture")
    at = clip.span.start + 5
    with store.database.transaction() as db:
        db.conn.execute("INSERT INTO thumbnail VALUES (?, 0, ?, ?)", [clip.clip_id, at, path])
    kept = KeptPicture(clip.clip_id, 0, at, path)
    store.pictures.put(lens.name, [kept], lens.embed_documents([shows]))


def _talk(store: Store) -> None:
    (clip,) = record(store, "talk", TALK, 1)
    perceive(
        store,
        clip,
        "I am with one person. I hear music. Somebody says: \"Everyone wonder what this pocket's "
        "for? I've always wondered that. Well now we know, because this is the new iPod now.\"",
        [
            (2, 4.5, "Everyone wonder what this pocket's for?"),
            (4.8, 6.5, "I've always wondered that."),
            (7, 11, "Well now we know, because this is the new iPod now."),
        ],
        [("object", "person", 0, 17), ("sound", "music", 12, 17)],
    )


def _stairs(store: Store) -> None:
    first, second, third = record(store, "stairs", STAIRS, 3)
    perceive(
        store,
        first,
        "I hold and use a cell phone. I see a potted plant.",
        seen=[
            ("object", "cell phone", 12, 30),
            ("hand", f"{HOLDING}cell phone", 14, 30),
            ("object", "potted plant", 0, 8),
        ],
    )
    perceive(
        store,
        second,
        "I hold and use a cell phone. Maybe a bannister.",
        seen=[
            ("object", "cell phone", 0, 10),
            ("hand", f"{HOLDING}cell phone", 0, 9),
            ("tag", "bannister", 15, 30),
        ],
    )
    perceive(
        store,
        third,
        'Maybe a bannister. I read "EXIT".',
        seen=[("tag", "bannister", 0, 6), ("text", "EXIT", 10, 14)],
    )


def _novel(store: Store) -> None:
    first, second = record(store, "novel", NOVEL, 2)
    perceive(
        store,
        first,
        'Somebody says: "It was the best of times, it was the worst of times, it was the age of '
        "wisdom, it was the age of foolishness, it was the season of light, it was the season of "
        'darkness,"',
        [
            (1, 6, "It was the best of times, it was the worst of times,"),
            (6.5, 11, "it was the age of wisdom, it was the age of foolishness,"),
            (12, 19, "it was the season of light, it was the season of darkness,"),
        ],
    )
    perceive(
        store,
        second,
        'Somebody says: "I adopted a beagle yesterday. '
        'The dentist appointment moved to next Friday."',
        [
            (2, 5, "I adopted a beagle yesterday."),
            (6, 10, "The dentist appointment moved to next Friday."),
        ],
    )


def write_life(home: Path) -> Store:
    """The store of the life, summaries included."""
    return copied(write, home)


def copied(write: Callable[[Store], None], home: Path) -> Store:
    """A store at ``home`` as ``write`` leaves a new one; written once, and copied from then on."""
    shutil.copytree(_written(write), home, dirs_exist_ok=True)
    return Store.open(home)


@cache
def _written(write: Callable[[Store], None]) -> Path:
    place = mkdtemp(prefix="life-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    store = Store.open(Path(place) / "home")
    write(store)
    store.close()
    return store.home


def write(store: Store) -> None:
    _talk(store)
    _stairs(store)
    _novel(store)
    summaries.rebuild(store)
