"""Attention that reads only the keys a method lets each block of queries see.

Sinks, the chosen blocks and the window are put side by side and attended to in one call of
torch's own kernel, so the work is (keys seen) and not (keys there are), and no T × T mask exists.
The queries of grouped heads are folded into rows, so that keys are never repeated.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from kernels.method import Method, Scene


def attend(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int = 0
) -> Tensor:
    """Attend causally under a method, for rows without padding.

    Args:
        method: Which keys are seen.
        query: The last q tokens, [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d], Hkv dividing Hq.
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        layer: Index of the layer, handed to the method.

    Returns:
        [B, Hq, q, dv] in the query's dtype.
    """
    count, total = query.shape[2], key.shape[2]
    start = total - count
    if start == 0 and 1 < total <= method.sinks + method.window:
        return _everything(query, key, value, scale)
    parts = []
    first = start
    while first < total:
        last = min(total, (first // method.query_block + 1) * method.query_block)
        rows = query[:, :, first - start : last - start]
        parts.append(_block(method, rows, key[:, :, :last], value[:, :, :last], scale, layer))
        first = last
    return torch.cat(parts, dim=2) if len(parts) > 1 else parts[0]


def _everything(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Dense causal attention of a whole prompt: torch's fused kernel wants keys repeated here."""
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
    return scaled_dot_product_attention(query, key, value, is_causal=True, scale=scale)


def _block(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int
) -> Tensor:
    """Attend for one block of queries, the last ones of `key`."""
    last = key.shape[2]
    first = last - query.shape[2]
    near = max(0, first - method.window + 1)
    near = near if near > method.sinks else 0
    sinks = min(method.sinks, near)
    keys, values = (_ends(x, sinks, near) for x in (key, value))
    chosen = None
    if last - method.window > method.sinks:
        chosen = method.choose(Scene(query, key[:, :, :first], layer))
    if chosen is None and query.shape[2] == 1:
        return _folded(query, keys, values, None, scale)
    keys_at = _positions(last, sinks, near, query.device)
    ages = torch.arange(first, last, device=query.device)[:, None] - keys_at
    allowed = (keys_at < method.sinks) | (ages < method.window)
    if chosen is not None:
        allowed = allowed | _named(method, chosen, keys_at, last)
    allowed = allowed & (ages >= 0)
    if chosen is not None:
        index, real = _places(method, chosen, sinks, near, last)
        keys, values = (
            torch.cat([kept, _take(x, index)], dim=2) for kept, x in ((keys, key), (values, value))
        )
        middle = real[:, :, None].expand(-1, -1, query.shape[2], -1)
        allowed = torch.cat([allowed, middle], dim=-1)
    return _folded(query, keys, values, allowed, scale)


def _ends(x: Tensor, sinks: int, near: int) -> Tensor:
    """The first `sinks` and everything from `near` on; a view where there is no gap."""
    tail = x[:, :, near:]
    return torch.cat([x[:, :, :sinks], tail], dim=2) if sinks else tail


def _positions(last: int, sinks: int, near: int, device: torch.device) -> Tensor:
    """Positions of the keys that `_ends` keeps, [k]."""
    tail = torch.arange(near, last, device=device)
    return torch.cat([torch.arange(sinks, device=device), tail]) if sinks else tail


def _named(method: Method, chosen: Tensor, keys_at: Tensor, last: int) -> Tensor:
    """Which of the kept keys lie in a chosen block, bool [B or 1, Hkv or 1, 1, k]."""
    nowhere = last // method.block + 1
    table = chosen.new_zeros((*chosen.shape[:2], nowhere + 1), dtype=torch.bool)
    table.scatter_(-1, chosen.masked_fill(chosen < 0, nowhere), True)
    return table[:, :, None, keys_at // method.block]


def _places(
    method: Method, chosen: Tensor, sinks: int, near: int, last: int
) -> tuple[Tensor, Tensor]:
    """Positions in the chosen blocks, [.., n·block], and which of them are not kept already."""
    within = torch.arange(method.block, device=chosen.device)
    index = (chosen[..., None] * method.block + within).flatten(-2)
    real = (index >= sinks) & (index < near)
    return index.clamp(0, last - 1), real


def _take(x: Tensor, index: Tensor) -> Tensor:
    """Gather [B or 1, Hkv or 1, m] places of [B, Hkv, k, d]."""
    rows = torch.arange(x.shape[0], device=x.device)[:, None, None]
    heads = torch.arange(x.shape[1], device=x.device)[None, :, None]
    return x[rows, heads, index]


def _folded(
    query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, scale: float
) -> Tensor:
    """One call of torch's kernel with the heads of a group as rows; `allowed` is [.., q, k]."""
    batch, heads, count, size = query.shape
    groups = heads // key.shape[1]
    rows = query.reshape(batch, key.shape[1], groups * count, size)
    if allowed is not None and groups > 1:
        allowed = allowed.repeat(*(1,) * (allowed.dim() - 2), groups, 1)
    mixed = scaled_dot_product_attention(rows, key, value, attn_mask=allowed, scale=scale)
    return mixed.reshape(batch, heads, count, value.shape[-1])
