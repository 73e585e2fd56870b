"""A block of queries over sinks, chosen blocks and window: what reading a prompt costs.

Where a method lets all rows of the block see the same earlier keys, these are gathered and
attended to without a mask, the block itself causally, and the two are joined. Otherwise what is
near is attended to under a mask, because each row's window ends elsewhere.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.method import Method
from kernels.base.partial_softmax import PartialSoftmax, attend_part, fold, merge, repeated, unfold
from kernels.native.bindings import attend, serves
from kernels.positions.key_turning import KeyTurning


def attend_block(
    method: Method, chosen: Tensor | None, query: Tensor, key: Tensor, value: Tensor, scale: float,
    turning: KeyTurning | None = None,
) -> PartialSoftmax:  # fmt: skip
    """Attend for the last q tokens, which share a choice.

    Args:
        method: Its sinks, window and block say what is seen.
        chosen: What `method.choose` named, int64 [B or 1, Hkv or 1, n], or None.
        query: [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        turning: Given where what is seen is numbered anew, one key behind the other up to the
            queries, whose own numbers stay.

    Returns:
        The part over the keys seen, [B, Hq, q, dv].
    """
    first = key.shape[2] - query.shape[2]
    low, high = _middle(method, first)
    if chosen is not None and high > low and _same_for_all(method, chosen, low, high, query, key):
        return _unmasked(method, chosen, low, high, query, key, value, scale, turning)
    return _masked(method, chosen, low, high, query, key, value, scale, turning)


def _same_for_all(
    method: Method, chosen: Tensor, low: int, high: int, query: Tensor, key: Tensor
) -> bool:
    """Whether all rows see the same keys before the block: its edges are chosen, nothing is -1."""
    if bool((chosen < 0).any()):
        return False
    end = -(-(key.shape[2] - method.window) // method.block)  # from here on in every window
    edges = low - method.sinks // method.block + max(0, end - high)
    sink = (chosen >= method.sinks // method.block) & (chosen < low)
    named = int((sink | ((chosen >= high) & (chosen < end))).sum())
    return named == edges * chosen.shape[0] * chosen.shape[1]


def _unmasked(
    method: Method, chosen: Tensor, low: int, high: int, query: Tensor, key: Tensor,
    value: Tensor, scale: float, turning: KeyTurning | None,
) -> PartialSoftmax:  # fmt: skip
    """What lies before the block, gathered, and the block itself under a causal mask."""
    alone = query.shape[2] == 1  # then what is gathered holds its own key too
    first = key.shape[2] - (0 if alone else query.shape[2])
    inside = (chosen >= low) & (chosen < high)
    blocks = chosen[inside].view(*chosen.shape[:2], -1).expand(*key.shape[:2], -1)
    keys, values = (
        _gathered(x[:, :, :first], blocks, method.block, low, high) for x in (key, value)
    )
    if turning is not None:
        keys = _turned(turning, keys, method.block, blocks, low, high)
    if alone and serves(query, keys, values):
        return PartialSoftmax(*attend(query, keys, values, scale))
    before = unfold(attend_part(fold(query, key), keys, values, scale), query)
    if alone:
        return before
    own_keys, own_values = (repeated(x[:, :, first:], query) for x in (key, value))
    return merge([before, attend_part(query, own_keys, own_values, scale, causal=True)])


def _gathered(x: Tensor, blocks: Tensor, block: int, low: int, high: int) -> Tensor:
    """Tokens before block low, the named blocks, tokens from block high on, [B, Hkv, n, d]."""
    batch, heads, count = blocks.shape
    start, end, middle = low * block, high * block, count * block
    taken = x.new_empty(batch, heads, start + middle + x.shape[2] - end, x.shape[3])
    taken[:, :, :start] = x[:, :, :start]
    taken[:, :, start + middle :] = x[:, :, end:]
    whole = x.shape[2] // block
    paged = x[:, :, : whole * block].reshape(batch, heads, whole, block, x.shape[3])
    for b in range(batch):
        for h in range(heads):
            room = taken[b, h, start : start + middle].view(count, block, x.shape[3])
            torch.index_select(paged[b, h], 0, blocks[b, h], out=room)
    return taken


def _masked(
    method: Method, chosen: Tensor | None, low: int, high: int, query: Tensor, key: Tensor,
    value: Tensor, scale: float, turning: KeyTurning | None,
) -> PartialSoftmax:  # fmt: skip
    """What is near under a mask of its own for each row; the middle, gathered, without one."""
    last = key.shape[2]
    start, end = low * method.block, high * method.block
    rows, groups = fold(query, key), query.shape[1] // key.shape[1]
    keys, values = (_around(x, start, end) for x in (key, value))
    if turning is not None:
        sinks = _turned_sinks(turning, keys[:, :, :start], method.block, chosen, low, high)
        keys = torch.cat([sinks, keys[:, :, start:]], dim=2)
    seen = _near(method, chosen, last - query.shape[2], _places(start, end, last, query.device))
    parts = [attend_part(rows, keys, values, scale, seen.repeat(1, 1, groups, 1))]
    if chosen is not None and high > low:
        inside = (chosen >= low) & (chosen < high)
        blocks = chosen.clamp(low, high - 1).expand(*key.shape[:2], -1)
        keys, values = (
            _gathered(x[:, :, :end], blocks, method.block, 0, high) for x in (key, value)
        )
        if turning is not None:
            keys = _turned_blocks(turning, keys, method.block, chosen, low, high)
        allowed = None
        if not bool(inside.all()):
            allowed = inside.repeat_interleave(method.block, dim=-1)[:, :, None]
        parts.append(attend_part(rows, keys, values, scale, allowed))
    return unfold(merge(parts), query)


def _turned(
    turning: KeyTurning, keys: Tensor, block: int, blocks: Tensor, low: int, high: int
) -> Tensor:
    """What `_gathered` returns, numbered one behind the other up to the keys from `high` on."""
    ends = (low * block, (low + blocks.shape[2]) * block)
    sinks, middle, near = keys.tensor_split(ends, dim=2)
    sinks = _turned_sinks(turning, sinks, block, blocks, low, high)
    middle = _turned_blocks(turning, middle, block, blocks, low, high)
    return torch.cat([sinks, middle, near], dim=2)


def _turned_sinks(
    turning: KeyTurning, keys: Tensor, block: int, chosen: Tensor | None, low: int, high: int
) -> Tensor:
    """The keys before block `low` right before the blocks chosen of [low, high)."""
    if chosen is None:
        return turning.turned(keys, (high - low) * block)
    count = ((chosen >= low) & (chosen < high)).sum(dim=-1, keepdim=True)
    return turning.turned(keys, (high - low - count) * block)


def _turned_blocks(
    turning: KeyTurning, keys: Tensor, block: int, chosen: Tensor, low: int, high: int
) -> Tensor:
    """Chosen blocks [B, Hkv, n · block, d] one behind the other, the last right before `high`."""
    inside = (chosen >= low) & (chosen < high)
    from_behind = inside.flip(-1).cumsum(dim=-1).flip(-1)
    places = (high - from_behind - chosen) * block
    paged = keys.reshape(*keys.shape[:2], -1, block, keys.shape[3])
    return turning.turned(paged, places.expand(paged.shape[:3])[..., None]).flatten(2, 3)


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
