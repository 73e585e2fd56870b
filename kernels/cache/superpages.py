"""Runs of neighbouring blocks with one bound, so that most blocks are never looked at.

The bound of a superpage is never below that of a block inside it. Whoever opens superpages from the
best on, and stops where the next one is worth less than the blocks already found, has the same
blocks as if all had been scored (branch and bound). Where keys have little in common the bounds of
superpages lie so high that nearly all would have to be opened; a limit then says how many are, and
a block is found only if its superpage is among the best.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Scene
from kernels.base.query_plan import SuperpageSearch
from kernels.base.summary_kinds import FAN, WORTHWHILE
from kernels.native.bindings import best_blocks, serves


def best_of_query(
    scene: Scene, block: int, low: int, high: int, count: int, opening: SuperpageSearch
) -> Tensor:
    """The blocks that a single query per head wants most.

    Args:
        scene: Its query is [B, Hq, 1, d].
        block: Tokens per block.
        low: First block that may be named.
        high: Behind the last one.
        count: How many to name, 1 to high - low.
        opening: How they are searched for; the superpages' worth must bound the blocks' for a
            limit of 0 to be exact.

    Returns:
        int64 [B, Hkv, count], ascending.
    """
    pages = BlockSummaries(scene.past, scene.past[..., :0]) if scene.pages is None else scene.pages
    known, supers = summaries(pages, opening, block, scene.first, high - low)
    limit = opening.limit
    if serves(scene.query, known):
        return best_blocks(scene.query, known, low, high, count, supers, FAN, limit or 0)
    query = scene.query.reshape(scene.query.shape[0], scene.past.shape[1], -1, known.shape[3] // 2)
    inside = 0 if supers is None else min(supers.shape[2], -(-high // FAN)) - low // FAN
    if supers is None or not limit or limit >= inside:
        return _top(worth(query, known[:, :, low:high]), count) + low
    return _opened(query, known, supers, low, high, count, limit)


def summaries(
    pages: BlockSummaries, opening: SuperpageSearch, block: int, length: int, blocks: int
) -> tuple[Tensor, Tensor | None]:
    """What a search looks at.

    Args:
        pages: Of the keys.
        opening: How is searched.
        block: Tokens per block.
        length: Tokens before the query.
        blocks: How many are searched.

    Returns:
        Summaries of the blocks before the query, [B, Hkv, n, 2·d], and of the superpages,
        [B, Hkv, n // FAN, 2·d]; None where there is none, or to score every block.
    """
    known = pages.summary(opening.kinds.block, block, length)
    if opening.limit or (opening.limit == 0 and pages.kept and blocks >= WORTHWHILE):
        supers = pages.summary(opening.kinds.superpage, block * FAN, length)
        return known, supers if supers.shape[2] else None
    return known, None


def _opened(
    query: Tensor, known: Tensor, supers: Tensor, low: int, high: int, count: int, limit: int
) -> Tensor:
    """The best of the blocks in the best superpages, and of those behind the last whole one."""
    first, last = low // FAN, min(supers.shape[2], -(-high // FAN))
    opened = _top(worth(query, supers[:, :, first:last]), limit) + first
    names = (opened[..., None] * FAN + torch.arange(FAN, device=query.device)).flatten(2)
    rest = torch.arange(min(high, max(low, last * FAN)), high, device=query.device)
    names = torch.cat([names, rest.expand(*names.shape[:2], -1)], dim=-1)
    places = names.clamp(max=known.shape[2] - 1)[..., None].expand(-1, -1, -1, known.shape[3])
    scores = worth(query, known.gather(2, places))
    scores = scores.masked_fill((names < low) | (names >= high), -torch.inf)
    if names.shape[2] < count:
        missing = count - names.shape[2]
        names = torch.nn.functional.pad(names, (0, missing), value=-1)
        scores = torch.nn.functional.pad(scores, (0, missing), value=-torch.inf)
    best = scores.topk(count, dim=-1)
    blocks = names.gather(2, best.indices).masked_fill(best.values == -torch.inf, -1)
    return blocks.sort(dim=-1).values


def worth(query: Tensor, known: Tensor) -> Tensor:
    """q·c + |q|·r of each block, maximal over the queries of a head.

    Args:
        query: [B, Hkv, r, d].
        known: c and r of each block, [B, Hkv, n, 2·d].

    Returns:
        [B, Hkv, n].
    """
    asked = torch.cat([query, query.abs()], dim=-1)
    return (asked @ known.transpose(2, 3)).amax(dim=2)


def _top(scores: Tensor, count: int) -> Tensor:
    return scores.topk(count, dim=-1, sorted=False).indices.sort(dim=-1).values
