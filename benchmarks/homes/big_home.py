"""A home of 100,000 clips: five weeks worn day and night, made in about a minute.

python -m benchmarks.homes.big_home /tmp/big --clips 100000

Rows are written in bulk, as ingest and import would leave them: captions, words with their times,
sights, people, events with places, and summaries of every level. The pictures are real JPEGs of the
size that ingest keeps; there are a few hundred different ones, each under many names (hard links),
so that the home fits a small disk. No recording has a file: nothing can be played.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.homes.long_lives import ACTIVITIES, NAMES, PLACES, SPOKEN, THINGS
from ingest.stages.picture_stage import VERSION
from memory.db import row_mapping as rows
from memory.store.store import Store
from memory.types.core import Level, Recording, RecordingState, Span, TimeSource
from memory.types.timezones import BELOW, SUMMARY_LEVELS, bucket

BEGIN = 1_771_804_800.0  # Monday 23 February 2026, 00:00 UTC
CLIP = 30.0  # seconds
A_DAY = 2880  # clips of a day that is recorded whole
A_FILE = 480  # clips of a file: four hours
PICTURES = 300  # different ones
_DONE = "big-home.json"
_PEOPLE = NAMES[:12]
_OFFSETS = json.dumps([2.0 * number for number in range(15)])  # of the tiles of a sheet


@dataclass(frozen=True, slots=True)
class _Scene:
    """What goes on for a while."""

    activity: str
    place: str
    people: tuple[int, ...]


def big_home(folder: Path, clips: int = 100_000) -> tuple[Path, float]:
    """The home of so many clips, and how many seconds making it took: 0 where it was there."""
    home = folder / f"home-{clips}"
    if (home / _DONE).exists():
        return home, 0.0
    shutil.rmtree(home, ignore_errors=True)
    begun = time.perf_counter()
    store = Store.open(home)
    pool = _pictures(home / "tmp" / "pool")
    _people(store)
    for number, first in enumerate(range(0, clips, A_FILE)):
        _file(store, number, min(A_FILE, clips - first), pool)
    for level in SUMMARY_LEVELS:
        _summaries(store, level)
    store.close()
    took = time.perf_counter() - begun
    (home / _DONE).write_text(json.dumps({"clips": clips, "seconds": round(took, 1)}))
    return home, took


def _pictures(folder: Path) -> list[Path]:
    """JPEGs of 480 × 270 pixels, about 12 kB each."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    found = []
    for number in range(PICTURES):
        rough = rng.integers(0, 255, (9, 16, 3), dtype=np.uint8)
        smooth = Image.fromarray(rough).resize((480, 270), Image.Resampling.BICUBIC)
        grain = rng.normal(0, 6, (270, 480, 1))
        noisy = np.clip(np.asarray(smooth, np.float32) + grain, 0, 255).astype(np.uint8)
        written = io.BytesIO()
        Image.fromarray(noisy).save(written, "JPEG", quality=80)
        path = folder / f"{number}.jpg"
        path.write_bytes(written.getvalue())
        found.append(path)
    return found


def _people(store: Store) -> None:
    with store.database.transaction() as db:
        db.conn.executemany(
            "INSERT INTO person (id, name, number) VALUES (?, ?, ?)",
            [(f"person{n}", name if n < 8 else "", n + 1) for n, name in enumerate(_PEOPLE)],
        )


def _file(store: Store, number: int, count: int, pool: Sequence[Path]) -> None:
    rng = random.Random(number)
    start = BEGIN + number * A_FILE * CLIP
    name = f"worn-{number:05}"
    recording = Recording(
        name, hashlib.sha256(name.encode()).hexdigest(), f"/made/{name}.mp4", start, "UTC",
        count * CLIP, TimeSource.CONTAINER, device="camera", state=RecordingState.READY,
    )  # fmt: skip
    folder = store.media.thumbnails / name
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[tuple[object, ...]]] = {
        name: []
        for name in (
            "clip", "utterance", "sighting", "thumbnail", "storyboard", "memory", "print", "event"
        )
    }  # fmt: skip
    scenes = _scenes(rng)
    for n in range(count):
        clip_id = f"{name}-{n:04}"
        picture = f"thumbnails/{name}/{clip_id}-0.jpg"
        sheet = f"thumbnails/{name}/{clip_id}-sheet.jpg"
        for path in (picture, sheet):
            os.link(rng.choice(pool), store.home / path)
        tables["storyboard"].append((clip_id, start + n * CLIP, _OFFSETS, 4, 120, 67, sheet))
        _clip(tables, rng, name, clip_id, start + n * CLIP, next(scenes), picture)
    with store.database.transaction() as db:
        db.table("recording").insert(rows.recording_row(recording, store.database.paths))
        _insert(db.conn, tables)


def _scenes(rng: random.Random) -> Iterator[_Scene]:
    """The scene of each clip; one lasts for some minutes."""
    while True:
        people = tuple(rng.sample(range(len(_PEOPLE)), rng.choice((0, 0, 1, 1, 2))))
        scene = _Scene(rng.choice(ACTIVITIES), rng.choice(PLACES), people)
        for _ in range(rng.randint(8, 90)):
            yield scene


def _clip(
    tables: dict[str, list[tuple[object, ...]]],
    rng: random.Random,
    recording: str,
    clip: str,
    at: float,
    scene: _Scene,
    picture: str,
) -> None:
    end = at + CLIP
    things = rng.sample(THINGS, 4)
    names = [_PEOPLE[one] for one in scene.people]
    tables["clip"].append((clip, recording, at, end))
    tables["thumbnail"].append((clip, 0, at + 10, picture))
    prints = [rows.print_id(clip, "face", one) for one in range(len(names))]
    seen = [("object", what, 0) for what in things]
    seen += [("face", name, key) for name, key in zip(names, prints)]
    for n, (kind, what, key) in enumerate(seen):
        box = None if kind == "object" else "[0.4, 0.3, 0.6, 0.6]"
        tables["sighting"].append((clip, "sights", n, kind, what, at, end, 0.8, box, 1, key))
    for one, key in zip(scene.people, prints):
        vector = np.zeros(8, np.float32).tobytes()
        tables["print"].append(
            (key, "face", clip, at + 5, at + 6, "made-up", 0.5, None, vector, f"person{one}")
        )
    said = []
    for n in range(rng.choice((1, 2, 3)) if rng.random() < (0.75 if names else 0.3) else 0):
        words = rng.choices(SPOKEN[:900], k=rng.randint(4, 12))
        said.append(f"{' '.join(words).capitalize()}.")
        begins = at + 2 + 8 * n
        each = 6.0 / len(words)
        times = [[begins + k * each, begins + (k + 1) * each, word] for k, word in enumerate(words)]
        speaker = names[n % len(names)] if names else ""
        tables["utterance"].append(
            (clip, n, begins, begins + 6, said[-1], speaker, 0.9, "en", json.dumps(times), 0)
        )
    with_whom = f" with {' and '.join(names)}" if names else ""
    caption = (
        f"I am {scene.activity} in the {scene.place}{with_whom}; in view: {', '.join(things)}."
    )
    if said:
        caption += " Said: " + " ".join(f'"{line}"' for line in said)
    tables["memory"].append(
        (rows.memory_id("clip", clip), "clip", at, end, caption, "[]", "made-up", clip, recording)
    )
    if rng.random() < 0.1:
        tables["event"].append(
            (rows.memory_id("event", clip), recording, clip, at, end, scene.activity, "done", "do",
             things[0], scene.place, "me", None, "", 0.5, 0.9, caption[:80], "made-up")
        )  # fmt: skip


_INTO = {
    "clip": "clip VALUES (?, ?, ?, ?)",
    "utterance": (
        'utterance (clip_id, number, start, "end", text, speaker, confidence, language, words, '
        "print_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "sighting": (
        'sighting (clip_id, stage, number, kind, what, start, "end", confidence, box, count, '
        "print_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "thumbnail": "thumbnail VALUES (?, ?, ?, ?)",
    "storyboard": "storyboard VALUES (?, ?, ?, ?, ?, ?, ?)",
    "memory": "memory VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "print": (
        'print (id, kind, clip_id, start, "end", model, quality, box, vector, person_id) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
    "event": (
        'event (id, recording_id, clip_id, start, "end", activity, kind, verb, object, place, '
        "doer, quantity, unit, minutes, confidence, quote, extractor) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    ),
}


def _insert(connection: sqlite3.Connection, tables: dict[str, list[tuple[object, ...]]]) -> None:
    for table, found in tables.items():
        connection.executemany(f"INSERT INTO {_INTO[table]}", found)
    stages = [
        (row[0], *stage)
        for row in tables["clip"]
        for stage in (("speech", "1"), ("sights", "1"), ("pictures", VERSION), ("caption", "1"))
    ]
    connection.executemany("INSERT INTO ledger VALUES (?, ?, ?)", stages)


def _summaries(store: Store, level: Level) -> None:
    """A summary of each bucket of the level, of two sentences out of the level below."""
    held: dict[Span, list[sqlite3.Row]] = {}
    found = store.database.rows(
        'SELECT id, start, "end", text FROM memory WHERE level = ? ORDER BY start', [BELOW[level]]
    )
    for row in found:
        held.setdefault(bucket(level, row["start"], "UTC"), []).append(row)
    made = [
        (
            rows.memory_id(level, f"{place.start:.0f}-{place.end:.0f}"), level, of[0]["start"],
            of[-1]["end"], _told(of), json.dumps([row["id"] for row in of]), "made-up", None, None,
        )
        for place, of in held.items()
    ]  # fmt: skip
    with store.database.transaction() as db:
        db.conn.executemany(f"INSERT INTO {_INTO['memory']}", made)


def _told(of: Sequence[sqlite3.Row]) -> str:
    return " ".join(
        row["text"].split(";")[0].rstrip(".") + "." for row in (of[0], of[len(of) // 2])
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=100_000)
    options = parser.parse_args()
    home, took = big_home(options.folder, options.clips)
    print(json.dumps({"home": str(home), "clips": options.clips, "seconds": round(took, 1)}))


if __name__ == "__main__":
    main()
