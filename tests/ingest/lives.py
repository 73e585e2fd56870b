"""Recordings without files, for tests of what is decided from times and names alone."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from ingest.jobs.intake import recording_id
from ingest.timestamps.placement import cut, join_takes
from memory.store.store import Store
from memory.types.core import Recording, TimeSource

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC).timestamp()


def filmed(
    name: str,
    start: float,
    duration: float = 30.0,
    *,
    folder: str = "/card/DCIM",
    device: str = "GoPro HD9",
    source: TimeSource = TimeSource.CONTAINER,
) -> Recording:
    """A recording that begins ``start`` seconds after noon."""
    digest = hashlib.sha256(os.fsencode(f"{folder}/{name} {device}")).hexdigest()
    return Recording(
        id=recording_id(Path(name), digest),
        sha256=digest,
        path=f"{folder}/{name}",
        start=NOON + start,
        timezone="Europe/Berlin",
        duration=duration,
        time_source=source,
        device=device,
    )


def put(store: Store, recording: Recording) -> Recording:
    """Records it as intake does, takes joined."""
    store.recordings.add(recording, cut(recording.id, recording.span, recording.timezone))
    join_takes(store, recording)
    return store.recordings.get(recording.id) or recording


def settled(
    store: Store,
) -> dict[str, tuple[str, float, TimeSource, tuple[tuple[float, float], ...]]]:
    """Per file name: name of the head of its take, start, source and clips; nothing of order."""
    heads = {one.id: Path(one.path).name for one in store.recordings.all()}
    return {
        Path(one.path).name: (
            heads.get(one.take, one.take),
            round(one.start - NOON, 3),
            one.time_source,
            tuple((clip.span.start, clip.span.end) for clip in store.recordings.clips(one.id)),
        )
        for one in store.recordings.all()
    }
