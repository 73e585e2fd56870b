"""Keys and values of a few columns of the prompt, kept beside a layer's cache.

While decoding, each step looks again at the same few columns, text and sinks, that lie scattered
in a long cache. Kept in one place they cost little; what has been decoded since is read from the
cache, whose rows a beam search may have exchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.attention_rows import Call


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """Some columns, the sinks last, and what rows give to them.

    Attributes:
        columns: int64 [c].
        keys: float32 [B, Hkv, c, d].
        values: float32 [B, Hkv, c, dv].
        groups: Membership in sinks, visual sinks and all wanted columns, float32 [B, c, 3].
        sinks: How many of the last columns are a sink in some row of the batch.
    """

    columns: Tensor
    keys: Tensor
    values: Tensor
    groups: Tensor
    sinks: int

    @classmethod
    def of(cls, call: Call, columns: Tensor, groups: Tensor) -> KeptColumns:
        """Read columns of a call."""
        isnt = (groups[..., 0] == 0).all(dim=0)
        order = torch.cat([isnt.nonzero()[:, 0], (~isnt).nonzero()[:, 0]])
        columns, groups = columns[order], groups[:, order]
        keys, values = (x.index_select(2, columns).float() for x in (call.key, call.value))
        return cls(columns, keys, values, groups, int((~isnt).sum()))

    def sums(self, call: Call, rows: Tensor, first: int) -> tuple[Tensor, Tensor, Tensor]:
        """What rows take from the wanted columns and from those decoded from ``first`` on.

        Returns:
            The weighted values of all these and of the sinks alone, [B, Hkv, G, r, dv]; and the
            attention that sinks, visual sinks and all got, [B, Hkv, G, r, 3].
        """
        weights = call.weights_of(rows, self.columns, self.keys)
        shape = weights.shape[1:4]
        attention = (weights.flatten(1, 3) @ self.groups).view(-1, *shape, 3)
        taken = weights.flatten(2, 3)
        if taken.shape[0] > 1:  # a column may be wanted in one row of the batch and not in another
            taken = taken * self.groups[:, None, None, :, 2]
        mixed = taken @ self.values
        start = taken.shape[-1] - self.sinks
        sinks = weights.flatten(2, 3)[..., start:] * self.groups[:, None, None, start:, 0]
        of_sinks = sinks @ self.values[:, :, start:]
        last = call.start + call.query.shape[2]
        if last > first:
            columns = torch.arange(first, last, device=rows.device)
            new = call.weights_of(rows, columns, call.key[:, :, first:last].float())
            attention[..., 2] += new.sum(dim=-1)
            mixed = mixed + new.flatten(2, 3) @ call.value[:, :, first:last].float()
        size = call.value.shape[-1]
        return mixed.view(-1, *shape, size), of_sinks.view(-1, *shape, size), attention
