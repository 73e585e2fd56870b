"""Make pictures with small things, and with larger ones that are half covered.

Some are cut by GrabCut from boxes in the given pictures and pasted into others; a half-covered one
ends at a line, as behind an edge. So where each is, how large, and how much of it is covered is
known exactly. In whole pictures put side by side, things are small in what surrounded them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.media_labels import MEDIA_LABELS, Labels, Shown, read_labels
from benchmarks.training.beliefs import is_there
from ingest.decode.decoder import InProcess
from ingest.decode.requests import DecodeRequest
from ingest.vision.detectors.boxes import Box, Detection, Picture, shared_area
from ingest.vision.scene_quality import is_blank

SMALL, LARGE = (16, 31), (48, 96)  # pixels of the longer side, of things in view and half covered
MOSAICS = (5, 6, 7)  # pictures in a row of those put side by side
WIDE = 960  # pixels of these
COVERED = (0.3, 0.7)  # share of a half-covered thing that cannot be seen
NEAR = 1.5  # sizes of a hand from its middle: how far a thing by a hand is at most
# What is cut out: file, name of the kind, box.
SOURCES: tuple[tuple[str, str, Box], ...] = (
    ("30_sk_coffee.jpg", "cup", (0.3, 0.02, 0.66, 0.52)),
    ("18_ILSVRC2012_val_0000002.jpg", "apple", (0.1, 0.31, 0.33, 0.69)),
    ("20_ILSVRC2012_val_0000007.jpg", "dog", (0.31, 0.26, 0.84, 0.89)),
    ("40_ego_chair.jpg", "cell phone", (0.56, 0.51, 0.64, 0.68)),
    ("46_woman_clock.jpg", "clock", (0.235, 0.1, 0.415, 0.39)),
    ("24_bus.jpg", "person", (0.05, 0.35, 0.27, 0.84)),
    ("00_coco060623.jpg", "bowl", (0.63, 0.6, 0.87, 0.84)),
    ("18_ILSVRC2012_val_0000002.jpg", "apple", (0.53, 0.38, 0.86, 0.85)),
    ("44_baby_room.jpg", "TV", (0.105, 0.11, 0.305, 0.46)),
    ("40_ego_chair.jpg", "chair", (0.38, 0.25, 0.6, 0.62)),
    ("02_coco354533.jpg", "motorcycle", (0.0, 0.08, 0.52, 1.0)),
    ("48_jobs_stage.jpg", "person", (0.3, 0.34, 0.62, 0.84)),
    ("04_coco562207.jpg", "elephant", (0.31, 0.12, 0.66, 0.98)),
    ("26_zidane.jpg", "person", (0.55, 0.04, 0.91, 0.99)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A thing without what is around it: (h, w, 3) RGB, and how opaque each pixel is, 0..1."""

    what: str
    image: Picture
    opacity: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pasted:
    """A thing in a picture: the kind of test, the box of what can be seen, and of all of it."""

    what: str
    kind: str
    visible: Box
    whole: Box


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture, its hands, what to recall, and what is there by the labels of its parts."""

    image: Picture
    hands: tuple[Box, ...]
    truths: tuple[tuple[Box, Labels], ...]
    things: tuple[Pasted, ...] = ()

    def is_false(self, each: Detection) -> bool:
        """Whether nothing of that name is where a detection is, and none was pasted there."""
        near = (truth for box, truth in self.truths if shared_area(box, each.box) > 0)
        pasted = (
            shared_area(item.whole, each.box) for item in self.things if item.what == each.what
        )
        return not any(pasted) and all(is_there(each.what, truth) is False for truth in near)


def cutouts(images: Path) -> list[Cutout]:
    """All things of ``SOURCES``."""
    return [_cut(images / file, what, box) for file, what, box in SOURCES]


def _cut(file: Path, what: str, box: Box) -> Cutout:
    picture = cv2.imread(str(file))
    assert picture is not None, f"{file} is no picture"
    height, width = picture.shape[:2]
    left_edge, top = int(box[0] * width), int(box[1] * height)
    right, bottom = int(box[2] * width), int(box[3] * height)
    cv2.setRNGSeed(0)
    mask = np.zeros((height, width), np.uint8)
    rectangle = (left_edge, top, right - left_edge - 1, bottom - top - 1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, mask, rectangle, *models, 6, cv2.GC_INIT_WITH_RECT)
    opaque = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(opaque)
    opaque = (parts == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(opaque)
    soft = cv2.GaussianBlur(opaque.astype(np.float32), (3, 3), 0)[y : y + h, x : x + w]
    image = np.asarray(picture[y : y + h, x : x + w, ::-1], np.uint8)
    return Cutout(what, image, np.asarray(soft, np.float32))


class Paster:
    """Pastes things into pictures, in places that depend on the seed alone."""

    def __init__(self, things: Sequence[Cutout], seed: int) -> None:
        self._things, self._chance = things, np.random.default_rng(seed)

    def paste(
        self, picture: Picture, hands: Sequence[Box], *, small: int, covered: int
    ) -> tuple[Picture, list[Pasted]]:
        """The picture with so many small and half-covered things, every second one by a hand."""
        canvas, pasted = picture.copy(), list[Pasted]()
        for number in range(small + covered):
            sides = SMALL if number < small else LARGE
            item = _resized(self._pick(self._things), int(self._chance.integers(*sides)))
            near = hands if number % 2 else ()
            place = self._place(picture, item, near, pasted)
            if place is not None:
                place_kind = "small, by a hand" if near else "small, elsewhere"
                kind = "half covered" if number >= small else place_kind
                pasted.append(self._put(canvas, item, place, kind))
        return canvas, pasted

    def _pick(self, choices: Sequence[Cutout]) -> Cutout:
        return choices[int(self._chance.integers(len(choices)))]

    def _place(
        self, picture: Picture, item: Cutout, hands: Sequence[Box], others: Sequence[Pasted]
    ) -> tuple[int, int] | None:
        """Left and top of a free place that is not black; by a hand where there are hands."""
        (height, width), (h, w) = picture.shape[:2], item.image.shape[:2]
        for _ in range(100):
            x, y = self._chance.random() * (width - w), self._chance.random() * (height - h)
            if hands:
                hand = hands[int(self._chance.integers(len(hands)))]
                reach = NEAR * max((hand[2] - hand[0]) * width, (hand[3] - hand[1]) * height)
                turn, far = self._chance.random() * 2 * np.pi, reach * self._chance.uniform(0.4, 1)
                x = (hand[0] + hand[2]) / 2 * width + far * np.cos(turn) - w / 2
                y = (hand[1] + hand[3]) / 2 * height + far * np.sin(turn) - h / 2
            box = _box(x, y, x + w, y + h, picture)
            inside = 0 <= x < width - w and 0 <= y < height - h
            free = all(shared_area(box, other.whole) == 0 for other in others)
            if inside and free and picture[int(y) : int(y) + h, int(x) : int(x) + w].mean() > 24:
                return int(x), int(y)
        return None

    def _put(self, canvas: Picture, item: Cutout, place: tuple[int, int], kind: str) -> Pasted:
        (x, y), (h, w) = place, item.image.shape[:2]
        under = canvas[y : y + h, x : x + w].astype(np.float32)
        luma = float(item.image[item.opacity > 0.5].mean()), float(under.mean())
        lit = np.clip(((luma[0] + luma[1]) / 2) / max(luma[0], 1), 0.5, 1.2)  # halfway to the place
        seen = item.opacity.copy()
        if kind == "half covered":
            seen *= self._uncovered(item.opacity)
        opaque = seen[..., None]
        mixed = opaque * np.clip(item.image * lit, 0, 255) + (1 - opaque) * under
        canvas[y : y + h, x : x + w] = mixed.astype(np.uint8)
        rows, columns = np.nonzero(seen > 0.5)
        visible = x + columns.min(), y + rows.min(), x + columns.max() + 1, y + rows.max() + 1
        whole = _box(x, y, x + w, y + h, canvas)
        return Pasted(item.what, kind, _box(*visible, canvas), whole)

    def _uncovered(self, opacity: NDArray[np.float32]) -> NDArray[np.float32]:
        """1 where nothing is in front: one side of a line in any direction, by the share."""
        turn = self._chance.random() * 2 * np.pi
        rows, columns = np.indices(opacity.shape)
        along = rows * np.sin(turn) + columns * np.cos(turn)
        edge = np.quantile(along[opacity > 0.5], self._chance.uniform(*COVERED))
        return np.asarray(along >= edge, np.float32)


def _resized(item: Cutout, side: int) -> Cutout:
    height, width = item.image.shape[:2]
    scale = side / max(height, width)
    size = max(round(width * scale), 4), max(round(height * scale), 4)
    image, opacity = (
        cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        for values in (item.image, item.opacity)
    )
    return Cutout(item.what, np.asarray(image, np.uint8), np.asarray(opacity, np.float32))


def _box(left_edge: float, top: float, right: float, bottom: float, picture: Picture) -> Box:
    height, width = picture.shape[:2]
    return left_edge / width, top / height, right / width, bottom / height


def scenes(media: Path, hands_of: Callable[[Picture], tuple[Box, ...]]) -> dict[str, list[Scene]]:
    """The halves: frames of the EgoLife video every 4 s, and all else that has labels."""
    halves: dict[str, list[Scene]] = {"egolife": [], "others": []}
    decoder, labels = InProcess(), read_labels(MEDIA_LABELS)
    for file in sorted((*(media / "video").glob("*.mp4"), *(media / "images").glob("*.jpg"))):
        half = "egolife" if "ego" in file.name.replace("ego4d", "") else "others"
        for frame in decoder.frames(DecodeRequest(decoder.probe(file), 0.0, 0.0, 120.0, 4.0, WIDE)):
            start = frame.at // 30 * 30 if file.suffix == ".mp4" else None
            truth = labels.get(Shown(file.name, start))
            if "composite" not in file.name and truth and not is_blank(frame.image):
                hands = hands_of(frame.image)
                halves[half].append(Scene(frame.image, hands, (((0.0, 0.0, 1.0, 1.0), truth),)))
    return halves


def with_things(plain: Sequence[Scene], things: Sequence[Cutout], seed: int) -> list[Scene]:
    """The pictures with four small and two half-covered things each."""
    full = []
    for number, scene in enumerate(plain):
        paster = Paster(things, 1000 * seed + number)
        image, pasted = paster.paste(scene.image, scene.hands, small=4, covered=2)
        full.append(replace(scene, image=image, things=tuple(pasted)))
    return full


def mosaics(
    plain: Sequence[Scene], look: Callable[[Picture], list[Detection]], count: int
) -> Iterator[Scene]:
    """So many squares of 25, 36 and 49 pictures, with their things that became small."""
    chance = np.random.default_rng(3)
    known = [[each for each in look(scene.image) if each.confidence >= 0.6] for scene in plain]
    sure = [
        [each for each in seen if is_there(each.what, scene.truths[0][1])]
        for scene, seen in zip(plain, known)
    ]
    for row in MOSAICS * count:
        canvas = np.full((WIDE, WIDE, 3), 110, np.uint8)
        truths, things, side = list[tuple[Box, Labels]](), list[Pasted](), WIDE // row
        for place, index in enumerate(
            np.resize(chance.permutation(len(plain)), row * row).tolist()
        ):
            height, width = plain[index].image.shape[:2]
            scale = side / max(height, width)
            size = int(width * scale), int(height * scale)
            x, y = place % row * side, place // row * side
            small = cv2.resize(plain[index].image, size, interpolation=cv2.INTER_AREA)
            canvas[y : y + size[1], x : x + size[0]] = small
            truths.append((_at((0, 0, 1, 1), x, y, size), plain[index].truths[0][1]))
            boxes = [(each.what, _at(each.box, x, y, size)) for each in sure[index]]
            things += [
                Pasted(what, "in context", box, box)
                for what, box in boxes
                if max(box[2] - box[0], box[3] - box[1]) * WIDE < SMALL[1] + 1
            ]
        yield Scene(canvas, (), tuple(truths), tuple(things))


def _at(box: Box, x: int, y: int, size: tuple[int, int]) -> Box:
    """A box of a picture that is put so large, left and top there, into a wide one."""
    left_edge, right = ((x + edge * size[0]) / WIDE for edge in box[::2])
    top, bottom = ((y + edge * size[1]) / WIDE for edge in box[1::2])
    return left_edge, top, right, bottom
