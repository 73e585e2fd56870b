"""Batches whose rows have unequal lengths: each row attends as if it were alone.

Positions, sinks and windows then count real tokens, wherever the padding lies. A row's real
tokens are a view of the cache unless there is padding between them, so that nothing is copied.
"""

from __future__ import annotations

from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Method
from kernels.engine.sparse_attention import attend


def attend_padded(
    method: Method, query: Tensor, key: Tensor, value: Tensor, real: Tensor, scale: float,
    layer: int, pages: BlockSummaries | None = None,
) -> Tensor:  # fmt: skip
    """Attend row by row over the real tokens only, so a row equals itself without padding.

    Args:
        method: Which keys are seen.
        query: [B, Hq, q, d], the last q of the written keys.
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        real: bool [B, written], written ≤ k: which of the written keys are not padding.
        scale: Factor on q·k.
        layer: Index of the layer, handed to the method.
        pages: What a paged cache keeps of these keys.

    Returns:
        [B, Hq, q, dv]; zeros where the query itself is padding.
    """
    start = real.shape[1] - query.shape[2]
    mixed = query.new_zeros(*query.shape[:3], value.shape[-1])
    for row in range(query.shape[0]):
        tokens = _span(real[row])
        asking = _span(real[row, start:])
        q, k, v = query[row : row + 1, :, asking], key[row : row + 1], value[row : row + 1]
        if q.shape[2]:
            summaries = None
            if pages is not None and isinstance(tokens, slice):
                summaries = pages.part(slice(row, row + 1), slice(None), tokens.start)
            part = attend(method, q, k[:, :, tokens], v[:, :, tokens], scale, layer, summaries)
            mixed[row, :, asking] = part[0]
    return mixed


def _span(real: Tensor) -> slice | Tensor:
    """Where the real tokens are: a slice, which copies nothing, unless padding lies between."""
    places = real.nonzero()[:, 0]
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]), int(places[-1]) + 1
    return slice(first, last) if last - first == len(places) else places
