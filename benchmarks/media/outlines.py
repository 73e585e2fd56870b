"""Screens and faces covered by their outline instead of a box with a margin: what stays uncovered?

    python -m benchmarks.media.outlines MEDIA [--steps 500] [--seed 0] [--json]

MEDIA holds the files of ``benchmarks/datasets/outline_labels.tsv``: boxes of the detectors, each
with the outline of the lit display or of the face, by hand. Networks learn from made screens and
the faces of one group of people (``benchmarks.training.outline_network``), and are judged on
screens made in another way, on real ones, and on the faces of the other group. Beside them stand
boxes with margins, quadrilaterals by the contours of OpenCV, and ellipses in the boxes.

Each is widened by margins, as fractions of the box's sides; sharing has the box and 0.3.
"uncovered" is the mean share of what is private, "leaks" the share of things of which more than 1 %
is uncovered, "needless" what else is covered, as a share of the box: all in percent.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from benchmarks.media.bodies import parse_look, pictures
from benchmarks.training.outline_network import (
    OTHER,
    SIDE,
    AttentionUNet,
    Crop,
    batch,
    cropped,
    filled,
    frame,
    made_screen,
    trained,
)
from egogpt.runtime.threads import wait_passively
from ingest.editing.redaction import MARGIN
from ingest.vision.detectors.boxes import Numbers, Picture

LABELS = Path(__file__).parents[1] / "datasets" / "outline_labels.tsv"
NOT_SCENES = frozenset({"42_exo_meeting.jpg"})  # shows screens without an outline
MADE = 200  # screens of a set
MARGINS = (0.0, 0.1, 0.2, MARGIN, 0.4, 0.5)  # the outlines get the first four
RECT, ELLIPSE = cv2.MORPH_RECT, cv2.MORPH_ELLIPSE
LEAK = 0.01  # of what is private
Way = Callable[[Crop], Numbers]


def labelled(media: Path) -> dict[str, list[Crop]]:
    """The labelled things of each kind."""
    paths = {path.name: path for path in media.rglob("*.*")}
    crops = defaultdict(list)
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        name, second, kind, group, box, outline = line.split("\t")
        if name in paths:
            _, image = next(pictures(paths[name], {float(second)}))
            sides = np.array(image.shape[1::-1])
            edges = np.array(parse_look(f"0:{box}")[1]) * np.tile(sides, 2)
            points = np.array([[float(n) for n in point.split(",")] for point in outline.split()])
            private = filled(frame(edges, points * sides))
            crops[kind].append(Crop(kind, cropped(image, edges), private, group))
    return dict(crops)


def scenes(media: Path) -> tuple[list[Picture], list[Picture]]:
    """Pictures without labels: those to learn from, and those to judge by."""
    names = {line.split("\t")[0] for line in LABELS.read_text(encoding="utf-8").splitlines()}
    paths = sorted(media.glob("images/*.jpg"))
    free = [path for path in paths if path.name not in names | NOT_SCENES]
    read = [next(pictures(path, {0.0}))[1] for path in free]
    small = [cv2.resize(each, (320, 240), interpolation=cv2.INTER_AREA) for each in read]
    return [np.asarray(each) for each in small[::2]], [np.asarray(each) for each in small[1::2]]


def box_of(crop: Crop) -> Numbers:
    """The box itself."""
    mask = np.zeros(crop.private.shape, bool)
    mask[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4] = True
    return mask


def ellipse_in(crop: Crop) -> Numbers:
    """The ellipse in the box."""
    mask = np.zeros(crop.private.shape, np.uint8)
    cv2.ellipse(mask, (SIDE // 2, SIDE // 2), (SIDE // 4, SIDE // 4), 0, 0, 360, 1, -1)
    return mask > 0


def quadrilateral(crop: Crop) -> Numbers:
    """The hull of the four-cornered contour that is most like the box; the box without any."""
    grey = cv2.GaussianBlur(cv2.cvtColor(crop.picture, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    box, best, most = box_of(crop), box_of(crop), 0.3
    level, bright = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(grey, level / 2, level), np.ones((3, 3), np.uint8))
    for image in (edges, bright, 255 - bright):
        for contour in cv2.findContours(image, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
            corners = cv2.approxPolyDP(contour, 0.05 * cv2.arcLength(contour, True), True)
            if len(corners) == 4:
                mask = filled(cv2.convexHull(corners)[:, 0])
                if (alike := overlap(mask, box)) > most:
                    best, most = mask, alike
    return best


def by_network(networks: Mapping[str, AttentionUNet], least: float) -> Way:
    """What has at least this probability by the network that learned from the other people.

    The box where that is next to nothing.
    """

    def way(crop: Crop) -> Numbers:
        network = networks["b" if crop.group == "a" else "a"]
        with torch.inference_mode():
            mask = torch.sigmoid(network(batch([crop])[0]))[0].numpy() >= least
        return mask if mask.sum() > 0.1 * box_of(crop).sum() else box_of(crop)

    return way


def overlap(mask: Numbers, other: Numbers) -> float:
    """Intersection over union."""
    return float((mask & other).sum() / max((mask | other).sum(), 1))


def widened(mask: Numbers, margin: float, shape: int = ELLIPSE) -> Numbers:
    """A mask with a margin around it, as a fraction of the box's sides, in whole pixels or more."""
    radius = math.ceil(margin * SIDE / 2)
    kernel = cv2.getStructuringElement(shape, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)) > 0


def uncovered(crops: Sequence[Crop], masks: Sequence[Numbers]) -> tuple[float, float]:
    """The mean share of what is private that no mask covers, and the share of leaks; in percent."""
    shares = [(crop.private & ~mask).sum() / crop.private.sum() for crop, mask in zip(crops, masks)]
    return 100 * float(np.mean(shares)), 100 * float(np.mean(np.array(shares) > LEAK))


def figures(crops: Sequence[Crop], way: Way, margin: float, shape: int) -> dict[str, float]:
    """IoU without a margin; uncovered, leaks and needless with it."""
    masks = [way(crop) for crop in crops]
    alike = [overlap(crop.private, mask) for crop, mask in zip(crops, masks)]
    wide = [widened(mask, margin, shape) for mask in masks]
    needless = [(mask & ~crop.private).sum() for crop, mask in zip(crops, wide)]
    share, leaks = uncovered(crops, wide)
    return {
        "iou": round(100 * float(np.mean(alike)), 1),
        "uncovered": round(share, 2),
        "leaks": round(leaks, 1),
        "needless": round(400 * float(np.mean(needless)) / SIDE**2, 1),
    }


def judged(crops: Sequence[Crop], ways: dict[str, Way]) -> dict[str, Any]:
    """Figures of boxes and of each way, with each margin."""
    boxes = {f"box and {margin}": figures(crops, box_of, margin, RECT) for margin in MARGINS}
    others = {
        f"{name} and {margin}": figures(crops, way, margin, ELLIPSE)
        for name, way in ways.items()
        for margin in MARGINS[:4]
    }
    return {"things": len(crops), **boxes, **others}


def report(
    networks: Mapping[str, AttentionUNet],
    real: Mapping[str, Sequence[Crop]],
    unseen: Sequence[Picture],
) -> dict[str, Any]:
    """All figures on screens made in these scenes and on real things, by networks of each group."""
    chance = np.random.default_rng(0)
    made = [made_screen(chance, unseen, OTHER) for _ in range(MADE)]
    half = by_network(networks, 0.5)
    nets: dict[str, Way] = {
        "network": half,
        "network, unsure too": by_network(networks, 0.1),
        "today's box, network": lambda crop: half(crop) | widened(box_of(crop), MARGIN, RECT),
    }
    screens, faces = {"quadrilateral": quadrilateral, **nets}, {"ellipse": ellipse_in, **nets}
    return {
        "numbers": sum(part.numel() for part in networks["a"].parameters()),
        "made screens": judged(made, screens),
        "real screens": judged(real["screen"], screens),
        "real faces": judged(real["face"], faces),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, help="a folder that holds the labelled files")
    parser.add_argument("--steps", type=int, default=500, help="of 16 crops")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    wait_passively()
    if not any(options.media.rglob("*.jpg")):
        print(f"{options.media} holds no labelled pictures: give their folder.", file=sys.stderr)
        return 1
    torch.set_num_threads(1)
    (learned, unseen), real = scenes(options.media), labelled(options.media)
    networks = {}
    for group in ("a", "b"):
        faces = [crop for crop in real["face"] if crop.group == group]
        networks[group] = trained(learned, faces, options.steps, options.seed)
    result = report(networks, real, unseen)
    print(json.dumps(result, indent=None if options.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
