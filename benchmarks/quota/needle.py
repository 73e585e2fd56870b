"""The needle: a small mark in one frame of a clip, to be read at a fraction of the clip's tokens.

Every frame of a made clip shows one thing all over, faintly (what the scorer and the reader find a
frame by), and somewhere a small mark of one of eight kinds (what is asked about). The reader goes
to the frame that shows the thing most and names the mark that it sees best there, at whatever size
it was given the frame. Two kinds of marks: "patch" covers 2 x 2 cells and has specks of other kinds
beside it, "dot" is a single cell, strong and alone, which halving the map already all but buries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from egogpt.quota.allocators import Clues, allocate
from egogpt.quota.budget import TokenBudget
from egogpt.quota.resize import resize_maps

FRAMES, SIDE, CHANNELS, THINGS, MARKS = 12, 12, 32, 16, 8
FULL = FRAMES * SIDE * SIDE  # 1,728 tokens
NOISE = 0.55  # of every cell
THING = 0.30  # how strongly a frame's thing shows in each of its cells
_SURENESS = 10.0  # of the scorer, between a frame that shows the thing and one that does not


@dataclass(frozen=True, slots=True)
class Needle:
    """What a mark is: how many cells wide, how strong, and how many specks lie beside it."""

    name: str
    cells: int
    strength: float
    specks: int = 0


NEEDLES = {
    "patch": Needle("patch", 2, 2.6, specks=2),
    "dot": Needle("dot", 1, 3.6),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How frames are sized: an allocator, and what it goes by."""

    name: str
    allocator: str
    floor: float = 0.0
    gamma: float = 2.0
    scores: str = "scorer"  # or "random", or "oracle"
    min_tokens: int = 1


WAYS = (
    Way("uniform", "uniform"),
    Way("random", "quota", scores="random", min_tokens=0),
    Way("topk", "topk"),
    Way("quota", "quota", min_tokens=0),
    Way("quota+floor", "quota", floor=0.25, min_tokens=0),
    Way("oracle", "quota", scores="oracle", min_tokens=0),
)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A made clip: (frames, rows, columns, channels), its things and marks, and which is asked."""

    maps: Tensor
    things: Sequence[int]
    marks: Sequence[int]
    asked: int


class World:
    """Directions in which things and marks show; the same ones for all clips."""

    def __init__(self, seed: int = 0) -> None:
        noise = np.random.default_rng(seed)
        basis, _ = np.linalg.qr(noise.normal(size=(CHANNELS, CHANNELS)))
        axes = torch.tensor(basis.T.copy(), dtype=torch.float32)
        self.things, self.marks = axes[:THINGS], axes[THINGS : THINGS + MARKS]

    def clip(self, needle: Needle, noise: np.random.Generator) -> Clip:
        """A clip of frames with different things, and a mark of any kind in each."""
        things = noise.permutation(THINGS)[:FRAMES].tolist()
        marks = noise.integers(0, MARKS, FRAMES).tolist()
        cells = noise.normal(size=(FRAMES, SIDE, SIDE, CHANNELS)) * NOISE
        maps = torch.tensor(cells, dtype=torch.float32)
        maps += THING * self.things[things][:, None, None]
        for frame, mark in zip(maps, marks):
            self._put(frame, needle.cells, needle.strength * self.marks[mark], noise)
            for _ in range(needle.specks):
                other = self.marks[int(noise.integers(MARKS))]
                self._put(frame, 1, 0.7 * needle.strength * other, noise)
        return Clip(maps, things, marks, int(noise.integers(FRAMES)))

    def relevance(self, clip: Clip) -> np.ndarray:
        """How much of the thing that is asked about each frame shows: about 1 or about 0."""
        thing = self.things[clip.things[clip.asked]]
        return np.asarray((clip.maps.mean(dim=(1, 2)) @ thing).numpy() / THING)

    def reads(self, clip: Clip, frames: Sequence[Tensor]) -> bool:
        """Whether the reader names the right mark from frames of these sizes."""
        thing = self.things[clip.things[clip.asked]]
        shows = [float(f.mean(dim=(0, 1)) @ thing) if f.numel() else -1e9 for f in frames]
        best = frames[int(np.argmax(shows))].reshape(-1, CHANNELS)
        return int((best @ self.marks.T).amax(dim=0).argmax()) == clip.marks[clip.asked]

    @staticmethod
    def _put(frame: Tensor, cells: int, what: Tensor, noise: np.random.Generator) -> None:
        y, x = noise.integers(0, SIDE - cells + 1, 2).tolist()
        frame[y : y + cells, x : x + cells] += what


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked of a way: a needle, a budget, and how wrong the scorer is.

    ``scorer_noise`` is the standard deviation of the error of the relevance that the scorer sees,
    which is about 1 for the right frame and 0 for the others. FULL tokens show everything.
    """

    needle: str
    tokens: int
    scorer_noise: float = 0.0


def accuracies(
    settings: Sequence[Setting], ways: Sequence[Way] = WAYS, trials: int = 300, seed: int = 1
) -> dict[Setting, dict[str, float]]:
    """For each setting and each way, the part of ``trials`` clips whose mark is read.

    All ways and budgets of a needle see the same clips and the same errors of the scorer.
    """
    world = World()
    read = {setting: {way.name: 0 for way in ways} for setting in settings}
    for name in dict.fromkeys(setting.needle for setting in settings):
        noise = np.random.default_rng(seed)
        for _ in range(trials):
            clip = world.clip(NEEDLES[name], noise)
            relevance, errors = world.relevance(clip), noise.normal(size=FRAMES)
            chance = noise.random(FRAMES)
            for setting in settings:
                if setting.needle != name:
                    continue
                sure = _SURENESS * (relevance + setting.scorer_noise * errors - 0.5)
                scores = {
                    "scorer": 1 / (1 + np.exp(-sure)),
                    "random": chance,
                    "oracle": np.eye(FRAMES)[clip.asked],
                }
                for way in ways:
                    read[setting][way.name] += reads(world, clip, way, setting.tokens, scores)
    return {
        setting: {way: count / trials for way, count in counts.items()}
        for setting, counts in read.items()
    }


def reads(world: World, clip: Clip, way: Way, tokens: int, scores: dict[str, np.ndarray]) -> bool:
    """Whether the mark is read when the frames are sized in this way."""
    budget = TokenBudget(tokens, (SIDE, SIDE), min_tokens=way.min_tokens)
    clues = Clues(FRAMES, scores[way.scores], gamma=way.gamma, floor=way.floor)
    shown = allocate(way.allocator, budget, clues)
    return world.reads(clip, resize_maps(clip.maps, shown.shapes))
