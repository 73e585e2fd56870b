"""Dense attention over more keys than may be held: piece by piece, joined by log-sums.

What fits is attended to at once, by the very operations that a cache in memory is read with.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.partial_softmax import (
    PartialSoftmax,
    attend_part,
    causal_part,
    fold,
    merge,
    repeated,
    unfold,
)
from kernels.base.spans import pieces


def attend_dense(
    query: Tensor, key: Tensor, value: Tensor, scale: float, pages: BlockSummaries
) -> Tensor:
    """Dense causal attention of the last q of k tokens.

    Args:
        query: [B, Hq, q, d].
        key: The first k tokens of `pages`, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        pages: Where keys and values lie; those in memory are read at once.

    Returns:
        [B, Hq, q, dv].
    """
    total, count = key.shape[2], query.shape[2]
    most = pages.at_once(total)
    if total <= most:
        pages.read_all(0, total)
        return causal_part(query, key, value, scale)
    start = total - count
    done = [
        _rows(query[:, :, first - start : last - start], key, value, scale, pages, last, most)
        for first, last in pieces(start, total, most)
    ]
    return torch.cat(done, dim=2) if len(done) > 1 else done[0]


def _rows(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    scale: float,
    pages: BlockSummaries,
    last: int,
    most: int,
) -> Tensor:
    """The queries that end before `last`, no more than can be read at once."""
    first = last - query.shape[2]
    pages.read_all(first, last)
    keys, values = (repeated(x[:, :, first:last], query) for x in (key, value))
    joined = _precise(attend_part(query, keys, values, scale, causal=True))
    for begin, end in pieces(0, first, most):
        pages.read_all(begin, end)
        keys, values = (x[:, :, begin:end] for x in (key, value))
        part = unfold(attend_part(fold(query, key), keys, values, scale), query)
        joined = merge([joined, _precise(part)])
    return joined.mixed.to(query.dtype)


def _precise(part: PartialSoftmax) -> PartialSoftmax:
    """As float32, so that joining many parts does not round as often."""
    return PartialSoftmax(part.mixed.float(), part.log_sum)
