"""Time a tower of pictures with Agent Attention and bi-level routing in place of its own attention.

    python -m benchmarks.attention.towers --layers 4 --json

The tower is SigLIP's at the size of EgoGPT's (so400m: 16 heads of 72) with random weights, as
only time is told; pictures of 27 × 27 and 54 × 54 tokens are read, all ways in one run by turns.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median

import torch
from transformers import SiglipVisionConfig, SiglipVisionModel

from kernels.layers.vision_tower import register_agents, register_routing

_PATCH = 14


def tower_of(side: int, layers: int) -> SiglipVisionModel:
    """A tower for pictures of ``side`` × ``side`` tokens."""
    config = SiglipVisionConfig(
        hidden_size=1152, intermediate_size=4304, num_hidden_layers=layers, num_attention_heads=16,
        image_size=side * _PATCH, patch_size=_PATCH, attn_implementation="sdpa",
    )  # fmt: skip
    return SiglipVisionModel(config).eval()


def timed(side: int, layers: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of a picture, by attention."""
    tower = tower_of(side, layers)
    picture = torch.randn(1, 3, side * _PATCH, side * _PATCH)
    ways = ["sdpa", register_routing(9, 4), register_routing(9, 16), register_agents(7)]
    took: dict[str, list[float]] = {way: [] for way in ways}
    with torch.no_grad():
        for turn in range(rounds + 1):
            for way in ways:
                tower.set_attn_implementation(way)
                began = time.perf_counter()
                tower(picture)
                if turn:  # the first is to warm up
                    took[way].append(1000 * (time.perf_counter() - began))
    return {way: round(median(times), 1) for way, times in took.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = {f"{side} × {side}": timed(side, options.layers, options.rounds) for side in (27, 54)}
    for side, times in found.items():
        print(side, {way: f"{spent} ms" for way, spent in times.items()})
    if options.json:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
