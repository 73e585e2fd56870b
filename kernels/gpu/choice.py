"""What every block of queries of a call sees, chosen before the one launch that attends.

Any method can be asked block by block. For `quest` that would cost a dozen small launches per
block, which at long prompts is more than dense attention takes; its blocks are scored together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import pad

from kernels.blocks import pooled_queries
from kernels.gpu.sparse import arithmetic, launching_on, power
from kernels.method import Method, Scene
from kernels.quest import Quest, bounds
from kernels.summaries import Pages

CELLS = 1 << 26
"""At most so many scores are held at once."""


def scenes(
    method: Method, query: Tensor, key: Tensor, scale: float, layer: int, pages: Pages
) -> Iterator[Scene]:
    """The blocks of queries of a call, each with what came before it.

    Args:
        method: Its query_block says where blocks end; one query is one block.
        query: The last q tokens, [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d].
        scale: Factor on q·k.
        layer: Index of the layer.
        pages: What is kept of the keys.
    """
    total = key.shape[2]
    start = first = total - query.shape[2]
    while first < total:
        last = min(total, (first // method.query_block + 1) * method.query_block)
        rows = query[:, :, first - start : last - start]
        yield Scene(rows, key[:, :, :first], layer, scale, pages)
        first = last


def choose_all(
    method: Method, query: Tensor, key: Tensor, scale: float, layer: int, pages: Pages
) -> Tensor | None:
    """Ask a method for all blocks of queries of a call; arguments as in `scenes`.

    Returns:
        What the method names for each, int64 [B or 1, Hkv or 1, blocks of queries, n], with -1
        in unused places; None where it never names any.
    """
    if type(method) is Quest:
        return _quest(method, query, key, layer, pages)
    return side_by_side([method.choose(s) for s in scenes(method, query, key, scale, layer, pages)])


def side_by_side(choices: list[Tensor | None]) -> Tensor | None:
    """Choices [B or 1, Hkv or 1, n] as one [B or 1, Hkv or 1, len(choices), largest n]."""
    made = [chosen for chosen in choices if chosen is not None]
    if not made:
        return None
    batch, heads, most = (max(chosen.shape[dim] for chosen in made) for dim in range(3))
    nothing = made[0].new_empty(1, 1, 0)
    parts = [nothing if chosen is None else chosen for chosen in choices]
    padded = [pad(x, (0, most - x.shape[2]), value=-1).expand(batch, heads, -1) for x in parts]
    return torch.stack(padded, dim=2)


def _quest(method: Quest, query: Tensor, key: Tensor, layer: int, pages: Pages) -> Tensor | None:
    """Runs of equally long blocks of queries, each scored together: mostly one, at most three."""
    total, span = key.shape[2], method.query_block
    start = total - query.shape[2]
    whole = -(-start // span) * span  # where the first whole block begins
    cuts = sorted({start, min(whole, total), max(start, total // span * span), total})
    found: list[Tensor] = []
    for first, last in pairwise(cuts):
        length = min(span, last - first)
        widest = max(1, CELLS // (query.shape[0] * key.shape[1] * (total // method.block + 1)))
        step = length * (widest if length % _stride(method, length) == 0 else 1)
        for begin in range(first, last, step):
            end = min(last, begin + step)
            rows = query[:, :, begin - start : end - start]
            found.append(_run(method, Scene(rows, key[:, :, :begin], layer, 1.0, pages), length))
    most = max(chosen.shape[3] for chosen in found)
    if not most:
        return None
    return torch.cat([pad(x, (0, most - x.shape[3]), value=-1) for x in found], dim=2)


def _stride(method: Quest, length: int) -> int:
    """How many neighbours are averaged, never over the end of a block of queries.

    A run of blocks is pooled as one where blocks are multiples of it.
    """
    return method.query_stride if length > 1 else 1


def _run(method: Quest, scene: Scene, length: int) -> Tensor:
    """As `Quest.choose` for each block of `length` queries of a scene, [B, Hkv, blocks, n]."""
    batch, _, asked, size = scene.query.shape
    heads, device = scene.past.shape[1], scene.query.device
    blocks, block = asked // length, method.block
    firsts = [scene.first + n * length for n in range(blocks)]
    highs = [min(-(-(at + length - method.window) // block), at // block) for at in firsts]
    low, high = method.sinks // block, max(highs)
    parts = []
    if high > low:
        one = Scene(scene.query[:, :, :length], scene.past, scene.layer)
        count = min(method.count(one), high - low)
        voices = pooled_queries(scene, _stride(method, length))
        voices = voices.reshape(batch, heads, scene.groups, blocks, -1, size).transpose(2, 3)
        assert scene.pages is not None
        known = scene.pages.summary(bounds, block, high * block)
        limits = torch.tensor(highs, dtype=torch.int32, device=device)
        best = bound_scores(voices.flatten(3, 4), known, limits, low, high).topk(count, dim=-1)
        numbers = best.indices + low
        parts.append(numbers.masked_fill(best.values == -torch.inf, -1))
    rest = _not_complete(method, firsts, length)
    if rest.numel():
        parts.append(rest.to(device).expand(batch, heads, -1, -1))
    if not parts:
        return torch.empty(batch, heads, blocks, 0, dtype=torch.int64, device=device)
    return torch.cat(parts, dim=-1)


def _not_complete(method: Quest, firsts: list[int], length: int) -> Tensor:
    """Blocks that nobody can score yet and that some row's window leaves out, [blocks, n]."""
    named = [
        list(range(first // method.block, -(-(first + length - method.window) // method.block)))
        for first in firsts
    ]
    most = max(map(len, named))
    return torch.tensor([row + [-1] * (most - len(row)) for row in named], dtype=torch.int64)


def bound_scores(query: Tensor, known: Tensor, highs: Tensor, low: int, high: int) -> Tensor:
    """The most that any key of a block can score with any of the queries that ask.

    Args:
        query: For each block of queries those that ask, [B, Hkv, blocks of queries, n, d].
        known: `kernels.quest.bounds` of the keys, [B, Hkv, blocks of keys, 2·d].
        highs: For each block of queries the block of keys at which it stops, int32.
        low: First block of keys.
        high: Behind the last one.

    Returns:
        float32 [B, Hkv, blocks of queries, high - low]; -inf from a block's stop on.
    """
    from kernels.gpu.bounds_kernel import score_bounds

    query = query.contiguous()
    known = known if known.stride(-1) == 1 else known.contiguous()
    batch, heads, blocks, voices, size = query.shape
    width = high - low
    scores = query.new_empty(batch, heads, blocks, width, dtype=torch.float32)
    rows, keys = scored_together(voices, size, query.dtype)
    with launching_on(query):
        score_bounds[(-(-width // keys), blocks, batch * heads)](
            query, known, highs, scores, low, width, voices,
            *query.stride()[:4], *known.stride()[:3], heads,
            size, power(size), rows, keys, **arithmetic(query.dtype),
        )  # fmt: skip
    return scores


def scored_together(voices: int, size: int, dtype: torch.dtype) -> tuple[int, int]:
    """How many queries and how many blocks a program looks at together, without spilling."""
    if dtype == torch.float32:
        return 16, 64 if size <= 128 else 32
    return min(64 if size <= 128 else 32, power(voices)), 64
