"""Homes of made-up lives, each built once into a folder and used again."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.homes.long_lives import Directions, files
from memory.db import row_mapping as rows
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import LEVELS

_DONE = "built"
# Longer lives go without summaries: they would take most of the time, and are 6 % of the rows.
_SUMMARISED = 100_000


def home_of(folder: Path, clips: int) -> tuple[Path, float]:
    """The home of a life of so many clips, and the seconds that building took (0 if there)."""
    home = folder / str(clips)
    if (home / _DONE).exists():
        return home, 0.0
    begun = time.perf_counter()
    store = Store.open(home)
    there = {recording.id for recording in store.recordings.all()}
    directions = Directions()
    for made in files(clips):
        if made.recording.id not in there:
            store.import_clips(
                made.recording, made.clips, made.utterances, made.sightings, made.captions
            )
        ids = [rows.memory_id("clip", clip.id) for clip in made.clips]
        store.vectors.put(directions.name, ids, made.vectors)
    if clips <= _SUMMARISED:
        summaries.rebuild(store)
        _summaries_too(store, directions)
    store.close()
    (home / _DONE).write_text(f"{time.perf_counter() - begun:.0f} s\n")
    return home, time.perf_counter() - begun


def _summaries_too(store: Store, directions: Directions) -> None:
    """Summaries have vectors as well: they stand in the index beside the clips'."""
    for level in LEVELS[1:]:
        made = store.memories.overlapping(level)
        for at in range(0, len(made), 500):
            some = made[at : at + 500]
            vectors = directions.embed_documents([memory.text[:200] for memory in some])
            store.vectors.put(
                directions.name, [memory.id for memory in some], np.asarray(vectors, np.float32)
            )
