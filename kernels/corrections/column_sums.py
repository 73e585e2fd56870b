"""Attention that each column of a prompt receives: the measure that reveals sinks."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.attention_rows import Call
from kernels.corrections.prompt_state import PromptState


class ColumnSums(PromptState):
    """Attention that the prompt's real rows give to each column, and how many rows see it.

    Installed on a layer (`on_top.install`) it only looks: the kernel's answer stays as it is.

    Attributes:
        sums: float32 [B, H, P], once something was counted.
        viewers: float32 [B, H, P].
    """

    def __init__(self, real: Tensor) -> None:
        """Prepare for a prompt whose real tokens (no padding) are bool [B, P]."""
        super().__init__(real.shape[1])
        self.real = real
        self.sums = self.viewers = torch.zeros(0)

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """See `Correction.begin`; None once the prompt is read."""
        start = self.advance(asked, total)
        self._fit(batch)
        return start if start < self.length else None

    def correct(self, call: Call) -> None:
        """Count; correct nothing."""
        self.count(call)

    def count(self, call: Call) -> None:
        """Add what this call's rows of the prompt give; the first rows begin anew."""
        if call.start == 0:
            batch, heads = call.query.shape[:2]
            self.sums = torch.zeros(batch, heads, self.length, device=call.query.device)
            self.viewers = torch.zeros_like(self.sums)
        mine = self.real[:, call.start : call.start + call.query.shape[2]]
        for part in call.parts(mine.any(dim=0).nonzero()[:, 0], call.key.shape[2]):
            columns = call.seen_columns(part)
            counted = mine[:, None, None, part, None].float()
            received = (call.weights(part, columns) * counted).sum(dim=3).flatten(1, 2)
            seen = (call.sees(part, columns) * counted).sum(dim=3).flatten(1, 2)
            inside = columns < self.length
            self.sums[:, :, columns[inside]] += received[..., inside]
            self.viewers[:, :, columns[inside]] += seen[..., inside]

    @property
    def means(self) -> Tensor:
        """Mean attention of each column over the rows that see it, [B, H, P]."""
        return self.sums / self.viewers.clamp(min=1)

    def _fit(self, batch: int) -> None:
        """Repeat the prompt's rows for beams and for several answers to one prompt."""
        times = batch // self.real.shape[0]
        if times > 1:
            self.real = self.real.repeat_interleave(times, dim=0)
