"""Recognise faces: photos go through the whole of ingest, in several orders, and become people.

    python -m benchmarks.faces --shared FOLDER [--json]         # FOLDER/media/faces
    python -m benchmarks.faces photos/ --names anna bernd

A picture whose file name holds one of the names, and that shows one face, says whose face that is.
Two faces of one picture are never one person. A wrong merge is a person with two names, or with two
faces of one picture; a name that is spread over more people than one costs its owner clicks only.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.core.settings import Settings
from egogpt.runtime.threads import wait_passively
from memory.types.core import BiometricPrint

SUFFIXES = (".jpg", ".jpeg", ".png")


def met(photos: Sequence[Path], preset: str | None) -> list[tuple[Path, BiometricPrint]]:
    """Every face that left a print, and the photo that it is in, after all were ingested."""
    with tempfile.TemporaryDirectory() as home:
        assistant = Assistant.open(Settings(Path(home), preset=preset, speech="none"))
        try:
            for photo in photos:  # one after the other: the queue would sort them
                assistant.ingest([photo])
            store = assistant.store
            return [
                (Path(recording.path), one)
                for recording in store.recordings.all()
                for clip in store.recordings.clips(recording.id)
                for one in store.perceptions.prints(clip.id, "face")
            ]
        finally:
            assistant.close()


def judge(prints: Sequence[tuple[Path, BiometricPrint]], names: Sequence[str]) -> dict[str, Any]:
    """Who was made of the faces, and what is wrong with that."""
    faces = Counter(path for path, _ in prints)
    people: dict[str, list[Path]] = {}
    for path, one in prints:
        people.setdefault(one.person_id or f"nobody-{one.id}", []).append(path)
    named = {
        person: {
            name
            for path in paths
            if faces[path] == 1
            for name in names
            if name in path.stem.lower()
        }
        for person, paths in people.items()
    }
    merges = sum(len(names_of) > 1 for names_of in named.values())
    merges += sum(len(paths) > len(set(paths)) for paths in people.values())
    spread = sum(max(0, sum(name in of for of in named.values()) - 1) for name in names)
    return {
        "faces": len(prints),
        "people": sorted(([path.name for path in paths] for paths in people.values()), key=len),
        "wrong_merges": merges,
        "needless_splits": spread,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 1 where a merge was wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.faces", description="Whose face it is.")
    parser.add_argument("folder", type=Path, nargs="?", help="photos with names in their names")
    parser.add_argument("--shared", type=Path, help="holds media/faces")
    parser.add_argument("--names", nargs="+", default=["obama", "biden"], metavar="NAME")
    parser.add_argument("--orders", type=int, default=5, help="how often, shuffled each time")
    parser.add_argument("--preset", choices=("small", "standard", "large"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    folder = options.folder or (options.shared and options.shared / "media" / "faces")
    if folder is None or not folder.is_dir():
        print("benchmarks.faces: name a folder of photos, or give --shared", file=sys.stderr)
        return 2
    wait_passively()
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    rng, rounds = random.Random(1), []
    for _ in range(options.orders):
        rounds.append(judge(met(photos, options.preset), options.names))
        rng.shuffle(photos)
    wrong = sum(one["wrong_merges"] for one in rounds)
    if options.json:
        print(json.dumps({"photos": len(photos), "wrong_merges": wrong, "orders": rounds}))
        return int(wrong > 0)
    for one in rounds:
        sizes = ", ".join(str(len(paths)) for paths in one["people"])
        told = f"{one['faces']} faces: people of {sizes} faces"
        print(
            f"{told}; {one['wrong_merges']} wrong merges, {one['needless_splits']} needless splits"
        )
    for paths in rounds[0]["people"]:
        print("  one person in:", ", ".join(paths))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
