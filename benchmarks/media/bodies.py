"""People whose face is hidden: are they known by their clothes, from other clips of the same day?

    python -m benchmarks.media.bodies FOLDER... [--light 1] [--json]

The folders hold videos of ``benchmarks/datasets/body_labels.tsv``; a line there is somebody in view
for some seconds. The head is painted over before a body is described, by the colours of its upper
and lower half or by features of the classifier of tags. Each is compared with those who were named
``APART`` seconds or more before or after: CMC@1 is the share that ranks its own person first.
Beside it stand the person who was named most, who was named nearest in time, and how alike the
whole pictures look. "whitened" is a metric learned on the named bodies alone, within-class
whitening (Hatch et al., Interspeech 2006).

A home, though, also meets strangers. ``NAMED`` bodies of 70 % of the people get a name, and the
likeness from which on a name would be given is learned on these: the least that is right in 90 % of
them, each asked once among all and once without its own person.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.vision.colours import balanced
from ingest.vision.detectors.boxes import Box, Numbers, Picture
from ingest.vision.detectors.image_tags import Tagger
from ingest.vision.detectors.labels import Labels
from ingest.vision.regions import colours_of, cut

LABELS = Path(__file__).parents[1] / "datasets" / "body_labels.tsv"
APART = 10.0  # seconds between two bodies that are compared
NAMED, KNOWN, DRAWS = 3, 0.7, 20  # bodies of a person that get a name; share of people who do
PRECISION = 0.9  # that a name is to have
HEAD = 0.18  # of a body's height
SHRINK = 0.3  # of the within-class scatter towards a sphere


@dataclass(frozen=True, slots=True)
class Tracklet:
    """Somebody in view for some seconds: (second, box) of each look."""

    person: str
    looks: tuple[tuple[float, Box], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """How a tracklet looks without its head, by each way of looking at it, and when it was."""

    person: str
    start: float
    end: float
    views: dict[str, Numbers]


def labelled(folders: Sequence[Path]) -> dict[Path, list[Tracklet]]:
    """The labelled tracklets of each video that is in these folders."""
    paths = {path.name: path for folder in folders for path in folder.rglob("*.*")}
    tracklets = defaultdict(list)
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        name, *rest = line.split("\t")
        if name in paths:
            person, looks = rest
            each = Tracklet(person, tuple(parse_look(look) for look in looks.split()))
            tracklets[paths[name]].append(each)
    return dict(tracklets)


def parse_look(text: str) -> tuple[float, Box]:
    """The second and the box of "second:left,top,right,bottom"."""
    second, _, box = text.partition(":")
    left_edge, top, right, bottom = map(float, box.split(","))
    return float(second), (left_edge, top, right, bottom)


def pictures(path: Path, seconds: Collection[float]) -> Iterator[tuple[float, Picture]]:
    """The picture of a file at each of these seconds."""
    decoder, ahead = InProcess(), sorted(seconds)
    span = max(ahead[0] - 0.2, 0.0), ahead[-1] + 0.2
    for frame in decoder.frames(DecodeRequest(decoder.probe(path), 0.0, *span, 0.01)):
        while ahead and frame.at >= ahead[0] - 0.005:  # labels are rounded
            yield ahead.pop(0), frame.image


def described(
    path: Path, tracklets: Sequence[Tracklet], tagger: Tagger, light: float
) -> list[Body]:
    """The bodies of a video, each in a light of its own where ``light`` is more than 0.

    At 1 a channel's gain varies by 15 %, that of all by 30 %; what the product takes for the light
    is taken out again.
    """
    looks: dict[int, list[dict[str, Numbers]]] = defaultdict(list)
    chance, at = np.random.default_rng(0), defaultdict(list)
    lights = [_lights(chance, light) for _ in tracklets]
    for n, tracklet in enumerate(tracklets):
        for second, box in tracklet.looks:
            at[second].append((n, box))
    for second, picture in pictures(path, at):
        for n, box in at[second]:
            looks[n].append(views(lights[n](picture), box, tagger))
    return [
        Body(
            tracklet.person,
            tracklet.looks[0][0],
            tracklet.looks[-1][0],
            {way: _unit(np.mean([look[way] for look in looks[n]], axis=0)) for way in looks[n][0]},
        )
        for n, tracklet in enumerate(tracklets)
        if looks[n]
    ]


def _lights(chance: np.random.Generator, light: float) -> Callable[[Picture], Picture]:
    gain = np.exp(light * (0.15 * chance.normal(size=3) + 0.3 * chance.normal()))
    gamma = np.exp(light * 0.2 * chance.normal())
    if not light:
        return lambda picture: picture
    return lambda picture: balanced(
        np.asarray(255 * np.clip(picture / 255 * gain, 0, 1) ** gamma, np.uint8)
    )


def views(picture: Picture, box: Box, tagger: Tagger) -> dict[str, Numbers]:
    """Unit vectors of a body in an RGB picture, without its head, and of the whole picture."""
    body = cut(picture, box).copy()
    body[: int(HEAD * len(body))] = body.mean(axis=(0, 1))
    halves = [
        colours_of(cut(body, (0.2, top, 0.8, bottom))) for top, bottom in ((HEAD, 0.5), (0.5, 0.95))
    ]
    return {
        "picture": tagger.features(picture),
        "features": tagger.features(body),
        "clothes": _unit(np.concatenate(halves)),
    }


def _unit(vector: Numbers) -> Numbers:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


class Ranking:
    """Ranks named people by how alike their bodies are to another one."""

    def __init__(self, named: Sequence[Body], way: str) -> None:
        """``way`` is one of ``views``, learned on these bodies where it begins with "whitened "."""
        self._way = way.removeprefix("whitened ")
        rows = np.stack([body.views[self._way] for body in named])
        self._people = [body.person for body in named]
        self._middle, self._map = np.zeros(rows.shape[1]), None
        if way != self._way:
            self._middle = rows.mean(axis=0)
            basis = np.linalg.svd(rows - self._middle, full_matrices=False)[2].T
            self._map = basis @ within_class_whitening((rows - self._middle) @ basis, self._people)
        self._named, self._rows = named, self._placed(rows)

    def _placed(self, rows: Numbers) -> Numbers:
        if self._map is None:
            return rows
        moved = (rows - self._middle) @ self._map
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9))

    def of(self, body: Body) -> list[tuple[float, str]]:
        """(likeness, person) of all who were named far enough from it in time, best first."""
        likeness = self._rows @ self._placed(body.views[self._way][None])[0]
        best: dict[str, float] = {}
        for value, other in zip(likeness, self._named):
            if far(body, other):
                best[other.person] = max(best.get(other.person, -1.0), float(value))
        return sorted(((value, person) for person, value in best.items()), reverse=True)


def within_class_whitening(rows: Numbers, people: Sequence[str]) -> Numbers:
    """The matrix that makes the scatter within people a sphere."""
    classes = [rows[[own == person for own in people]] for person in set(people)]
    moved = np.concatenate([part - part.mean(axis=0) for part in classes])
    scatter = moved.T @ moved / max(len(rows) - len(classes), 1)
    sphere = np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    values, vectors = np.linalg.eigh((1 - SHRINK) * scatter + SHRINK * sphere + 1e-9 * sphere)
    return np.asarray(vectors * np.maximum(values, 1e-9) ** -0.5 @ vectors.T)


def far(body: Body, other: Body) -> bool:
    """Whether two bodies are so far apart in time that they may be compared."""
    return max(other.start - body.end, body.start - other.end) >= APART


WAYS = ("picture", "features", "clothes", "whitened clothes")


def first_right(bodies: Sequence[Body]) -> dict[str, float]:
    """CMC@1 in percent of each way, of those whose person was named elsewhere."""
    right: Counter[str] = Counter()
    queries = 0
    for body in bodies:
        named = [other for other in bodies if far(body, other)]
        people = Counter(other.person for other in named)
        if len(people) < 2 or body.person not in people:
            continue
        queries += 1
        nearest = min(named, key=lambda other: max(other.start - body.end, body.start - other.end))
        right["majority"] += people.most_common(1)[0][0] == body.person
        right["neighbour"] += nearest.person == body.person
        for way in WAYS:
            right[way] += Ranking(named, way).of(body)[0][1] == body.person
    shares = {way: percent(right[way], queries) for way in ("majority", "neighbour", *WAYS)}
    return {"queries": queries, **shares}


def with_strangers(bodies: Sequence[Body], way: str) -> dict[str, float]:
    """Precision and recall (percent) of the names that would be given; people without one too."""
    chance = np.random.default_rng(0)
    answered = right = possible = 0
    people = sorted({body.person for body in bodies})
    for _ in range(DRAWS):
        known = set(chance.permutation(people)[: round(KNOWN * len(people))])
        shuffled = [bodies[n] for n in chance.permutation(len(bodies))]
        named = [
            body
            for person in sorted(known)
            for body in [body for body in shuffled if body.person == person][:NAMED]
        ]
        least, ranking = learned_threshold(named, way), Ranking(named, way)
        for body in shuffled:
            if body in named or not (ranks := ranking.of(body)):
                continue
            possible += body.person in {person for _, person in ranks}
            answered += ranks[0][0] >= least
            right += ranks[0][0] >= least and ranks[0][1] == body.person
    return {"precision": percent(right, answered), "recall": percent(right, possible)}


def learned_threshold(named: Sequence[Body], way: str) -> float:
    """The least likeness from which on ``PRECISION`` of the named bodies get the right name."""
    trials = []
    for body in named:
        among = [other for other in named if other is not body]
        strange = [other for other in among if other.person != body.person]
        ranked = [Ranking(others, way).of(body) for others in (among, strange) if others]
        trials += [(ranks[0][0], ranks[0][1] == body.person) for ranks in ranked if ranks]
    trials.sort(key=lambda trial: (-trial[0], trial[1]))  # of equals the wrong one first
    shares = np.cumsum([right for _, right in trials]) / np.arange(1, len(trials) + 1)
    enough = np.flatnonzero(shares >= PRECISION)
    return trials[enough[-1]][0] if len(enough) else float("inf")


def percent(part: int, whole: int) -> float:
    """In percent, to one place; 0 of nothing."""
    return round(100 * part / max(whole, 1), 1)


def report(path: Path, tracklets: Sequence[Tracklet], light: float) -> dict[str, Any]:
    """All figures of one video."""
    folder = WeightStore().folder("efficientnet-lite3")
    model, names = folder / "efficientnet_lite3.tflite", folder / "imagenet_labels.txt"
    tagger = Tagger(model, names, Labels.load(), keep_all=True)
    bodies = described(path, tracklets, tagger, light)
    return {
        "tracklets": len(bodies),
        "people": len({body.person for body in bodies}),
        "cmc1": first_right(bodies),
        "strangers": {way: with_strangers(bodies, way) for way in WAYS},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", help="hold the labelled videos")
    parser.add_argument("--light", type=float, default=0.0, help="1: each body in another light")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    wait_passively()
    sets = labelled(options.folders)
    if not sets:
        print("No labelled video is in the folders that were given.", file=sys.stderr)
        return 1
    figures = {path.name: report(path, each, options.light) for path, each in sets.items()}
    print(json.dumps(figures, indent=None if options.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
