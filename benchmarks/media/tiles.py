"""Which parts of a frame to detect at full resolution: recall of small and of half-covered things.

    python -m benchmarks.media.tiles MEDIA [--tile 416] [--json]

MEDIA holds images/ and video/. Frames are looked at as ingest does (scaled to the detector's 416
pixels, and mirrored, or through the window of a round picture). Beside that: a second frame of the
same shot (made by moving and scaling it a little), and square tiles at full resolution, chosen at
random, by hands, by what the detector almost saw (scores below its threshold), or by a foreground
score after Focus-DETR (Zheng et al., 2023): a logistic regression on what the whole frame's look
gave for each cell, distilled from the detector over all tiles of the other half's pictures and
things. Halves: the EgoLife video, and all else.

Things are pasted ones, and those of whole pictures put side by side, where each is less than 32
pixels and was seen surely in the picture by itself. One is recalled where a box of its name
overlaps it by IoU 0.3; a box whose name is not in its picture by ``media_labels.toml`` is false.
Processor time is this process's, in one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.media.pasted_things import Pasted, Scene, cutouts, mosaics, scenes, with_things
from benchmarks.training.beliefs import fit
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from ingest.vision.detectors.boxes import Box, Detection, Numbers, Picture, area, shared_area
from ingest.vision.detectors.hands import HandDetector
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.objects import ObjectDetector, _letterbox
from ingest.vision.detectors.onnx import open_session
from ingest.vision.scene_quality import is_round
from ingest.vision.scene_reader import distinct
from ingest.vision.views import with_mirrored, with_window
from ingest.vision.wearer_filter import PERSON, without_own_body

Map = NDArray[np.float64]  # (52, 52): a value for each cell of stride 8 of the square whole frame
CELLS, SIDE = 52, 416
COUNTS = (2, 4)  # tiles that a frame may cost
SURE = (0.35, 0.5)  # confidence that counts as seen; from the second on one look may be stated
LARGEST = 0.25  # of a tile: larger ones are the whole frame's, and of a tile mostly false
ALIKE = 0.3  # intersection over union


class Eyes:
    """Looks at whole frames as ingest does, and at tiles."""

    def __init__(self) -> None:
        folder = WeightStore().folder
        model = folder("yolox-nano") / "yolox_nano.onnx"
        self._objects = ObjectDetector(model, Labels.load(), threads=1)
        self._session = open_session(model, 1)
        self._hands = HandDetector(folder("hands") / "palm_full.tflite")

    def hands(self, image: Picture) -> tuple[Box, ...]:
        """Where hands are; ingest looks for them anyway."""
        return tuple(hand.box for hand in self._hands.detect(image))

    def whole(self, image: Picture) -> list[Detection]:
        """What ingest sees in a frame."""
        if not is_round(image):
            return without_own_body(distinct(with_mirrored(image, self._objects.detect)), ())

        def people(window: Picture) -> list[Detection]:
            return [each for each in self._objects.detect(window) if each.what == PERSON]

        seen = with_window(image, lambda part: distinct(self._objects.detect(part)), people)
        return without_own_body(distinct(seen), (), round_view=True)

    def cells(self, image: Picture) -> Numbers:
        """What the network gives for the whole frame: (3549, 85), of all strides."""
        scale = SIDE / max(image.shape[:2])
        square = _letterbox(image, SIDE, scale)
        return np.asarray(self._session.run(None, {"images": square})[0][0])

    def tile(self, image: Picture, box: Box) -> list[Detection]:
        """What small things a part of a frame shows, less those that its inner borders cut."""
        part = np.ascontiguousarray(_part(image, box))
        wide, high = box[2] - box[0], box[3] - box[1]
        seen = []
        for each in distinct(self._objects.detect(part)):
            cut = [edge < 0.01 or edge > 0.99 for edge in each.box]
            outer = [edge < 0.001 or edge > 0.999 for edge in box]
            b, (x, y) = each.box, box[:2]
            if max(b[2] - b[0], b[3] - b[1]) <= LARGEST and not any(
                inner and not rim for inner, rim in zip(cut, outer)
            ):
                place = (x + b[0] * wide, y + b[1] * high, x + b[2] * wide, y + b[3] * high)
                seen.append(Detection(each.what, each.confidence, place))
        return seen


def overlap(box: Box, other: Box) -> float:
    """Intersection over union."""
    shared = shared_area(box, other)
    return shared / max(area(box) + area(other) - shared, 1e-9)


def joined(seen: Sequence[Detection], more: Sequence[Detection]) -> list[Detection]:
    """Both, each thing once, the surest first."""
    separate: list[Detection] = []
    for each in sorted((*seen, *more), key=lambda detection: -detection.confidence):
        alike = (other for other in separate if other.what == each.what)
        if not any(
            overlap(each.box, other.box) > 0.5
            or shared_area(each.box, other.box) > 0.8 * min(area(each.box), area(other.box))
            for other in alike
        ):
            separate.append(each)
    return separate


def grid(image: Picture, tile: int, step: float) -> list[Box]:
    """Tiles over all of a picture, at most ``step`` of a tile apart."""
    height, width = image.shape[:2]
    xs, ys = _starts(width, tile, step), _starts(height, tile, step)
    w, h = min(tile, width), min(tile, height)
    boxes = [(x / width, y / height, (x + w) / width, (y + h) / height) for y in ys for x in xs]
    return [box for box in boxes if _part(image, box).mean() > 8]


def _starts(length: int, tile: int, step: float) -> list[float]:
    room = max(length - tile, 0)
    return list(np.linspace(0, room, int(np.ceil(room / (step * tile))) + 1))


def _part(image: Picture, box: Box) -> Picture:
    height, width = image.shape[:2]
    columns = slice(round(box[0] * width), round(box[2] * width))
    return image[round(box[1] * height) : round(box[3] * height), columns]


def _cells_of(image: Picture, box: Box) -> tuple[slice, slice]:
    """The cells of a box of a picture, which lies top left in the square."""
    height, width = image.shape[:2]
    high, wide = CELLS * height / max(height, width), CELLS * width / max(height, width)
    rows = slice(round(box[1] * high), max(round(box[3] * high), round(box[1] * high) + 1))
    return rows, slice(round(box[0] * wide), max(round(box[2] * wide), round(box[0] * wide) + 1))


def chosen(image: Picture, boxes: Sequence[Box], score: Map, count: int) -> list[Box]:
    """So many tiles, each with the largest sum of the score in cells that none before it has."""
    rest, best = score.copy(), list[Box]()
    for _ in range(min(count, len(boxes))):
        sums = [-1.0 if box in best else float(rest[_cells_of(image, box)].sum()) for box in boxes]
        best.append(boxes[int(np.argmax(sums))])
        rest[_cells_of(image, best[-1])] = 0
    return best


def by_hands(scene: Scene, chance: np.random.Generator) -> Map:
    """The nearness of hands; at random where there are none."""
    high, wide = scene.image.shape[0], scene.image.shape[1]
    unit = CELLS / max(high, wide)
    score = np.zeros((CELLS, CELLS))
    rows, columns = np.indices((CELLS, CELLS)) + 0.5
    for hand in scene.hands:
        x, y = (hand[0] + hand[2]) / 2 * wide * unit, (hand[1] + hand[3]) / 2 * high * unit
        score += np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * 6.0**2))
    return score + 1e-3 * chance.random((CELLS, CELLS))


def features(scene: Scene, raw: Numbers) -> Numbers:
    """(52, 52, 7): log odds of objectness by stride, of the best name, hands, detail, light."""
    rows: list[Map] = []
    start = 0
    for cells in (CELLS, CELLS // 2, CELLS // 4):
        part = raw[start : start + cells * cells].reshape(cells, cells, 85)
        start += cells * cells
        score = part[..., 4] if rows else _around(part[..., 4])
        rows.append(_log_odds(score.repeat(CELLS // cells, 0).repeat(CELLS // cells, 1)))
        if cells == CELLS:
            rows.append(_log_odds(part[..., 5:].max(axis=2)))
    grey = cv2.cvtColor(scene.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    scale = SIDE / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lost = np.abs(cv2.resize(small, grey.shape[::-1]) - grey)
    hands = by_hands(scene, np.random.default_rng(0)) if scene.hands else np.zeros((CELLS, CELLS))
    detail, light = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    high, wide = (round(CELLS * length / max(grey.shape)) for length in grey.shape)
    detail[:high, :wide] = cv2.resize(lost, (wide, high), interpolation=cv2.INTER_AREA)
    light[:high, :wide] = cv2.resize(grey, (wide, high), interpolation=cv2.INTER_AREA) > 16
    return np.stack([*rows, np.log1p(detail), hands, light], axis=2)


def _around(score: Numbers) -> Numbers:
    return np.asarray(cv2.dilate(score, np.ones((3, 3), np.uint8)))


def _log_odds(value: Numbers) -> Map:
    bounded = np.clip(value.astype(np.float64), 1e-4, 0.999)
    return np.asarray(np.log(bounded / (1 - bounded)))


def almost_seen(raw: Numbers) -> Map:
    """The best score of each cell of stride 8, where it is too low to be told."""
    score = (raw[: CELLS * CELLS, 4:5] * raw[: CELLS * CELLS, 5:]).max(axis=1)
    return np.where(score < SURE[0], score, 0).reshape(CELLS, CELLS).astype(np.float64)


def distilled(eyes: Eyes, scenes: Sequence[Scene], tile: int) -> Numbers:
    """The weights of the foreground score, by what all tiles of these scenes show besides."""
    values, targets = [], []
    for scene in scenes:
        there = features(scene, eyes.cells(scene.image))
        target = np.zeros((CELLS, CELLS))
        whole = eyes.whole(scene.image)
        parts = grid(scene.image, tile, 0.85)
        tiles = joined([], [each for box in parts for each in eyes.tile(scene.image, box)])
        for each in tiles:
            if area(each.box) < 0.02 and not any(overlap(each.box, one.box) > 0.5 for one in whole):
                target[_cells_of(scene.image, each.box)] = 1
        lit = there[..., -1] > 0
        values.append(there[lit])
        targets.append(target[lit])
    return fit(np.concatenate(values), np.concatenate(targets))


@dataclass(slots=True)
class Tally:
    """What one way of looking recalls, and what it sees that is not there, by confidence."""

    seconds: float = 0.0
    frames: int = 0
    false: list[int] = field(default_factory=lambda: [0 for _ in SURE])
    recalled: dict[str, list[tuple[bool, ...]]] = field(default_factory=dict)

    def add(self, scene: Scene, seen: Sequence[Detection], seconds: float) -> None:
        """Counts the scene's things, those that were recalled, and what is not there."""
        self.seconds, self.frames = self.seconds + seconds, self.frames + 1
        sure = [[each for each in seen if each.confidence >= least] for least in SURE]
        self.false = [
            count + sum(map(scene.is_false, part)) for count, part in zip(self.false, sure)
        ]
        for item in scene.things:
            hits = tuple(any(_is(each, item) for each in part) for part in sure)
            self.recalled.setdefault(item.kind, []).append(hits)

    def row(self) -> dict[str, Any]:
        """Milliseconds and false detections a frame, recall in percent, by confidence."""
        recall = {
            kind: [round(100 * sum(column) / len(hits), 1) for column in zip(*hits)]
            for kind, hits in sorted(self.recalled.items())
        }
        false = [round(count / self.frames, 2) for count in self.false]
        return {"ms": round(1000 * self.seconds / self.frames, 1), "false": false, **recall}


def _is(each: Detection, item: Pasted) -> bool:
    boxes = item.visible, item.whole
    return each.what == item.what and max(overlap(each.box, box) for box in boxes) >= ALIKE


def second_frame(
    eyes: Eyes, image: Picture, chance: np.random.Generator
) -> tuple[float, list[Detection]]:
    """Seconds and what is seen in another frame of the same shot, in places of the first."""
    height, width = image.shape[:2]
    scale, (x, y) = 1 + chance.uniform(-0.03, 0.03), chance.uniform(-12, 12, 2)
    move = np.array([[scale, 0, x], [0, scale, y]])
    moved = np.asarray(cv2.warpAffine(image, move, (width, height)), np.uint8)
    seconds, seen = timed(lambda: eyes.whole(moved))
    shift = np.array([x / width, y / height] * 2)
    placed = [(each, (np.array(each.box) - shift) / scale) for each in seen]
    return seconds, [
        Detection(each.what, each.confidence, (box[0], box[1], box[2], box[3]))
        for each, box in placed
    ]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The processor seconds of this process that something takes, and what it gives."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def looks(
    eyes: Eyes, scene: Scene, weights: Numbers, tile: int, chance: np.random.Generator
) -> Iterator[tuple[str, float, list[Detection]]]:
    """Each way of looking at a scene: its name, processor seconds, and what it sees."""
    image = scene.image
    base, whole = timed(lambda: eyes.whole(image))
    yield "today", base, whole
    more, second = second_frame(eyes, image, chance)
    yield "two frames", base + more, joined(whole, second)
    raw = eyes.cells(image)
    boxes, known = grid(image, tile, 0.5), dict[Box, tuple[float, list[Detection]]]()

    def tiles(parts: Sequence[Box]) -> tuple[float, list[Detection]]:
        for box in parts:
            if box not in known:
                known[box] = timed(partial(eyes.tile, image, box))
        seen = [each for box in parts for each in known[box][1]]
        return sum(known[box][0] for box in parts), joined(whole, seen)

    def choose(score: Callable[[], Map], count: int) -> list[Box]:
        return chosen(image, boxes, score(), count)

    scores: dict[str, Callable[[], Map]] = {
        "random": lambda: chance.random((CELLS, CELLS)),
        "hands": lambda: by_hands(scene, chance),
        "almost seen": lambda: almost_seen(raw),
        "foreground": lambda: foreground(scene, raw, weights),
        "where things are": lambda: where(scene),
    }
    for name, score in scores.items():
        for count in COUNTS:
            extra, parts = timed(partial(choose, score, count))
            seconds, seen = tiles(parts)
            yield f"{name}, {count}", base + extra + seconds, seen
    seconds, seen = tiles(grid(image, tile, 0.85))
    yield "all tiles", base + seconds, seen


def foreground(scene: Scene, raw: Numbers, weights: Numbers) -> Map:
    """How likely each cell shows something small that the whole frame's look misses."""
    values = features(scene, raw)
    likely = 1 / (1 + np.exp(-values @ weights[:-1] - weights[-1]))
    return np.asarray(likely * (values[..., -1] > 0))


def where(scene: Scene) -> Map:
    """1 in the middle of each pasted thing: the best choice that there is."""
    score = np.zeros((CELLS, CELLS))
    for item in scene.things:
        x, y = (item.whole[0] + item.whole[2]) / 2, (item.whole[1] + item.whole[3]) / 2
        score[_cells_of(scene.image, (x, y, x, y))] = 1
    return score


def report(media: Path, tile: int) -> dict[str, Any]:
    """Recall, false detections and processor time of each way, for each half and set."""
    eyes, things = Eyes(), cutouts(media / "images")
    plain = scenes(media, eyes.hands)
    small = {
        half: [replace(s, hands=eyes.hands(s.image)) for s in mosaics(plain[half], eyes.whole, 3)]
        for half in plain
    }
    tallies: dict[str, dict[str, Tally]] = {}
    for half, other in (("egolife", "others"), ("others", "egolife")):
        chance = np.random.default_rng(7)
        for part in (0, 1):  # the things by halves, too
            learned = with_things(plain[other], things[1 - part :: 2], 1 - part)
            weights = distilled(eyes, [*learned, *small[other]], tile)
            tests = {"pasted": with_things(plain[half], things[part::2], part)}
            tests |= {"side by side": small[half]} if part == 0 else {}
            for test, shown in tests.items():
                ways = tallies.setdefault(f"{half}, {test}", {})
                for scene in shown:
                    for name, seconds, seen in looks(eyes, scene, weights, tile, chance):
                        ways.setdefault(name, Tally()).add(scene, seen, seconds)
    return {
        test: {
            "frames": ways["today"].frames,
            "things": {kind: len(hits) for kind, hits in ways["today"].recalled.items()},
            "ways": {name: tally.row() for name, tally in ways.items()},
        }
        for test, ways in tallies.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, help="a folder that holds images/ and video/")
    parser.add_argument("--tile", type=int, default=SIDE, help="pixels of a tile's side")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args(arguments)
    if not (options.media / "images").is_dir():
        print(f"{options.media} holds no images/: give the folder of the media.", file=sys.stderr)
        return 1
    wait_passively()
    cv2.setNumThreads(1)
    figures = report(options.media, options.tile)
    for half, part in () if options.json else figures.items():
        print(half, part["frames"], part["things"])
        for name, row in part["ways"].items():
            print(f"{name:20}", *(f"{key} {value}" for key, value in row.items()), sep="  ")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
