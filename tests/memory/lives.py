"""Small lives written through the store's public methods."""

from __future__ import annotations

from collections.abc import Sequence

from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, Span, TimeSource, Utterance

NOON = 1_772_452_800.0  # 2026-03-02 12:00:00 UTC, a Monday


def recording(start: float = NOON, clips: int = 2, name: str = "walk") -> Recording:
    """A recording of ``clips`` half minutes."""
    return Recording(
        f"{name}-0123456789",
        (name.encode().hex() + "0" * 64)[:64],
        f"/recordings/{name}.mp4",
        start,
        "UTC",
        30.0 * clips,
        TimeSource.USER,
    )


def add(store: Store, found: Recording, captions: Sequence[str]) -> list[Clip]:
    """Stores the recording with one captioned clip per caption; a None caption stays pending."""
    clips = [
        Clip(f"{found.id}-{n:04}", found.id, Span(found.start + 30 * n, found.start + 30 * (n + 1)))
        for n in range(len(captions))
    ]
    store.recordings.add(found, clips)
    for clip, caption in zip(clips, captions, strict=True):
        if caption:
            store.memories.write_caption(clip, caption, "test", "caption", "1")
    return clips


def say(store: Store, clip: Clip, *texts: str) -> None:
    """Stores utterances of three seconds each, from the clip's beginning."""
    spoken = [
        Utterance(Span(clip.span.start + 3 * n, clip.span.start + 3 * n + 3), text)
        for n, text in enumerate(texts)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: spoken})


def see(store: Store, clip: Clip, *objects: str) -> None:
    """Stores objects that were in view during the whole clip."""
    seen = [Sighting(clip.span, "object", what, 0.9) for what in objects]
    store.perceptions.write_sightings("sights", "1", {clip.id: seen})
