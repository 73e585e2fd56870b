"""Blocks by a learned gate, which foretells how attention is shared out among them.

Each layer's gate was distilled from the dense attention of the model itself
(`egogpt.long_context.gate_training`). It reads one summary of a block, half as long as the bounds
that `quest` reads. A layer whose gate loses more than `spread` has none, and goes by `spread`.

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3; the number of blocks is a budget, as
in Gao et al., SeerAttention-R, arXiv 2506.08889. Heads of a group read the same blocks: those with
the highest logit for any of them, which tells a head that looks far from one that has to choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from kernels.base.method import Method, Scene
from kernels.layers.seer.gate import GateTable
from kernels.methods.block_scorer import BlockScores
from kernels.methods.mean_range import Spread

NO_GATES = GateTable((), "none")


@dataclass(frozen=True, slots=True)
class Seer(BlockScores):
    """The blocks that the layer's gate scores highest for one of the head's queries.

    Attributes:
        query_stride: Neighbouring queries of a prompt that are averaged to one before they ask.
        gates: Those of the model; without, every layer goes by `spread`.
    """

    name: ClassVar[str] = "seer"
    block: int = 16
    query_stride: int = 32
    gates: GateTable = NO_GATES

    def __post_init__(self) -> None:
        BlockScores.__post_init__(self)
        blocks = {gate.block for gate in self.gates.layers if gate is not None}
        if blocks - {self.block}:
            raise ValueError(f"{self.label}: its gates are for blocks of {blocks.pop()} keys")

    def at(self, layer: int, head: int) -> Method:
        """By the gate where the layer has one, else by `spread`, at the same budget."""
        if self.gates.at(layer) is not None:
            return self
        return Spread(
            self.sinks, self.window, self.block, self.query_block, self.dense_below,
            self.each_below, self.tokens, self.query_stride,
        )  # fmt: skip

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """The gate's logits, maximal over heads and queries."""
        gate = self.gates.at(scene.layer)
        assert gate is not None
        blocks = scene.summary(gate, self.block)[:, :, low:high]
        query, positions = gate.straighten(scene.query, scene.first, self.query_stride)
        logits = gate.score(query, positions, blocks)
        grouped = torch.unflatten(logits, 1, (blocks.shape[1], -1))
        return grouped.flatten(2, 3).amax(dim=2)
