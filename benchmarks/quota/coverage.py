"""Measure how many tokens the needle's frame gets at equal cost, through each kind's processor.

A made clip of half a minute: a room that the camera pans over, and for a second something else in
it. Processors are the real classes with the sizes that their makers publish, weights are tiny and
random: tokens are counted, nothing is answered. What is asked is scored by a scorer that knows the
right frames, with an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.quota.layout import PIXELS, small_model
from egogpt.quota.adapters import SizingAdapter, adapter_for
from egogpt.quota.frame_sources import FeatureMaps, FrameSource, Layout, Stock
from egogpt.quota.quota import Quota, assign
from egogpt.vlm.families import FAMILIES
from egogpt.vlm.focus import sampled_frames

Image = NDArray[np.uint8]
HEIGHT, WIDTH, SECONDS, SIDE = 540, 960, 30.0, 640
_TALL = 64  # pixels of the thing
_ERROR = 0.25  # of the scorer
# Pixels of a video's frames, or of the whole video (Qwen3), at least and at most, as published.
_SIZES = {
    "qwen2.5-vl": (56 * 56, 28 * 28 * 16_384),
    "qwen3-vl": (4096, 25_165_824),
    "qwen2.5-omni": (56 * 56, 28 * 28 * 16_384),
}
KINDS = {
    "qwen2.5-vl": "qwen2_5_vl",
    "qwen3-vl": "qwen3_vl",
    "qwen2.5-omni": "qwen2_5_omni_thinker",
    "smolvlm": "smolvlm",
    "llava-onevision": "llava_onevision",
    "egogpt": "egogpt",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """One way of showing a clip in one kind: how often the needle is in a frame that is shown, the
    tokens of its best frame (none where it is in none), and what the clip costs."""

    kind: str
    way: str
    frames: int
    seen: float
    needle_tokens: float
    spent: float


def coverages(kinds: Sequence[str] = tuple(KINDS), clips: int = 20) -> list[Coverage]:
    """Every kind: as it is shown without QuoTA, more frames evenly, and by QuoTA."""
    found = []
    for kind in kinds:
        model, stock = _Kind(kind), FAMILIES[KINDS[kind]].frames
        more = sampled_frames(stock)
        ways = {
            "usual": (stock, Quota(allocator="uniform")),
            "more frames, evenly": (more, Quota(allocator="uniform")),
            "QuoTA, nothing asked": (more, Quota(allocator="uniqueness", floor=0.5)),
            "QuoTA, asked": (more, Quota()),
        }
        for way, (frames, quota) in ways.items():
            shown = [_shown(model, seed, frames, stock, way, quota) for seed in range(clips)]
            tokens = [one for one, _ in shown]
            spent = float(np.mean([cost for _, cost in shown]))
            seen = float(np.mean([one > 0 for one in tokens]))
            found.append(
                Coverage(kind, way, frames, seen, round(float(np.mean(tokens)), 1), round(spent))
            )
    return found


def film(seed: int, frames: int) -> tuple[list[Image], NDArray[np.float64]]:
    """The sharpest pictures of as many equal parts, and which show the thing (0 or 1)."""
    import cv2

    noise = np.random.default_rng(seed)
    coarse = noise.integers(40, 220, (12, 24, 3)).astype(np.uint8)
    room = cv2.resize(coarse, (WIDTH * 2, HEIGHT), interpolation=cv2.INTER_CUBIC)
    begins = float(noise.uniform(0, SECONDS - 1))
    x, y = int(noise.integers(0, WIDTH - _TALL)), int(noise.integers(0, HEIGHT - _TALL))
    colour = noise.integers(0, 256, 3)
    pictures, shows = [], []
    for number in range(frames):
        at = (number + 0.5) * SECONDS / frames
        left = int(at / SECONDS * WIDTH)
        picture = np.ascontiguousarray(room[:, left : left + WIDTH])
        there = begins <= at < begins + 1
        if there:
            picture[y : y + _TALL, x : x + _TALL] = colour
        pictures.append(picture)
        shows.append(float(there))
    return pictures, np.array(shows)


class _Kind:
    """A kind's processor with published sizes, before a model with tiny random weights."""

    def __init__(self, kind: str) -> None:
        from transformers.image_utils import SizeDict

        from tests.egogpt import tiny_models

        self.kind = kind
        if kind in ("egogpt", "llava-onevision"):
            self.model, self.processor = small_model(), None
            return
        self.model, self.processor = tiny_models.MODELS[kind]()
        if kind in _SIZES:
            least, most = _SIZES[kind]
            size = SizeDict(shortest_edge=least, longest_edge=most)
            self.processor.video_processor.size = size
            self.processor.video_processor.cap_pixels_per_frame = False
        else:  # SmolVLM2-500M
            self.model.config.vision_config.image_size = 512
            self.model.config.vision_config.patch_size = 16
            self.model.config.scale_factor = 4

    def source(self, images: Sequence[Image], stock: Stock) -> FrameSource:
        """The frames, laid out as this kind does."""
        adapter = adapter_for(self.model)
        if isinstance(adapter, SizingAdapter):
            return adapter.source(self.model, self.processor, {}, images, stock)
        import cv2

        small = np.stack([cv2.resize(one, (PIXELS, PIXELS)) for one in images])
        pixels = torch.from_numpy(small).permute(0, 3, 1, 2)[None].float() / 127.5 - 1
        with torch.no_grad():
            inputs = {"pixel_values_videos": pixels}
            source = adapter.source(self.model, None, inputs, images, stock)
        if self.kind != "egogpt" or not isinstance(source, FeatureMaps):
            return source
        count = len(images)
        layout = Layout(count, min(stock.frames, count), (13, 13), (27, 27), "grid")
        return FeatureMaps(source.maps, layout, source.newline)


def _shown(
    model: _Kind, seed: int, frames: int, stock: int, way: str, quota: Quota
) -> tuple[float, int]:
    """Tokens of the best frame that shows the thing, and of all frames."""
    images, shows = film(seed, frames)
    source = model.source(images, Stock(stock, SIDE))
    layout = source.layout
    shapes: Sequence[tuple[int, int]] = (layout.stock,) * layout.maps
    if way != "usual":
        noise = np.random.default_rng(seed + 1000)
        relevance = np.clip(shows + noise.normal(size=frames) * _ERROR, 0.02, 1.0)
        shapes = assign(source, quota, relevance).shapes
    tokens = [rows * columns / layout.group for rows, columns in shapes]
    needle = [tokens[n // layout.group] for n in np.flatnonzero(shows)]
    return max(needle, default=0.0), sum(rows * columns for rows, columns in shapes)
