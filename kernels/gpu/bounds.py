"""Launches the kernel that scores blocks of keys by a centre and a radius."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.gpu.bounds_kernel import score_bounds
from kernels.gpu.launch import arithmetic, launching_on, power


def bound_scores(query: Tensor, known: Tensor, stops: Tensor | None = None) -> Tensor:
    """Score blocks: q·c + |q|·r, maximal over the queries that ask together.

    Args:
        query: For each block of queries those that ask, [B, Hkv, blocks of queries, n, d].
        known: c, then r, of blocks of keys, [B, Hkv, k, 2·d].
        stops: For each block of queries at which block of keys it must stop, int32; None for
            none.

    Returns:
        float32 [B, Hkv, blocks of queries, k]; -inf from a stop on.
    """
    query, known = (x if x.stride(-1) == 1 else x.contiguous() for x in (query, known))
    batch, heads, blocks, voices, size = query.shape
    width = known.shape[2]
    scores = query.new_empty(batch, heads, blocks, width, dtype=torch.float32)
    rows, keys = scored_together(voices, size, query.dtype)
    with launching_on(query):
        score_bounds[(-(-width // keys), blocks, batch * heads)](
            query, known, stops, scores, width, voices,
            *query.stride()[:4], *known.stride()[:3], heads,
            size, power(size), rows, keys, **arithmetic(query.dtype), enable_fp_fusion=True,
        )  # fmt: skip
    return scores


def scored_together(voices: int, size: int, dtype: torch.dtype) -> tuple[int, int]:
    """How many queries and how many blocks a program looks at together, without spilling."""
    if dtype == torch.float32:
        return 16, 64 if size <= 128 else 32
    return min(64 if size <= 128 else 32, power(voices)), 64
