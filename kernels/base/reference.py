"""Masked attention from its definition: plain, slow and right.

Every fast path is tested against it. It makes a T × T mask and repeats the keys for each query
head, which is why nothing but tests and explanations should call it.
"""

from __future__ import annotations

from collections.abc import Container

import torch
from torch import Tensor

from kernels.base.method import EVERYTHING, Choice, Method, Scene, head_runs


def attention(
    query: Tensor, key: Tensor, value: Tensor, visible: Tensor, scale: float | None = None
) -> Tensor:
    """Compute softmax(q·k · scale) · v over the visible keys, in float32.

    Args:
        query: [B, Hq, q, d].
        key: [B, Hkv, k, d]; query head h reads key head h // (Hq / Hkv).
        value: [B, Hkv, k, dv].
        visible: bool, broadcastable to [B, Hq, q, k]; a query that sees nothing gives zeros.
        scale: 1/√d unless told.

    Returns:
        [B, Hq, q, dv] in the query's dtype.
    """
    groups = query.shape[1] // key.shape[1]
    key = key.repeat_interleave(groups, dim=1).float()
    value = value.repeat_interleave(groups, dim=1).float()
    scores = query.float() @ key.transpose(-1, -2)
    scores = scores * (query.shape[-1] ** -0.5 if scale is None else scale)
    weights = scores.masked_fill(~visible, -torch.inf).softmax(dim=-1).nan_to_num(0.0)
    return (weights @ value).to(query.dtype)


def visible(
    method: Method, query: Tensor, key: Tensor, layer: int = 0, scale: float = 1.0
) -> Tensor:
    """Spell out which keys each query sees under a method, for rows without padding.

    Args:
        method: The method.
        query: The last q tokens, [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d].
        layer: Index of the layer, handed to the method.
        scale: Factor on q·k, handed to the method.

    Returns:
        bool [B, Hq, q, k].
    """
    groups = query.shape[1] // key.shape[1]
    parts = [
        _run_visible(
            own, query[:, heads.start * groups : heads.stop * groups], key[:, heads], layer, scale
        )
        for heads, own in head_runs(method, layer, key.shape[1], query.shape[2])
    ]
    return torch.cat(parts, dim=1)


def _run_visible(method: Method, query: Tensor, key: Tensor, layer: int, scale: float) -> Tensor:
    """What the key heads that see by one method see, block of queries by block."""
    batch, heads, count, _ = query.shape
    kv_heads, total = key.shape[1], key.shape[2]
    seen = torch.zeros(batch, heads, count, total, dtype=torch.bool)
    start = first = total - count
    while first < total:
        end = (first // method.query_block + 1) * method.query_block
        last = min(total, end)
        rows = query[:, :, first - start : last - start]
        chosen: Choice = None
        if last > method.sinks + method.window:
            chosen = method.choose(Scene(rows, key[:, :, :first], layer, scale))
        for b in range(batch):
            for h in range(heads):
                names = _named(chosen, b, h * kv_heads // heads)
                for i in range(first, last):
                    for j in range(i + 1):
                        seen[b, h, i - start, j] = (
                            j < method.sinks or i - j < method.window
                            or j // method.block in names or end <= method.dense_below
                        )  # fmt: skip
        first = last
    return seen


def _named(chosen: Choice, row: int, head: int) -> Container[int]:
    """The block numbers that one row and key head chose."""
    if chosen is None:
        return ()
    if chosen is EVERYTHING:
        return range(1 << 62)
    rows, heads, _ = chosen.shape
    return {int(n) for n in chosen[row % rows, head % heads].tolist() if n >= 0}
