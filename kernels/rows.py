"""Some rows of an attention call, looked at again: their weights over some columns.

A kernel gives only its output. What corrects that output (`redistribute.py`, `calibrate.py`)
needs the softmax weights of a few rows, and of these mostly a few columns. Where the kernel also
says the logarithm of each row's softmax sum, the other columns need not be touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.method import Method
from kernels.visible import visible

CELLS = 1 << 23
"""At most so many weights are held at once."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an attention function: what the kernel was given, and what it answered.

    Attributes:
        query: [B, H, q, d].
        key: [B, Hkv, k, d], not repeated for grouped heads.
        value: [B, Hkv, k, dv].
        mask: What the base's mask function returned: None, [B, written] or [B, 1 or H, q, k].
        scale: Factor on q·k.
        start: Position of the first query among the keys.
        mixed: The kernel's output, [B, q, H, dv]; corrections write into it.
        log_sums: log Σ exp(scores) of each row, float32 [B, H, q]; None where it is not known.
        method: Which keys the kernel lets a row see beside the mask; None for all.
        layer: Index of the layer.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    mask: Tensor | None
    scale: float
    start: int
    mixed: Tensor
    log_sums: Tensor | None = None
    method: Method | None = None
    layer: int = 0

    @property
    def groups(self) -> int:
        """Query heads per key head."""
        return self.query.shape[1] // self.key.shape[1]

    def folded(self, x: Tensor) -> Tensor:
        """[B, H, ...] as [B, Hkv, G, ...]."""
        return x.reshape(x.shape[0], self.key.shape[1], self.groups, *x.shape[2:])

    def output(self, rows: Tensor) -> Tensor:
        """The kernel's output in float32, [B, Hkv, G, r, dv]."""
        return self.folded(self.mixed[:, rows].transpose(1, 2).float())

    def put(self, rows: Tensor, output: Tensor, where: Tensor) -> None:
        """Replace the output of some heads of some rows; what is not chosen keeps its bits.

        Args:
            rows: int64 [r].
            output: float32 [B, Hkv, G, r, dv].
            where: bool [B, Hkv, G, r].
        """
        before = self.mixed[:, rows]
        after = output.flatten(1, 2).transpose(1, 2).to(before.dtype)
        self.mixed[:, rows] = torch.where(
            where.flatten(1, 2).transpose(1, 2)[..., None], after, before
        )

    def parts(self, rows: Tensor, columns: int) -> tuple[Tensor, ...]:
        """Cut rows into parts whose weights over so many columns fit into CELLS."""
        cells = self.query.shape[0] * self.query.shape[1] * max(1, columns)
        return rows.split(max(1, CELLS // cells))

    def weights(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Softmax weights of rows over columns; a row sums to 1 over all columns together.

        Where `log_sums` is None, `columns` must hold every column that the rows can see.

        Returns:
            float32 [B, Hkv, G, r, c]; zeros where a row sees nothing.
        """
        scores = self._scores(rows, columns)
        if self.log_sums is None:
            return scores.softmax(dim=-1).nan_to_num_(0.0)
        sums = self.folded(self.log_sums[:, :, rows])
        return scores.sub_(sums[..., None]).exp_()

    def sees(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Whether rows see columns, 1 or 0, float32 [B, Hkv, G, r, c]."""
        shape = (*self.key.shape[:2], self.groups, len(rows), len(columns))
        seen = self._visible(rows, columns)
        if seen is None:
            return torch.ones(shape, device=self.key.device)
        if seen.dtype != torch.bool:  # an additive mask hides by a very large negative number
            seen = seen > torch.finfo(seen.dtype).min / 2
        return seen.expand(shape).float()

    def mixture(self, weights: Tensor, columns: Tensor) -> Tensor:
        """Weighted sums of the values of some columns.

        Args:
            weights: float32 [B, Hkv, G, r, c].
            columns: int64 [c].

        Returns:
            float32 [B, Hkv, G, r, dv].
        """
        everything = len(columns) == self.value.shape[2]
        value = self.value if everything else self.value.index_select(2, columns)
        mixed = weights.flatten(2, 3) @ value.float()
        return mixed.unflatten(2, weights.shape[2:4])

    def seen_columns(self, rows: Tensor) -> Tensor:
        """Every column that one of the rows can see, ascending, int64 [c]."""
        total = self.key.shape[2]
        if self.method is None or (self.mask is not None and self.mask.dim() == 4):
            return torch.arange(total, device=self.key.device)
        seen = self._visible(rows, None)
        if seen is None:
            return torch.arange(total, device=self.key.device)
        return seen.flatten(0, -2).any(dim=0).nonzero()[:, 0]

    def _scores(self, rows: Tensor, columns: Tensor) -> Tensor:
        query = self.folded(self.query[:, :, rows]).flatten(2, 3).float()
        everything = len(columns) == self.key.shape[2]
        key = self.key if everything else self.key.index_select(2, columns)
        scores = (query * self.scale) @ key.float().transpose(2, 3)
        scores = scores.unflatten(2, (self.groups, len(rows)))
        seen = self._visible(rows, None if everything else columns)
        if seen is None:
            return scores
        return scores.masked_fill_(~seen, -torch.inf) if seen.dtype == torch.bool else scores + seen

    def _visible(self, rows: Tensor, columns: Tensor | None) -> Tensor | None:
        return visible(
            self.query, self.key, self.mask, self.method, rows, columns, self.start, self.layer
        )
