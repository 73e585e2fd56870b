"""A block of queries over sinks, chosen blocks and window: what reading a prompt costs.

What is near is attended to under a mask, because each row's window ends elsewhere; the chosen
blocks in the middle, which all rows of the block see, without one. The two are then joined.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.method import Method
from kernels.partial import Part, attend_part, fold, merge, unfold


def attend_block(
    method: Method, chosen: Tensor | None, query: Tensor, key: Tensor, value: Tensor, scale: float
) -> Part:
    """Attend for the last q tokens, which share a choice.

    Args:
        method: Its sinks, window and block say what is seen.
        chosen: What `method.choose` named, int64 [B or 1, Hkv or 1, n], or None.
        query: [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.

    Returns:
        The part over the keys seen, [B, Hq, q, dv].
    """
    last = key.shape[2]
    first = last - query.shape[2]
    low, high = _middle(method, first)
    start, end = low * method.block, high * method.block
    rows, groups = fold(query, key), query.shape[1] // key.shape[1]
    keys, values = (_around(x, start, end) for x in (key, value))
    seen = _near(method, chosen, first, _places(start, end, last, query.device))
    parts = [attend_part(rows, keys, values, scale, seen.repeat(1, 1, groups, 1))]
    if chosen is not None and high > low:
        inside = (chosen >= low) & (chosen < high)
        blocks = chosen.clamp(low, high - 1).expand(*key.shape[:2], -1)
        keys, values = (_take(x, blocks, method.block) for x in (key, value))
        allowed = None
        if not bool(inside.all()):
            allowed = inside.repeat_interleave(method.block, dim=-1)[:, :, None]
        parts.append(attend_part(rows, keys, values, scale, allowed))
    return unfold(merge(parts), query)


def _middle(method: Method, first: int) -> tuple[int, int]:
    """The blocks [low, high) that lie wholly between sinks and every row's window."""
    low = -(-method.sinks // method.block)
    high = max(0, first - method.window + 1) // method.block
    return (low, high) if high > low else (0, 0)


def _around(x: Tensor, start: int, end: int) -> Tensor:
    """Tokens before start and from end on; a view where there is no gap."""
    return x if end == start else torch.cat([x[:, :, :start], x[:, :, end:]], dim=2)


def _places(start: int, end: int, last: int, device: torch.device) -> Tensor:
    """Positions of the tokens that `_around` keeps, [k]."""
    everything = torch.arange(last, device=device)
    return torch.cat([everything[:start], everything[end:]])


def _near(method: Method, chosen: Tensor | None, first: int, places: Tensor) -> Tensor:
    """Which of the keys at some places each row sees, bool [B or 1, Hkv or 1, q, k]."""
    last = int(places[-1]) + 1
    ages = torch.arange(first, last, device=places.device)[:, None] - places
    seen = ((places < method.sinks) | (ages < method.window))[None, None]
    if chosen is not None:
        nowhere = last // method.block + 1
        table = chosen.new_zeros((*chosen.shape[:2], nowhere + 1), dtype=torch.bool)
        table.scatter_(-1, chosen.masked_fill(chosen < 0, nowhere), True)
        table[..., nowhere] = False
        seen = seen | table[:, :, None, places // method.block]
    return seen & (ages >= 0)


def _take(x: Tensor, blocks: Tensor, block: int) -> Tensor:
    """Gather blocks [B, Hkv, n] of [B, Hkv, k, d] as [B, Hkv, n·block, d]."""
    batch, heads, count = blocks.shape
    whole = x.shape[2] // block
    paged = x[:, :, : whole * block].reshape(batch, heads, whole, block, x.shape[3])
    taken = x.new_empty(batch, heads, count, block, x.shape[3])
    for b in range(batch):
        for h in range(heads):
            torch.index_select(paged[b, h], 0, blocks[b, h], out=taken[b, h])
    return taken.flatten(2, 3)
