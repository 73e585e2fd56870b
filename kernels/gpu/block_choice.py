"""Choose what every block of queries of a call sees, before the one launch that attends.

Any method can be asked block by block. For methods that score blocks by a centre and a radius that
would cost a dozen small launches per block of queries, which in a long prompt is more than dense
attention takes; there all blocks of queries are scored together.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import EVERYTHING, Choice, Method, Scene
from kernels.base.summary_kinds import Kind, bounds
from kernels.gpu.bounds import bound_scores
from kernels.methods.block_scorer import pooled_queries
from kernels.methods.mean_range import Spread, spreads
from kernels.methods.quest import Quest

CELLS = 1 << 26
"""At most so many scores are held at once."""

_SUMMARISED: dict[type[Method], Kind] = {Quest: bounds, Spread: spreads}
"""Methods for which a block is worth q·c + |q|·r, and where c and r come from."""


def scenes(
    method: Method, query: Tensor, key: Tensor, scale: float, layer: int, pages: BlockSummaries
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


class BlockRun(NamedTuple):
    """Neighbouring blocks of queries that are attended to in one launch.

    Attributes:
        first: Position of the first query.
        last: Position behind the last one.
        chosen: As `kernels.gpu.launch.attend_sparse` takes it, or EVERYTHING.
    """

    first: int
    last: int
    chosen: Choice


def choose_all(
    method: Method, query: Tensor, key: Tensor, scale: float, layer: int, pages: BlockSummaries
) -> list[BlockRun]:
    """Ask a method for all blocks of queries of a call; arguments as in `scenes`."""
    asked = list(scenes(method, query, key, scale, layer, pages))
    kind, span = _SUMMARISED.get(type(method)), method.query_block
    whole = [scene for scene in asked if scene.query.shape[2] == span]
    if kind is None or span == 1 or len(whole) < 2 or span % _stride(method):
        return runs(asked, [method.choose(scene) for scene in asked])
    begins = int(asked[0] is not whole[0])
    parts = [_alone(method, scene) for scene in asked[:begins]]
    start = key.shape[2] - query.shape[2]
    width = query.shape[0] * key.shape[1] * (key.shape[2] // method.block + 1)
    step = max(1, CELLS // width)
    for at in range(0, len(whole), step):
        some = whole[at : at + step]
        rows = query[:, :, some[0].first - start : some[-1].last - start]
        parts.append(_together(method, kind, some, rows, pages))
    parts += [_alone(method, scene) for scene in asked[begins + len(whole) :]]
    return [BlockRun(start, key.shape[2], _joined(parts))]


def runs(asked: list[Scene], choices: list[Choice]) -> list[BlockRun]:
    """Put blocks of queries together that are attended to alike: to some keys, or to all."""
    grouped = []
    pairs = zip(asked, choices, strict=True)
    for everything, some in groupby(pairs, lambda pair: pair[1] is EVERYTHING):
        members = list(some)
        first, last = members[0][0].first, members[-1][0].last
        named = [chosen for _, chosen in members if chosen is not EVERYTHING]
        grouped.append(BlockRun(first, last, EVERYTHING if everything else side_by_side(named)))
    return grouped


def side_by_side(choices: list[Tensor | None]) -> Tensor | None:
    """Choices [B or 1, Hkv or 1, n] as one [B or 1, Hkv or 1, len(choices), largest n]."""
    device = next((chosen.device for chosen in choices if chosen is not None), None)
    nothing = torch.empty(1, 1, 0, dtype=torch.int64, device=device)
    return _joined([(nothing if chosen is None else chosen)[:, :, None] for chosen in choices])


def _alone(method: Method, scene: Scene) -> Tensor:
    """What one block of queries sees, [B or 1, Hkv or 1, 1, n]."""
    chosen = method.choose(scene)
    assert chosen is not EVERYTHING
    if chosen is None:
        return torch.empty(1, 1, 1, 0, dtype=torch.int64, device=scene.query.device)
    return chosen[:, :, None]


def _joined(parts: list[Tensor]) -> Tensor | None:
    """Choices of blocks of queries, behind each other; None if there is nothing in them."""
    batch, heads, _, most = (max(part.shape[dim] for part in parts) for dim in range(4))
    if not most:
        return None
    padded = [pad(x, (0, most - x.shape[3]), value=-1).expand(batch, heads, -1, -1) for x in parts]
    return torch.cat(padded, dim=2)


def _stride(method: Method) -> int:
    """How many neighbouring queries are averaged; a run is pooled as one if blocks allow it."""
    assert isinstance(method, Quest | Spread)
    return method.query_stride


def _together(
    method: Method, kind: Kind, asked: list[Scene], rows: Tensor, pages: BlockSummaries
) -> Tensor:
    """As `BlockScores.choose` for each of some neighbouring, whole blocks of queries.

    Args:
        method: How to choose.
        kind: What it keeps of a block.
        asked: The blocks of queries.
        rows: Their queries, [B, Hq, len(asked) · query_block, d].
        pages: What is kept of the keys.

    Returns:
        int64 [B, Hkv, len(asked), n].
    """
    assert isinstance(method, Quest | Spread)
    batch, heads = asked[0].past.shape[:2]
    block, device = method.block, rows.device
    limits = [method.candidates(scene) for scene in asked]
    low, high = limits[0][0], max(end for _, end in limits)
    named = [
        [*range(method.sinks // block, low), *range(end, -(-(s.last - method.window) // block))]
        for s, (_, end) in zip(asked, limits, strict=True)
    ]
    longest = max(map(len, named))
    edges = torch.tensor([some + [-1] * (longest - len(some)) for some in named], device=device)
    parts = [edges.long().expand(batch, heads, -1, -1)]
    if high > low:
        counts = torch.tensor([method.count(scene) for scene in asked])
        most = min(int(counts.max()), high - low)
        run = Scene(rows, asked[0].past, asked[0].layer)
        voices = pooled_queries(run, method.query_stride)
        voices = voices.reshape(batch, heads, run.groups, len(asked), -1, voices.shape[3])
        known = pages.summary(kind, block, high * block)[:, :, low:high]
        stops = torch.tensor([end - low for _, end in limits], dtype=torch.int32, device=device)
        scores = bound_scores(voices.transpose(2, 3).flatten(3, 4), known, stops)
        best = scores.topk(most, dim=-1)
        within = (torch.arange(most) < counts[:, None]).to(device)
        valid = within & (best.values > -torch.inf)
        parts.append((best.indices + low).masked_fill(~valid, -1))
    return torch.cat(parts, dim=-1)
