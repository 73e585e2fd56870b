"""Train an attention-gated U-Net that outlines a screen or a face in the crop around its box.

``benchmarks.media.outlines`` calls this and judges the network. Screens are made: something on a
display, in a bezel, in perspective, with glare and with fingers in front, pasted into a picture.
Faces are a few real ones with their outline told by hand, each turned, moved and in another light.

A crop is (SIDE, SIDE, 3) RGB and has the box in its middle, with half of the box's sides around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ingest.vision.detectors.boxes import Numbers, Picture

SIDE = 96  # pixels of a crop; its box is half as wide and high
CANVAS = 160  # pixels of a picture into which a screen is pasted
WIDTHS = (16, 32, 56, 64)  # channels, from scale 1/2 to 1/16
MISSED = 3.0  # what an uncovered pixel costs, of one that is covered without need


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """What is around a box, and which of it (SIDE, SIDE; bool) is not to be seen."""

    kind: str
    picture: Picture
    private: Numbers
    group: str = ""  # of people, of a real one


@dataclass(frozen=True, slots=True)
class Setting:
    """How screens are made: spread of corners and edges as fractions of a screen's width."""

    skew: float
    detector: float  # error of the box's edges, of its sides
    streaks: bool  # glare in streaks, else in spots
    textured: bool  # hands cut from pictures, else of one colour
    blur: float  # pixels, at most


LEARNED = Setting(0.12, 0.05, streaks=False, textured=False, blur=1.5)
OTHER = Setting(0.2, 0.08, streaks=True, textured=True, blur=2.5)


def frame(box: Numbers, corners: Numbers) -> Numbers:
    """Corners (n, 2) of a picture as places in the crop around a box (left, top, right, bottom)."""
    low, sides = box[:2], box[2:] - box[:2]
    return np.asarray(((corners - low) / sides / 2 + 0.25) * SIDE, np.float32)


def cropped(picture: Picture, box: Numbers) -> Picture:
    """The crop around a box in pixels; black beyond the picture."""
    corners = np.array([box[:2], [box[2], box[1]], box[2:]], np.float32)
    matrix = cv2.getAffineTransform(corners, frame(box, corners))
    return np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA))


def filled(corners: Numbers, side: int = SIDE) -> Numbers:
    """Which pixels (side, side; bool) a polygon covers."""
    canvas = np.zeros((side, side), np.uint8)
    cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], 1)
    return canvas > 0


def made_screen(chance: np.random.Generator, scenes: Sequence[Picture], how: Setting) -> Crop:
    """A screen in a scene, by a box that is as wrong as a detector's."""
    canvas, mask = _part(chance, scenes, CANVAS, CANVAS), np.zeros((CANVAS, CANVAS), np.uint8)
    wide, tall = CANVAS * chance.uniform(0.2, 0.4, size=2)
    turn = chance.normal(0, 0.2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    unit = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    middle = CANVAS * chance.uniform(*((-0.02, 1.02) if chance.random() < 0.15 else (0.4, 0.6)), 2)
    skewed = unit + chance.normal(0, how.skew / 2, (4, 2))
    bezel = 1 + chance.uniform(0.02, 0.25, 2)
    keyboard = np.array([[0, 0], [0, 0], [0.1, 1], [-0.1, 1]]) * (chance.random() < 0.25)
    inner = (skewed * (wide, tall)) @ turned.T + middle
    outer = ((skewed * bezel + keyboard) * (wide, tall)) @ turned.T + middle
    cv2.fillPoly(canvas, [outer.astype(np.int32)], _colour(chance, 15, 60))
    if chance.random() < 0.3:
        cv2.polylines(canvas, [outer.astype(np.int32)], True, _colour(chance, 150, 60), 2)
    content = _content(chance, scenes, 96, 128)
    corners = np.array([[0, 0], [128, 0], [128, 96], [0, 96]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, inner.astype(np.float32))
    warped = cv2.warpPerspective(content, matrix, (CANVAS, CANVAS))
    mask = filled(inner, CANVAS)
    canvas[mask] = warped[mask]
    _add_glare(chance, canvas, mask, how)
    for _ in range(chance.integers(0, 4)):
        mask &= ~_add_finger(chance, canvas, outer, scenes if how.textured else ())
    low, high = np.clip(outer.min(axis=0), 0, CANVAS), np.clip(outer.max(axis=0), 0, CANVAS)
    box = np.concatenate([low, high])
    if (high - low).min() < CANVAS / 16 or not mask.any():
        return made_screen(chance, scenes, how)
    box += chance.normal(0, how.detector, 4) * np.tile(high - low, 2)
    picture = cv2.GaussianBlur(cropped(canvas, box), (0, 0), chance.uniform(0.3, how.blur))
    private = cropped(mask.astype(np.uint8) * 255, box) > 127
    return Crop("screen", _relit(chance, np.asarray(picture, np.uint8)), private)


def _part(
    chance: np.random.Generator, scenes: Sequence[Picture], height: int, width: int
) -> Picture:
    scene = scenes[int(chance.integers(len(scenes)))]
    tall, wide = (int(side * chance.uniform(0.3, 1)) for side in scene.shape[:2])
    top, left_edge = (chance.integers(0, n - m + 1) for n, m in zip(scene.shape, (tall, wide)))
    part = scene[top : top + tall, left_edge : left_edge + wide]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _colour(chance: np.random.Generator, middle: float, spread: float) -> tuple[int, ...]:
    grey = np.clip(chance.normal(middle, spread), 0, 255)
    return tuple(int(value) for value in np.clip(grey + chance.normal(0, spread / 4, 3), 0, 255))


def _content(
    chance: np.random.Generator, scenes: Sequence[Picture], height: int, width: int
) -> Picture:
    """What a display shows: a picture, text or rows of bubbles on a ground, or nearly nothing."""
    if chance.random() < 0.3:
        return _part(chance, scenes, height, width)
    ground = _colour(chance, 240 if chance.random() < 0.6 else 25, 25)
    shown = np.full((height, width, 3), ground, np.float32)
    shown += chance.normal(0, 25) * np.linspace(-1, 1, height)[:, None, None]
    ink = _colour(chance, 255 - ground[0], 60)
    for y in range(8, height - 4, int(chance.integers(5, 20))):
        start, length = chance.integers(2, width // 2), chance.integers(4, width // 2)
        if chance.random() < 0.6:
            thick = int(chance.integers(1, 4))
            cv2.line(shown, (int(start), y), (int(start + length), y), ink, thick)
    return np.asarray(np.clip(shown, 0, 255), np.uint8)


def _add_glare(chance: np.random.Generator, canvas: Picture, mask: Numbers, how: Setting) -> None:
    if chance.random() < 0.5:
        return
    spots = np.zeros(mask.shape, np.float32)
    x, y = (int(value) for value in chance.choice(np.argwhere(mask))[::-1])
    size = int(chance.integers(3, 16))
    if how.streaks:
        cv2.line(spots, (x - 40, y - size), (x + 40, y + size), 1.0, max(size // 2, 1))
    else:
        cv2.circle(spots, (x, y), size, 1.0, -1)
    light = cv2.GaussianBlur(spots, (0, 0), size / 2)[..., None] * mask[..., None]
    canvas[:] = np.clip(canvas + light * chance.uniform(60, 255), 0, 255)


def _add_finger(
    chance: np.random.Generator, canvas: Picture, outer: Numbers, scenes: Sequence[Picture]
) -> Numbers:
    """Lay a finger over the canvas, from outside to a place at the edge; which pixels it hides."""
    n, share = chance.integers(4), chance.random()
    tip = outer[n] * share + outer[(n + 1) % 4] * (1 - share)
    tip += (outer.mean(axis=0) - tip) * chance.uniform(-0.1, 0.5)
    away = (tip - outer.mean(axis=0)) * 2 + chance.normal(0, 12, 2)
    hidden = np.zeros(canvas.shape[:2], np.uint8)
    points = [tuple(int(value) for value in point) for point in (tip, tip + away)]
    cv2.line(hidden, points[0], points[1], 1, int(chance.integers(5, 17)))
    skin = np.array([200, 150, 125]) * chance.uniform(0.25, 1.15) + chance.normal(0, 8, 3)
    texture = np.broadcast_to(skin, canvas.shape)
    if scenes:
        texture = (texture + _part(chance, scenes, CANVAS, CANVAS).astype(float)) / 2
    shade = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), 3)[..., None]
    canvas[hidden > 0] = np.clip(texture * (0.6 + 0.4 * shade), 0, 255)[hidden > 0]
    return hidden > 0


def _relit(chance: np.random.Generator, picture: Picture) -> Picture:
    gain = np.exp(chance.normal(0, 0.1, 3) + chance.normal(0, 0.3))
    lit = 255 * np.clip(picture / 255 * gain, 0, 1) ** np.exp(chance.normal(0, 0.25))
    return np.asarray(
        np.clip(lit + chance.normal(0, chance.uniform(0, 8), lit.shape), 0, 255), "u1"
    )


def moved(chance: np.random.Generator, crop: Crop) -> Crop:
    """The same face flipped, turned, by another box and in another light."""
    scale, turn = np.exp(chance.normal(0, 0.12)), chance.normal(0, 12)
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), turn, scale)
    matrix = matrix + np.array([[0, 0], [0, 0], chance.normal(0, 0.04 * SIDE, 2)]).T
    step = -1 if chance.random() < 0.5 else 1
    picture = cv2.warpAffine(crop.picture[:, ::step], matrix, (SIDE, SIDE))
    mask = cv2.warpAffine(crop.private[:, ::step].astype(np.uint8), matrix, (SIDE, SIDE))
    if chance.random() < 0.3:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return Crop(crop.kind, _relit(chance, np.asarray(picture, np.uint8)), mask > 0)


class AttentionUNet(nn.Module):
    """A U-Net whose skips are weighed by gates.

    Source: Oktay et al., "Attention U-Net", arXiv 1804.03999, the block that AGUNet repeats
    (Bouget et al., "Meningioma segmentation in T1-weighted MRI leveraging global context and
    attention mechanisms", arXiv 2101.07715), here in 2-D and without its deep supervision.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(a, b) for a, b in zip((16, *WIDTHS), WIDTHS))
        pairs = list(zip(WIDTHS[-2::-1], WIDTHS[:0:-1]))  # (finer, coarser), from the coarsest
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.gate = nn.ModuleList(nn.Conv2d(2 * a, a, 1) for a, _ in pairs)
        self.weight = nn.ModuleList(nn.Conv2d(a, 1, 1) for a, _ in pairs)
        self.up = nn.ModuleList(_block(2 * a, a) for a, _ in pairs)
        self.head = nn.Conv2d(WIDTHS[0], 4, 1)

    def forward(self, crops: Tensor) -> Tensor:
        """Logits (n, SIDE, SIDE) of crops (n, 4, SIDE, SIDE): RGB, and 1 where faces are asked."""
        skips, x = [], functional.pixel_unshuffle(crops, 2)
        for n, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if n else x)
            skips.append(x)
        skips.pop()
        for narrow, gate, weight, up in zip(self.narrow, self.gate, self.weight, self.up):
            skip = skips.pop()
            x = functional.interpolate(narrow(x), scale_factor=2, mode="bilinear")
            share = torch.sigmoid(weight(torch.relu(gate(torch.cat([skip, x], 1)))))
            x = up(torch.cat([skip * share, x], 1))
        return functional.pixel_shuffle(self.head(x), 2)[:, 0]


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


def batch(crops: Sequence[Crop]) -> tuple[Tensor, Tensor]:
    """Inputs (n, 4, SIDE, SIDE) and targets (n, SIDE, SIDE)."""
    pictures = torch.from_numpy(np.stack([crop.picture for crop in crops])).permute(0, 3, 1, 2)
    faces = torch.tensor([float(crop.kind == "face") for crop in crops])
    kinds = faces[:, None, None, None].expand(-1, 1, SIDE, SIDE)
    targets = torch.from_numpy(np.stack([crop.private for crop in crops])).float()
    return torch.cat([pictures / 127.5 - 1, kinds], 1), targets


def trained(
    scenes: Sequence[Picture], faces: Sequence[Crop], steps: int, seed: int = 0
) -> AttentionUNet:
    """A network after so many steps of 16 crops, three of four of them screens."""
    torch.manual_seed(seed)
    chance, network = np.random.default_rng(seed), AttentionUNet()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(steps):
        crops = [made_screen(chance, scenes, LEARNED) for _ in range(12)]
        crops += [moved(chance, faces[int(chance.integers(len(faces)))]) for _ in range(4)]
        inputs, targets = batch(crops)
        logits = network(inputs)
        cost = functional.binary_cross_entropy_with_logits(
            logits, targets, pos_weight=torch.tensor(MISSED)
        )
        share = torch.sigmoid(logits)
        overlap = (share * targets).sum((1, 2)) / (share + targets).sum((1, 2)).clamp_min(1)
        optimizer.zero_grad()
        torch.autograd.backward(cost + 1 - 2 * overlap.mean())
        optimizer.step()
        plan.step()
    return network.eval()
