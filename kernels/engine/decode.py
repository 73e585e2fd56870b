"""One query over sinks, chosen blocks and window: what each written token costs."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.method import Method
from kernels.base.partial_softmax import PartialSoftmax, attend_part, fold, unfold
from kernels.native.bindings import attend, serves


def attend_one(
    method: Method, chosen: Tensor | None, query: Tensor, key: Tensor, value: Tensor, scale: float
) -> PartialSoftmax:
    """Attend for the last token.

    Args:
        method: Its sinks, window and block say what is seen.
        chosen: What `method.choose` named, int64 [B or 1, Hkv or 1, n], or None.
        query: [B, Hq, 1, d].
        key: All k tokens, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.

    Returns:
        The part over the keys seen, [B, Hq, 1, dv].
    """
    near = max(0, key.shape[2] - method.window)
    near = near if near > method.sinks else 0
    if serves(query, key, value):
        names = None if chosen is None else chosen.long()
        return PartialSoftmax(
            *attend(query, key, value, scale, method.sinks, near, method.block, names)
        )
    if chosen is None or near == 0:
        keys, values = (_ends(x, method.sinks, near) for x in (key, value))
        return unfold(attend_part(fold(query, key), keys, values, scale), query)
    rows = fold(query, key)
    chosen = chosen.expand(*key.shape[:2], -1)
    parts = [
        _head(method, chosen[b, h], rows[b, h], key[b, h], value[b, h], near, scale)
        for b in range(key.shape[0])
        for h in range(key.shape[1])
    ]
    together = PartialSoftmax(
        torch.cat([p.mixed for p in parts]), torch.cat([p.log_sum for p in parts])
    )
    return unfold(together, query)


def _ends(x: Tensor, sinks: int, near: int) -> Tensor:
    """The first `sinks` and everything from `near` on; a view where there is no gap."""
    tail = x[:, :, near:]
    return torch.cat([x[:, :, :sinks], tail], dim=2) if sinks and near else tail


def _head(
    method: Method, chosen: Tensor, rows: Tensor, key: Tensor, value: Tensor, near: int,
    scale: float,
) -> PartialSoftmax:  # fmt: skip
    """One key head: rows [G, d], key [k, d]. Heads may choose unequally many blocks."""
    block = method.block
    low, high = method.sinks // block, near // block
    named = chosen.tolist() if method.sinks % block or near % block else ()
    start = method.sinks if low * block == method.sinks or low not in named else (low + 1) * block
    end = near if high not in named else high * block
    if end <= start:
        start, end = 0, 0
    inside = chosen[(chosen >= -(-start // block)) & (chosen < end // block)]
    keys, values = (_seen(x, inside, block, start, end) for x in (key, value))
    return attend_part(rows[None, None], keys, values, scale)


def _seen(x: Tensor, blocks: Tensor, block: int, start: int, end: int) -> Tensor:
    """Tokens before start, in the blocks, and from end on, [1, 1, n, d]."""
    whole = x.shape[0] // block
    middle = x[: whole * block].reshape(whole, block, x.shape[1]).index_select(0, blocks)
    return torch.cat([x[:start], middle.flatten(0, 1), x[end:]])[None, None]
