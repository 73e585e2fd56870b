"""Columns that some rows of an attention call see, whatever kernel answers the call.

Built for few rows: a mask of `transformers` is cut, causality is spelled out, and a method of
ours is asked again for the blocks of queries that the rows lie in, as its own kernel asked it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.method import EVERYTHING, Choice, Method, Scene, head_runs


def visible(
    query: Tensor, key: Tensor, mask: Tensor | None, method: Method | None, rows: Tensor,
    columns: Tensor | None, start: int, layer: int, scale: float = 1.0,
) -> Tensor | None:  # fmt: skip
    """Say what rows see.

    Args:
        query: [B, H, q, d].
        key: [B, Hkv, k, d].
        mask: None; bool or 0/1 [B, written], real tokens; or bool or additive [B, 1 or H, q, k].
        method: A method of ours that restricts further, unless the mask is 4-D.
        rows: Places among the queries, int64 [r].
        columns: Places among the keys, int64 [c]; None for all.
        start: Position of the first query among the keys.
        layer: Handed to the method.
        scale: Factor on q·k, handed to the method.

    Returns:
        bool (seen) or float (to be added to scores), broadcastable to [B, Hkv, G, r, c]; None
        when everything is seen.
    """
    total = key.shape[2]
    if mask is not None and mask.dim() == 4:
        part = mask[:, :, rows]
        part = part[..., :total] if columns is None else part[..., columns]
        heads = key.shape[1] if part.shape[1] > 1 else 1
        return part.reshape(part.shape[0], heads, -1, *part.shape[2:])
    if method is not None:
        seen = _by_method(query, key, mask, method, rows, start, layer, scale)
    elif mask is None and query.shape[2] == 1 and start == total - 1:
        return None
    else:
        seen = _causal(mask, rows + start, total)
    seen = seen if columns is None else seen[..., columns]
    return seen[:, :, None]


def _causal(mask: Tensor | None, positions: Tensor, total: int) -> Tensor:
    """Causal and not padding, bool [B or 1, 1, r, k]."""
    seen = torch.arange(total, device=positions.device) <= positions[:, None]
    if mask is None:
        return seen[None, None]
    real = torch.nn.functional.pad(mask.bool(), (0, total - mask.shape[1]))
    return (seen[None] & real[:, None])[:, None]


def _by_method(
    query: Tensor, key: Tensor, mask: Tensor | None, method: Method, rows: Tensor, start: int,
    layer: int, scale: float,
) -> Tensor:  # fmt: skip
    """What a method lets rows see; with padding each batch row counts its own real tokens."""
    written = start + query.shape[2]
    if mask is None:
        return _unpadded(query, key[:, :, :written], method, rows, key.shape[2], layer, scale)
    seen = key.new_zeros(query.shape[0], key.shape[1], len(rows), key.shape[2], dtype=torch.bool)
    for b in range(query.shape[0]):
        tokens = mask[b, :written].bool().nonzero()[:, 0]
        asking = mask[b, start:written].bool()
        places = asking.cumsum(0) - 1
        mine = asking[rows].nonzero()[:, 0]
        if not len(mine):
            continue
        part = _unpadded(
            query[b : b + 1, :, asking], key[b : b + 1, :, tokens], method, places[rows[mine]],
            len(tokens), layer, scale,
        )  # fmt: skip
        wide = part.expand(1, key.shape[1], -1, -1)[0]
        seen[b][:, mine[:, None], tokens] = wide
    return seen


def _unpadded(
    query: Tensor, key: Tensor, method: Method, rows: Tensor, width: int, layer: int, scale: float
) -> Tensor:
    """bool [B or 1, Hkv or 1, r, width]; the queries are the last of the keys."""
    groups = query.shape[1] // key.shape[1]
    runs = head_runs(method, layer, key.shape[1], query.shape[2])
    parts = []
    for heads, own in runs:
        asked = query[:, heads.start * groups : heads.stop * groups]
        part = _run(asked, key[:, heads], own, rows, width, layer, scale)
        parts.append(part.expand(-1, heads.stop - heads.start, -1, -1) if len(runs) > 1 else part)
    return _joined(parts, dim=1)


def _run(
    query: Tensor, key: Tensor, method: Method, rows: Tensor, width: int, layer: int, scale: float
) -> Tensor:
    """As `_unpadded`, for key heads that see by one method."""
    first = key.shape[2] - query.shape[2]
    columns = torch.arange(width, device=key.device)
    ages = (rows + first)[:, None] - columns
    seen = ((columns < method.sinks) | (ages < method.window))[None, None]
    if key.shape[2] > method.sinks + method.window:
        blocks = _blocks(query, key, method, rows, first, columns, layer, scale)
        seen = _joined([seen[:, :, places] | named for places, named in blocks], dim=2)
    return seen & (ages >= 0)


def _joined(parts: list[Tensor], dim: int) -> Tensor:
    """Concatenate masks of which some have one row or one head for all."""
    if len(parts) == 1:
        return parts[0]
    sizes = [max(part.shape[axis] for part in parts) for axis in (0, 1)]
    sizes[dim:] = [-1] * (2 - dim)
    return torch.cat([part.expand(*sizes, *part.shape[2:]) for part in parts], dim=dim)


def _blocks(
    query: Tensor, key: Tensor, method: Method, rows: Tensor, first: int, columns: Tensor,
    layer: int, scale: float,
) -> list[tuple[Tensor, Tensor]]:  # fmt: skip
    """For each block of queries, which of the (ascending) rows lie in it and what it chose."""
    blocks = []
    owners = (rows + first) // method.query_block
    for owner in sorted(set(owners.tolist())):
        begin = max(first, owner * method.query_block)
        end = min(key.shape[2], (owner + 1) * method.query_block)
        places = (owners == owner).nonzero()[:, 0]
        rows_asked = query[:, :, begin - first : end - first]
        # The kernel asks only where something is left out.
        if method.sees_all(end):
            everything = torch.ones_like(columns, dtype=torch.bool)[None, None, None]
            blocks.append((places, everything))
            continue
        chosen = method.choose(Scene(rows_asked, key[:, :, :begin], layer, scale))
        blocks.append((places, _named(chosen, method, columns)))
    return blocks


def _named(chosen: Choice, method: Method, columns: Tensor) -> Tensor:
    """Which columns lie in a chosen block, bool [B or 1, Hkv or 1, 1, k]."""
    if chosen is None or chosen is EVERYTHING:
        named = torch.full_like(columns, chosen is EVERYTHING, dtype=torch.bool)
        return named[None, None, None]
    blocks = columns // method.block
    last = int(blocks.max()) + 1
    table = chosen.new_zeros((*chosen.shape[:2], last + 1), dtype=torch.bool)
    table.scatter_(-1, chosen.masked_fill(chosen < 0, last).clamp(max=last), True)
    return table[:, :, None, blocks]
