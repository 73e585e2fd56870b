"""Some rows of an attention call, looked at again: their weights over some columns.

A kernel gives only its output. What corrects that output (`visual_redistribution.py`,
`attention_calibration.py`) needs the softmax weights of a few rows, and of these mostly a few
columns. Where the kernel also says the logarithm of each row's softmax sum, the other columns need
not be touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.method import Method
from kernels.base.visibility import visible

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
        return self.folded(self._of(self.mixed, 1, rows).transpose(1, 2)).float()

    def put(self, rows: Tensor, output: Tensor, where: Tensor) -> None:
        """Replace the output of some heads of some rows; what is not chosen keeps its bits.

        Args:
            rows: int64 [r].
            output: float32 [B, Hkv, G, r, dv].
            where: bool [B, Hkv, G, r].
        """
        before = self.folded(self._of(self.mixed, 1, rows).transpose(1, 2))
        after = torch.where(where[..., None], output.to(before.dtype), before)
        after = after.flatten(1, 2).transpose(1, 2)
        self.mixed[:, rows if len(rows) < self.mixed.shape[1] else slice(None)] = after

    def parts(self, rows: Tensor, columns: int) -> tuple[Tensor, ...]:
        """Cut rows into parts whose weights over so many columns fit into CELLS."""
        cells = self.query.shape[0] * self.query.shape[1] * max(1, columns)
        most = max(1, CELLS // cells)
        return tuple(rows[first : first + most] for first in range(0, len(rows), most))

    def weights(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Softmax weights of rows over columns; a row sums to 1 over all columns together.

        Where `log_sums` is None, `columns` must hold every column that the rows can see.

        Returns:
            float32 [B, Hkv, G, r, c]; zeros where a row sees nothing.
        """
        return self.weights_of(rows, columns, self._of(self.key, 2, columns).float())

    def weights_of(self, rows: Tensor, columns: Tensor, keys: Tensor) -> Tensor:
        """As `weights`, with the columns' keys at hand, float32 [B, Hkv, c, d]."""
        query = self._of(self.query, 2, rows)
        query = query.reshape(query.shape[0], keys.shape[1], -1, query.shape[-1]).float()
        scores = (query * self.scale) @ keys.transpose(2, 3)
        scores = scores.view(*scores.shape[:2], self.groups, len(rows), len(columns))
        seen = self._visible(rows, columns)
        if seen is not None and seen.dtype == torch.bool:
            scores = scores.masked_fill_(~seen, -torch.inf)
        elif seen is not None:
            scores = scores + seen
        if self.log_sums is None:
            return scores.softmax(dim=-1).nan_to_num_(0.0)
        return scores.sub_(self.folded(self._of(self.log_sums, 2, rows))[..., None]).exp_()

    def seen_columns(self, rows: Tensor) -> Tensor:
        """Every column that one of the rows can see, ascending, int64 [c]."""
        total = self.key.shape[2]
        if self.method is not None and (self.mask is None or self.mask.dim() == 2):
            seen = self._visible(rows, None)
            if seen is not None:
                return seen.flatten(0, -2).any(dim=0).nonzero()[:, 0]
        return torch.arange(total, device=self.key.device)

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
        mixed = weights.flatten(2, 3) @ self._of(self.value, 2, columns).float()
        return mixed.view(*weights.shape[:4], self.value.shape[-1])

    @staticmethod
    def _of(x: Tensor, axis: int, places: Tensor) -> Tensor:
        """Some places of an axis, distinct and ascending; all of them cost nothing."""
        return x if len(places) == x.shape[axis] else x.index_select(axis, places)

    def _visible(self, rows: Tensor, columns: Tensor | None) -> Tensor | None:
        if columns is not None and len(columns) == self.key.shape[2]:
            columns = None
        return visible(
            self.query, self.key, self.mask, self.method, rows, columns, self.start, self.layer,
            self.scale,
        )  # fmt: skip
