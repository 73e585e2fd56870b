"""Landmark Attention: a token after each block of text stands for it and opens it.

The softmax is grouped. A query gives its attention to the tokens of its own block and to the
landmarks of earlier blocks, all in one softmax; what a landmark got, its gate, is handed on to the
tokens of its block, by a softmax over that block alone. Landmarks' own values are never read, and
the weights still sum to one. A block ends at its landmark, wherever that stands: in training after
63 tokens each, here after each clip.

Source: Mohtashami and Jaggi, Landmark Attention, arXiv 2305.16300, section 3.1 (training, grouped
softmax) and 3.2 (blocks that are opened).
"""

from __future__ import annotations

import torch
from torch import Tensor


def grouped_softmax(
    scores: Tensor, marks: Tensor, start: int = 0, blocks: int | None = None
) -> tuple[Tensor, Tensor]:
    """Landmark Attention's weights from its scores.

    Args:
        scores: [..., q, k] for keys from position 0 on; the queries are at positions ``start`` and
            on. -inf for what may not be seen; the future is added to that here.
        marks: Which keys are landmarks, bool [k].
        start: Position of the first query.
        blocks: Each query opens at most so many earlier blocks, those whose landmark scores
            highest; all where not given.

    Returns:
        The weights [..., q, k], float32 or double, 0 at landmarks, and the gates [..., q, m] of
        the blocks that a landmark ends. A row of weights sums to one where its own block has a
        token that may be seen.
    """
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    keys = torch.arange(scores.shape[-1], device=scores.device)
    queries = torch.arange(start, start + scores.shape[-2], device=scores.device)
    block = marks.long().cumsum(0) - marks.long()
    own = block == block[queries][:, None]
    scores = scores.masked_fill(keys > queries[:, None], -torch.inf)
    inside = scores.masked_fill(marks, -torch.inf)

    outer = scores.masked_fill(torch.where(own, marks, ~marks), -torch.inf)
    if blocks is not None:
        outer[..., marks] = _highest(outer[..., marks], blocks)
    weights = _softmax(outer)
    gates = weights[..., marks] * ~own[:, marks]
    handed_on = torch.nn.functional.pad(gates, (0, 1))[..., block] * _softmax_within(inside, block)
    return torch.where(own, weights, handed_on), gates


def landmark_attention(
    query: Tensor, key: Tensor, value: Tensor, scale: float, marks: Tensor,
    allowed: Tensor | None = None, blocks: int | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Attend through landmarks.

    Args:
        query: [B, H, q, d], the last q of the n tokens.
        key: [B, Hkv, n, d].
        value: [B, Hkv, n, dv].
        scale: Factor on q·k.
        marks: Which of the tokens are landmarks, bool [n].
        allowed: bool, broadcastable to [B, H, q, n]: what may be seen; the future is left out
            anyhow.
        blocks: As for ``grouped_softmax``.

    Returns:
        What was read, [B, H, q, dv], and the gates, [B, H, q, m].
    """
    key, value = _for_heads(query, key), _for_heads(query, value)
    scores = query @ key.transpose(-1, -2) * scale
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    weights, gates = grouped_softmax(scores, marks, key.shape[2] - query.shape[2], blocks)
    return weights.to(value.dtype) @ value, gates


def _highest(scores: Tensor, count: int) -> Tensor:
    """Scores of which only the highest so many of each row stay."""
    best = scores.topk(min(count, scores.shape[-1]), dim=-1).indices
    return torch.full_like(scores, -torch.inf).scatter(-1, best, scores.gather(-1, best))


def _softmax(scores: Tensor) -> Tensor:
    """Softmax over the last dimension, 0 where nothing may be seen."""
    nothing = (scores == -torch.inf).all(dim=-1, keepdim=True)
    return scores.masked_fill(nothing, 0).softmax(dim=-1).masked_fill(nothing, 0)


def _softmax_within(scores: Tensor, block: Tensor) -> Tensor:
    """A softmax for each block of keys, 0 where nothing of it may be seen."""
    at = block.expand(scores.shape)
    empty = scores.new_full((*scores.shape[:-1], int(block[-1]) + 1), -torch.inf)
    peaks = empty.scatter_reduce(-1, at, scores.detach(), "amax")
    grown = (scores - peaks.masked_fill(peaks == -torch.inf, 0)[..., block]).exp()
    totals = torch.zeros_like(empty).scatter_add(-1, at, grown)
    return grown / totals.masked_fill(totals == 0, 1)[..., block]


def _for_heads(query: Tensor, x: Tensor) -> Tensor:
    """Keys or values [B, Hkv, n, d], each head repeated for its group of query heads."""
    groups = query.shape[1] // x.shape[1]
    return x.repeat_interleave(groups, dim=1) if groups > 1 else x
