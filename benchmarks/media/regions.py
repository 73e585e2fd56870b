"""A marked part of a picture: is it named rightly, and is the same thing found in other frames?

    python -m benchmarks.media.regions MEDIA [--json]

MEDIA holds images/ and video/ with the files of ``benchmarks/datasets/region_labels.toml``. A name
is right where the first that is given is one that the labels accept; beside it stands what the home
knows without the mark (the surest thing that the detector sees in the picture, or the kind of
picture that it is). Each labelled thing then is a query to all regions of the same kind in other
frames, of pictures and videos: mean average precision and the share of queries whose first is
right, ranked by how alike regions look; beside it by their kind alone (in any order, the mean of
20), and by how alike the whole pictures look; last, what the threshold of the product lets through:
precision and recall. All that for all regions, and for those of the video by EgoLife and of all
other media each by themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.search.regions import SAME
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.vision.detectors.boxes import Box, Picture
from ingest.vision.detectors.image_tags import Tagger
from ingest.vision.detectors.labels import Labels
from ingest.vision.regions import NEEDED, Appearance, RegionReader

LABELS = Path(__file__).parents[1] / "datasets" / "region_labels.toml"
SIDE = 480  # pixels of a kept picture
SHUFFLES = 20
EGOLIFE = "composite_egolife"  # what the file of the half by itself begins with


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A labelled region, how it looks, and how the whole picture does; ``thing`` may be empty."""

    frame: tuple[str, float]
    kind: str
    thing: str
    part: Appearance
    whole: Appearance


class Frames:
    """Reads pictures of the media, each once."""

    def __init__(self, media: Path) -> None:
        self._media, self._decoder = media, InProcess()
        self._known: dict[tuple[str, float], Picture] = {}

    def at(self, file: str, second: float) -> Picture:
        """The picture of a file at a second of it, as large as one that is kept."""
        if (file, second) not in self._known:
            folder = "video" if file.endswith(".mp4") else "images"
            probe = self._decoder.probe(self._media / folder / file)
            near = self._decoder.frames(
                DecodeRequest(probe, 0.0, max(second - 1, 0), second + 0.2, 0.1, SIDE)
            )
            best = min(near, key=lambda frame: abs(frame.at - second))
            self._known[file, second] = best.image
        return self._known[file, second]


def named(reader: RegionReader, tagger: Tagger, frames: Frames, labels: Any) -> dict[str, Any]:
    """How many boxes are named rightly: by what is marked, and without the mark."""
    right = {"marked": 0, "surest thing": 0, "kind of picture": 0}
    misses = []
    for entry in labels:
        image, names = frames.at(entry["file"], 0.0), {name.lower() for name in entry["names"]}
        box: Box = tuple(entry["box"])
        given = [thing.what for thing in reader.read(image, box).things]
        detected = sorted(reader.things(image), key=lambda thing: -thing.confidence)
        tags = tagger.tag(image, threshold=0.0)
        first = {
            "marked": given[:1],
            "surest thing": [thing.what for thing in detected][:1],
            "kind of picture": [tag.what for tag in tags][:1],
        }
        for way, answer in first.items():
            right[way] += any(one.lower() in names for one in answer)
        if not any(one.lower() in names for one in given[:1]):
            misses.append(f"{entry['file']}: {entry['names'][0]}, not {', '.join(given) or 'none'}")
    percent = {way: round(100 * count / len(labels), 1) for way, count in right.items()}
    return {"boxes": len(labels), "right": percent, "misses": misses}


def seen(reader: RegionReader, frames: Frames, labels: Any) -> Iterator[Seen]:
    """The labelled regions."""
    wholes: dict[tuple[str, float], Appearance] = {}
    for entry in labels:
        frame = entry["file"], float(entry["second"])
        image = frames.at(*frame)
        whole = wholes.setdefault(frame, reader.appearance(image))
        part = reader.appearance(image, tuple(entry["box"]))
        yield Seen(frame, entry["kind"], entry.get("thing", ""), part, whole)


Rank = Callable[[Seen, Seen], float]


def ranked(regions: Sequence[Seen], likeness: Rank) -> dict[str, float]:
    """Mean average precision and how often the first is right, in percent."""
    precisions, firsts = [], []
    for _, right in _queries(regions, likeness):
        precisions.append(float(np.mean(np.cumsum(right)[right] / (np.flatnonzero(right) + 1))))
        firsts.append(right[0])
    return {
        "map": round(100 * float(np.mean(precisions)), 1),
        "first": round(100 * float(np.mean(firsts)), 1),
        "queries": len(firsts),
    }


def _queries(
    regions: Sequence[Seen], likeness: Rank
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """Of each thing that is elsewhere, too: how alike the others are, best first, and if right."""
    for query in regions:
        others = [
            other for other in regions if other.kind == query.kind and other.frame != query.frame
        ]
        right = np.array([bool(query.thing) and other.thing == query.thing for other in others])
        if right.any() and not right.all():
            scores = np.array([likeness(query, other) for other in others])
            order = np.argsort(-scores, kind="stable")
            yield scores[order], right[order]


def let_through(regions: Sequence[Seen], least: float) -> dict[str, float]:
    """Precision and recall, in percent, of what is at least so alike."""
    told = rightly = there = 0
    for scores, right in _queries(regions, by_look):
        passed = scores >= least
        told, rightly, there = (
            told + int(passed.sum()),
            rightly + int((passed & right).sum()),
            there + int(right.sum()),
        )
    return {
        "precision": round(100 * rightly / max(told, 1), 1),
        "recall": round(100 * rightly / max(there, 1), 1),
    }


def by_look(query: Seen, other: Seen) -> float:
    """How alike the regions look."""
    return query.part.likeness(other.part)


def by_whole(query: Seen, other: Seen) -> float:
    """How alike the pictures look."""
    return query.whole.likeness(other.whole)


def by_kind(regions: Sequence[Seen]) -> dict[str, float]:
    """The mean over orders that know only the kind."""
    chance = np.random.default_rng(0)
    runs = [ranked(regions, lambda *_: float(chance.random())) for _ in range(SHUFFLES)]
    return {key: round(float(np.mean([run[key] for run in runs])), 1) for key in runs[0]}


def report(media: Path) -> dict[str, Any]:
    """All figures."""
    weights, frames = WeightStore(), Frames(media)
    folders = [weights.folder(name) for name in NEEDED]
    reader = RegionReader(folders, None)
    names = folders[1] / "imagenet_labels.txt"
    tagger = Tagger(folders[1] / "efficientnet_lite3.tflite", names, Labels.load())
    labels = tomllib.loads(LABELS.read_text(encoding="utf-8"))
    regions = list(seen(reader, frames, labels["things"]))
    parts = {
        "all": regions,
        "egolife": [one for one in regions if one.frame[0].startswith(EGOLIFE)],
        "others": [one for one in regions if not one.frame[0].startswith(EGOLIFE)],
    }
    return {
        "names": named(reader, tagger, frames, labels["names"]),
        "regions": len(regions),
        "threshold": SAME,
        "parts": {
            part: {
                "look": ranked(those, by_look),
                "kind alone": by_kind(those),
                "whole picture": ranked(those, by_whole),
                "let through": let_through(those, SAME),
            }
            for part, those in parts.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, help="a folder that holds images/ and video/")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args(arguments)
    wait_passively()
    if not (options.media / "images").is_dir():
        print(f"{options.media} holds no images/: give the folder of the media.", file=sys.stderr)
        return 1
    figures = report(options.media)
    misses = figures["names"].pop("misses")
    if not options.json:
        print("\n".join(misses))
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
