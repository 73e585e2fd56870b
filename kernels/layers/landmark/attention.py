"""Landmark Attention: a token after each block of text stands for it and opens it.

The softmax is grouped. A query gives its attention to the tokens of its own block and to the
landmarks of earlier blocks, all in one softmax; what a landmark got is handed on to the tokens of
its block, by a softmax over that block alone. Landmarks' own values are never read, and the
weights still sum to one. A block whose landmark got little need not be read at all, so that a
query reads its own block, the landmarks, and the few blocks that they open.

A model has to be trained with landmarks. The released one is LLaMA-7B's own architecture with one
more token, so that stock `transformers` can run it (`landmark_retrieval.register`).

Source: Mohtashami and Jaggi, Landmark Attention, arXiv 2305.16300, section 3.1 (training, grouped
softmax).
"""

from __future__ import annotations

import torch
from torch import Tensor


def insert_landmarks(ids: Tensor, landmark: int, every: int) -> Tensor:
    """Put a landmark after every so many tokens; a last block that is not full gets none.

    Args:
        ids: int64 [B, n].
        landmark: The landmark's token id.
        every: Tokens of text in a block.

    Returns:
        int64 [B, n + n // every]; a block is then of every + 1 tokens.
    """
    full = ids.shape[1] // every
    blocks = ids[:, : full * every].reshape(ids.shape[0], full, every)
    marks = ids.new_full((ids.shape[0], full, 1), landmark)
    return torch.cat([torch.cat([blocks, marks], dim=2).flatten(1), ids[:, full * every :]], dim=1)


def without_landmarks(x: Tensor, every: int) -> Tensor:
    """Drop what stands at landmarks, from tokens or anything else along dimension 1."""
    ordinary = (torch.arange(x.shape[1], device=x.device) + 1) % (every + 1) != 0
    return x[:, ordinary]


def grouped_softmax(scores: Tensor, every: int, start: int = 0) -> Tensor:
    """Landmark Attention's weights from its scores.

    Args:
        scores: [..., q, k] for keys from position 0 on; the queries are at positions ``start`` and
            on. -inf for what may not be seen; the future is added to that here.
        every: Tokens of text in a block.
        start: Position of the first query.

    Returns:
        [..., q, k], float32 or double; 0 at landmarks. A row sums to one where its own block has a
        token that may be seen.
    """
    precise = torch.promote_types(scores.dtype, torch.float32)
    count, length = scores.shape[-1], every + 1
    scores = torch.nn.functional.pad(scores.to(precise), (0, -count % length), value=-torch.inf)
    keys = torch.arange(scores.shape[-1], device=scores.device)
    queries = torch.arange(start, start + scores.shape[-2], device=scores.device)[:, None]
    own, mark = keys // length == queries // length, keys % length == every
    scores = scores.masked_fill(keys > queries, -torch.inf)

    first = scores.masked_fill(torch.where(own, mark, ~mark), -torch.inf)
    weights = _softmax(first)
    blocks = torch.unflatten(scores.masked_fill(mark, -torch.inf), -1, (-1, length))
    gates = torch.unflatten(weights * (mark & ~own), -1, (-1, length)).sum(dim=-1, keepdim=True)
    earlier = (gates * _softmax(blocks)).flatten(-2)
    return (weights * own + earlier)[..., :count]


def landmark_attention(
    query: Tensor, key: Tensor, value: Tensor, scale: float, every: int,
    allowed: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Attend through landmarks to every block; what training uses.

    Args:
        query: [B, H, q, d], the last q of the n tokens.
        key: [B, Hkv, n, d], with landmarks at every (every + 1)-th token from position 0.
        value: [B, Hkv, n, dv].
        scale: Factor on q·k.
        every: Tokens of text in a block.
        allowed: bool, broadcastable to [B, H, q, n]: what may be seen; the future is left out
            anyhow.

    Returns:
        [B, H, q, dv].
    """
    key, value = for_heads(query, key), for_heads(query, value)
    scores = query @ key.transpose(-1, -2) * scale
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    weights = grouped_softmax(scores, every, key.shape[2] - query.shape[2])
    return (weights.to(value.dtype) @ value).to(value.dtype)


def _softmax(scores: Tensor) -> Tensor:
    """Softmax over the last dimension, 0 where nothing may be seen."""
    nothing = (scores == -torch.inf).all(dim=-1, keepdim=True)
    return scores.masked_fill(nothing, 0).softmax(dim=-1).masked_fill(nothing, 0)


def for_heads(query: Tensor, x: Tensor) -> Tensor:
    """Keys or values [B, Hkv, n, d], each head repeated for its group of query heads."""
    groups = query.shape[1] // x.shape[1]
    return x.repeat_interleave(groups, dim=1) if groups > 1 else x
