"""Teach a language model's lower layers to read a question and statements together.

    python -m benchmarks.training.reading.causal_reader [--model qwen-0.5b] [--most 2200]
        [--start reader.safetensors] [--save reader.safetensors]

Low-rank adapters of the upper of the layers that are kept, and a head, are fitted to the written
lives and ``contrast/``, of which no more than ``--most`` questions are read, each once. Beside near
misses of a contrast stand lines of other ones, also such that answer theirs. Contrasts that are not
learned from are asked at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training.pair_groups import contrasts, of_lives, with_others
from benchmarks.training.reading.teacher import Teacher, batches
from egogpt.llm.causal_pairs import LAYERS, block_scores, lower_layers, pack_blocks
from egogpt.llm.transformers_models import load_local_model
from egogpt.weights.store import WeightStore
from egorag.answerability.statement_reader import quantised, restored

_FROM, _RANK = 8, 6  # the lowest layer that learns
_GROUPS, _CHUNK = 8, 96  # questions of a step; of which the lengths are sorted
_PARTS = {
    "self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "mlp": ("gate_proj", "up_proj", "down_proj"),
}


class _Adapted(nn.Module):
    """A matrix that gets no gradients with a low-rank product beside it."""

    def __init__(self, base: nn.Module, down: Tensor, up: Tensor) -> None:
        super().__init__()
        self.base, self.parts = base, (down, up)

    def forward(self, hidden: Tensor) -> Tensor:
        """What both give."""
        down, up = (part.to(hidden.dtype) for part in self.parts)
        beside = functional.linear(functional.linear(hidden, down), up)
        return self.base(hidden) + beside  # type: ignore[no-any-return]


class CausalTeacher(Teacher):
    """The lower layers of a language model with an adapter that learns, a new one or a file's."""

    def __init__(self, name: str, start: Path | None = None) -> None:
        torch.manual_seed(1)
        loaded = load_local_model(name, WeightStore(), bits=16)
        self.model, self.tokenizer = lower_layers(loaded.model), loaded.tokenizer
        super().__init__(restored(start.read_bytes()) if start else _new_adapter(self.model))
        for name in (name[: -len(".up")] for name in self.adapter if name.endswith(".up")):
            parts = (self.adapter[f"{name}.{part}"] for part in ("down", "up"))
            self.model.set_submodule(name, _Adapted(self.model.get_submodule(name), *parts))

    def scores(self, asked: Sequence[tuple[str, Sequence[str]]]) -> Tensor:
        """See `Teacher.scores`."""
        return block_scores(self.model, self.adapter, pack_blocks(self.tokenizer, asked))


def _new_adapter(model: Any) -> dict[str, Tensor]:
    width = model.config.hidden_size
    adapter = {"out.w": torch.randn(1, width) / math.sqrt(width), "out.b": torch.zeros(1)}
    for layer in range(_FROM, LAYERS):
        for name in (f"layers.{layer}.{a}.{b}" for a, parts in _PARTS.items() for b in parts):
            rows, columns = model.get_submodule(name).weight.shape
            adapter[f"{name}.down"] = torch.randn(_RANK, columns) / math.sqrt(columns)
            adapter[f"{name}.up"] = torch.zeros(rows, _RANK)
    return adapter


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="qwen-0.5b")
    parser.add_argument("--start", type=Path, help="a reader that learns on")
    parser.add_argument("--most", type=int, help="contrasts that are read, by default all")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    chance = random.Random(7)
    torch.set_num_threads(2)
    groups = list(with_others(contrasts(tested=False), chance))
    chance.shuffle(groups)
    teacher = CausalTeacher(options.model, options.start)
    steps = batches([*of_lives(chance), *groups[: options.most]], chance, _GROUPS, _CHUNK)
    teacher.learn(list(steps), options.rate)
    data = quantised(teacher.adapter)
    if options.save:
        options.save.write_bytes(data)
    report = {**teacher.figures(contrasts(tested=True)), "sha256": hashlib.sha256(data).hexdigest()}
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
