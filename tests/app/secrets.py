"""A home that holds its own files, with a secret planted in the middle minute of one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.derived import events as happenings
from memory.db.media_files import Storyboard, Thumbnail
from memory.db.row_mapping import print_id
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import (
    BiometricPrint,
    Clip,
    Recording,
    RecordingState,
    Sighting,
    Span,
    TimeSource,
    Utterance,
)
from memory.types.images import KeptPicture
from memory.types.jobs import JobState
from memory.types.paths import sha256_of
from tests.app.homes import MORNING, Restored, jpeg
from tests.media import make_video, scene, tone

PHRASE = "Zanzibarlampe"
HALVES = 6
SECRET = Span(MORNING + 60, MORNING + 120)  # the third and the fourth half-minute
FACE = np.linspace(-1, 1, 128, dtype=np.float32)
PICTURE = jpeg(scene(77, 320, 180))


class SecretHome(Restored):
    """A home with the secret, made once and put back for each test where its rows say it is."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, self._make)

    def _make(self, home: Path) -> None:
        self.recording = secret_home(home)


def secret_home(home: Path) -> Recording:
    """Makes the home and closes it again."""
    store = Store.open(home)
    path = store.media.uploads / "morning.mp4"
    make_video(
        path, [scene(n, 96, 64) for n in range(HALVES)], seconds=30 * HALVES, fps=2, gop=4,
        audio=tone(30.0 * HALVES, 330, 0.1), faststart=True,
    )  # fmt: skip
    recording = _add(store, path, MORNING, HALVES)
    other = store.media.uploads / f"{PHRASE} party.mp4"
    make_video(other, [scene(50, 96, 64)], seconds=30, fps=2, gop=4)
    _add(store, other, SECRET.start + 5, 1)
    happenings.rebuild(store)
    summaries.rebuild(store)
    for memory_id, text in store.vectors.missing("tiny", 1000):
        store.vectors.put("tiny", [memory_id], np.full((1, 8), len(text), np.float32))
    for name in (f"proxies/{recording.id}/proxy.mp4", f"proxies/{recording.id}/.proxy.webm",
                 "tmp/share-x.mp4", "tmp/keeping/abc/export.zip"):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(PHRASE.encode())
    kept = home / "tmp" / "gradio" / "ab" / "answer.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(f'{{"said": "{PHRASE.upper()}"}}')
    film = store.media.proxies / recording.id / "proxy.webm"  # as the player has it made
    film.parent.mkdir(parents=True, exist_ok=True)
    film.write_bytes(PICTURE + PHRASE.encode())
    store.close()
    return recording


def _add(store: Store, path: Path, start: float, halves: int) -> Recording:
    digest = sha256_of(path)
    recording = Recording(
        f"{path.stem.replace(' ', '_')}-{digest[:10]}", digest, str(path), start, "UTC",
        30.0 * halves, TimeSource.CONTAINER,
    )  # fmt: skip
    clips = [
        Clip(f"{recording.id}-{n:04}", recording.id, Span(start + 30 * n, start + 30 * (n + 1)))
        for n in range(halves)
    ]
    store.recordings.add(recording, clips)
    for number, clip in enumerate(clips):
        _fill(store, recording, clip, number)
    store.people.assign([clip.id for clip in clips])
    store.recordings.set_state(recording.id, RecordingState.READY)
    job = store.jobs.add(path, now=start)
    store.jobs.finish(
        job, JobState.DONE, f"{path.name}: done", recording_id=recording.id, seconds=30.0 * halves
    )
    return recording


def _fill(store: Store, recording: Recording, clip: Clip, number: int) -> None:
    secret = clip.span.overlaps(SECRET)
    said = f"I put the {PHRASE} into the cellar." if secret else f"I water plant number {number}."
    vector = FACE if secret else FACE[::-1].copy()
    face = BiometricPrint(
        print_id(clip.id, "face", 0), "face", clip.id, clip.span, vector, "dlib-resnet-v1"
    )
    seen = [
        Sighting(clip.span, "face", "face", 0.9, (0.1, 0.1, 0.3, 0.4), 1, face.id),
        Sighting(clip.span, "text", PHRASE if secret else f"No {number}", 0.9),
    ]
    picture = store.media.thumbnail_path(recording.id, clip.id, 0)
    store.media.write(picture, PICTURE if secret else jpeg(scene(number, 320, 180)))
    thumbnails = {clip.id: [Thumbnail(clip.span.start + 5, picture)]}
    store.perceptions.write_sightings("sights", "1", {clip.id: seen}, prints={clip.id: [face]})
    sheet = store.media.storyboard_path(recording.id, clip.id)
    store.media.write(sheet, PICTURE if secret else jpeg(scene(number, 320, 180)))
    boards = {clip.id: Storyboard(sheet, (clip.span.start + 5,), 4, 320, 180)}
    store.perceptions.write_pictures("pictures", "pictures-1", thumbnails, boards)
    spoken = Utterance(Span(clip.span.start + 4, clip.span.start + 12), said)
    store.perceptions.write_utterances("speech", "1", {clip.id: [spoken]})
    store.memories.write_caption(
        clip, f"{said} A sign reads {seen[1].what}.", "test", "caption", "1"
    )
    kept = KeptPicture(clip.id, 0, clip.span.start + 5, picture)
    store.pictures.put("tiny", [kept], np.full((1, 8), number + 0.5, np.float32))


def everything(home: Path) -> dict[str, bytes]:
    """Every file of a home by its path in it, and what it holds."""
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def traces(home: Path) -> list[str]:
    """Where the secret is: its words, its face, its picture, or its name."""
    found = []
    for name, content in everything(home).items():
        small = content.lower()
        words = (PHRASE.lower().encode(), PHRASE.lower().encode("utf-16-le"))
        if any(word in small for word in words) or PHRASE.lower() in name.lower():
            found.append(f"{name}: words")
        if FACE.tobytes() in content:
            found.append(f"{name}: face")
        if PICTURE[len(PICTURE) // 2 :][:80] in content:
            found.append(f"{name}: picture")
    return found
