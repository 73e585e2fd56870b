"""SeerAttention's gates: small learned scorers that say which blocks of keys a query needs.

Keys are pooled over blocks before RoPE (max, min and mean side by side), projected per head, and
turned to the position of the block's first token. `PrefillGate` pools queries over blocks too and
scores block against block; `DecodeGate` keeps every query and joins the heads of a group, so that
they share one choice. The base model stays as it is.

A pooled query block mixes its tokens, so `PrefillGate` is causal between blocks only: what a token
reads beyond its own block may depend on its block's later tokens. `DecodeGate` scores complete
blocks alone and is causal between tokens. The block of the query itself is always read.

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3.1; Gao et al., SeerAttention-R,
arXiv 2506.08889, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.layers.rotary import frequencies, rotate

Pooling = Literal["max", "min", "avg"]
ORDER: tuple[Pooling, ...] = ("max", "min", "avg")
"""Pooled keys are joined in this order, whatever order they are asked for in."""


def pool(x: Tensor, block: int, kinds: Sequence[Pooling]) -> Tensor:
    """Pool tokens over blocks; a last block that is not full is pooled over what it has.

    Args:
        x: [B, H, n, d].
        block: Tokens per block.
        kinds: Which poolings.

    Returns:
        [B, H, ⌈n / block⌉, d · kinds], max before min before avg.
    """
    count = x.shape[2]
    blocks = -(-count // block)
    cut = torch.unflatten(functional.pad(x, (0, 0, 0, blocks * block - count)), 2, (-1, block))
    here = torch.arange(blocks * block, device=x.device).view(blocks, block, 1) < count
    pooled: dict[Pooling, Tensor] = {
        "max": cut.masked_fill(~here, -torch.inf).amax(dim=3),
        "min": cut.masked_fill(~here, torch.inf).amin(dim=3),
        "avg": cut.masked_fill(~here, 0).sum(dim=3) / here.sum(dim=1),
    }
    return torch.cat([pooled[kind] for kind in ORDER if kind in kinds], dim=-1)


class _Gate(nn.Module):
    """What both gates have: the projection of pooled keys, and RoPE on blocks."""

    def __init__(
        self, size: int, gate_size: int, block: int, key_heads: int,
        key_pooling: Sequence[Pooling], per_position: Tensor | None,
    ) -> None:  # fmt: skip
        super().__init__()
        if block < 1 or not key_pooling or set(key_pooling) - set(ORDER):
            raise ValueError(
                f"A gate needs a block of at least one token and poolings out of {ORDER}, not "
                f"{block} and {tuple(key_pooling)}"
            )
        self.block, self.gate_size, self.key_pooling = block, gate_size, tuple(key_pooling)
        self.key_weight = _per_head(key_heads, size * len(key_pooling), gate_size)
        chosen = frequencies(gate_size) if per_position is None else per_position.detach().clone()
        if chosen.shape != (gate_size // 2,):
            raise ValueError(
                f"A gate of {gate_size} channels turns {gate_size // 2} pairs, not "
                f"{list(chosen.shape)}"
            )
        self.register_buffer("per_position", chosen, persistent=False)
        self.per_position: Tensor

    def _turned(self, x: Tensor, positions: Tensor) -> Tensor:
        return rotate(x, positions, self.per_position)

    def _starts(self, blocks: int, device: torch.device) -> Tensor:
        return torch.arange(blocks, device=device) * self.block


class PrefillGate(_Gate):
    """Scores of blocks of keys for blocks of queries."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "query_weight": "mask_linear_q.weight",
        "key_weight": "mask_linear_k.weight",
    }

    def __init__(
        self, size: int, heads: int, key_heads: int, *, block: int = 64, gate_size: int = 128,
        query_pooling: Sequence[Pooling] = ("avg",), key_pooling: Sequence[Pooling] = ORDER,
        per_position: Tensor | None = None, project_queries: bool | None = None,
    ) -> None:  # fmt: skip
        """Make a gate for one layer.

        Args:
            size: Channels of a head.
            heads: Query heads.
            key_heads: Key heads, a divisor of ``heads``.
            block: Tokens per block.
            gate_size: Channels in which a query block meets a key block.
            query_pooling: How queries are pooled.
            key_pooling: How keys are pooled.
            per_position: RoPE's radians per position, [gate_size / 2]: those of the model for a
                released gate. Plain RoPE with base 10,000 where not given.
            project_queries: Whether queries have a projection. By default as the release has it:
                no projection where one pooling of ``gate_size`` channels needs none, and then one
                key projection per query head.

        Raises:
            ValueError: The sizes do not go together.
        """
        _divides(key_heads, heads)
        alone = len(query_pooling) == 1 and gate_size == size
        projected = not alone if project_queries is None else project_queries
        if not projected and not alone:
            raise ValueError("Queries of another size than the gate's need a projection")
        super().__init__(
            size, gate_size, block, key_heads if projected else heads, key_pooling, per_position
        )
        self.heads, self.query_pooling = heads, tuple(query_pooling)
        self.query_weight = (
            _per_head(heads, size * len(query_pooling), gate_size) if projected else None
        )

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Score blocks.

        Args:
            query: Before RoPE, [B, heads, n, d], for positions 0 to n - 1.
            key: Before RoPE, [B, key_heads, n, d].

        Returns:
            Logits [B, heads, n / block, n / block], rounded up; -inf for blocks in the future.
        """
        queries = pool(query, self.block, self.query_pooling)
        if self.query_weight is not None:
            queries = queries @ self.query_weight
        keys = _for_heads(pool(key, self.block, self.key_pooling), self.key_weight.shape[0])
        keys = keys @ self.key_weight
        starts = self._starts(keys.shape[2], keys.device)
        queries, keys = self._turned(queries, starts), self._turned(keys, starts)
        logits = queries @ _for_heads(keys, self.heads).transpose(-1, -2) * self.gate_size**-0.5
        future = starts[:, None] < starts
        masked: Tensor = logits.masked_fill(future, -torch.inf)
        return masked


class DecodeGate(_Gate):
    """Scores of complete blocks of keys for single queries, one choice per group of heads."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "query_weight": "attngate_linear_q.weight",
        "key_weight": "attngate_linear_k.weight",
        "query_norm": "attngate_qnorm.weight",
        "key_norm": "attngate_knorm.weight",
    }

    def __init__(
        self, size: int, heads: int, key_heads: int, *, block: int = 64, gate_size: int = 128,
        key_pooling: Sequence[Pooling] = ORDER, per_position: Tensor | None = None,
        normalise: bool = False,
    ) -> None:  # fmt: skip
        """Make a gate for one layer; arguments as `PrefillGate` has them.

        Args:
            size: Channels of a head.
            heads: Query heads.
            key_heads: Key heads, a divisor of ``heads``.
            block: Tokens per block.
            gate_size: Channels in which a query meets a key block.
            key_pooling: How keys are pooled.
            per_position: RoPE's radians per position, [gate_size / 2].
            normalise: RMS norm on projected queries and keys, as the gates for Qwen3 have.

        Raises:
            ValueError: The sizes do not go together.
        """
        _divides(key_heads, heads)
        super().__init__(size, gate_size, block, key_heads, key_pooling, per_position)
        self.groups = heads // key_heads
        self.query_weight = nn.Parameter(torch.empty(key_heads, self.groups, size, gate_size))
        nn.init.xavier_uniform_(self.query_weight.view(key_heads, -1, gate_size))
        self.query_norm = nn.Parameter(torch.ones(gate_size)) if normalise else None
        self.key_norm = nn.Parameter(torch.ones(gate_size)) if normalise else None

    def summarise(self, key: Tensor, start: int = 0) -> Tensor:
        """What a key block is to the gate; it stays the same once the block is full.

        Args:
            key: Before RoPE, [B, key_heads, n, d].
            start: Position of the first key, where a block begins.

        Returns:
            [B, key_heads, n // block, gate_size]: complete blocks only.
        """
        full = key.shape[2] // self.block
        pooled = pool(key[:, :, : full * self.block], self.block, self.key_pooling)
        keys = _normed(pooled @ self.key_weight, self.key_norm)
        return self._turned(keys, start + self._starts(full, key.device))

    def score(self, query: Tensor, summaries: Tensor, start: int) -> Tensor:
        """Score blocks for queries.

        Args:
            query: Before RoPE, [B, heads, q, d], at positions ``start`` and on.
            summaries: As `summarise` gives them, [B, key_heads, k, gate_size].
            start: Position of the first query.

        Returns:
            Logits [B, key_heads, q, k]; -inf for blocks that are not complete at the query.
        """
        grouped = torch.unflatten(query, 1, (-1, self.groups))
        queries = torch.einsum("bkgni,kgio->bkno", grouped, self.query_weight)
        positions = torch.arange(start, start + query.shape[2], device=query.device)
        queries = self._turned(_normed(queries, self.query_norm), positions)
        logits = queries @ summaries.transpose(-1, -2) * self.gate_size**-0.5
        ends = self._starts(summaries.shape[2], query.device) + self.block - 1
        masked: Tensor = logits.masked_fill(positions[:, None] < ends, -torch.inf)
        return masked

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Score complete blocks for every query of a sequence from position 0; see `score`."""
        return self.score(query, self.summarise(key), 0)


def choose(logits: Tensor, *, blocks: int | None = None, threshold: float | None = None) -> Tensor:
    """Choose blocks by a number of them, or by their share of the gate's softmax.

    Args:
        logits: [..., k], -inf for what cannot be chosen.
        blocks: At most so many blocks a query.
        threshold: Blocks whose share is more than this.

    Returns:
        bool [..., k]. The block of the query itself is for the caller to add.

    Raises:
        ValueError: Neither or both are given.
    """
    if (blocks is None) == (threshold is None):
        raise ValueError("Choose by a number of blocks or by a threshold: give one of the two")
    possible = logits > -torch.inf
    if threshold is not None:
        return (logits.softmax(dim=-1) > threshold) & possible
    assert blocks is not None
    best = logits.topk(min(blocks, logits.shape[-1]), dim=-1).indices
    return torch.zeros_like(possible).scatter_(-1, best, True) & possible


def _per_head(heads: int, inner: int, outer: int) -> nn.Parameter:
    weight = nn.Parameter(torch.empty(heads, inner, outer))
    for head in weight:
        nn.init.xavier_uniform_(head)
    return weight


def _for_heads(x: Tensor, heads: int) -> Tensor:
    return x if x.shape[1] == heads else x.repeat_interleave(heads // x.shape[1], dim=1)


def _normed(x: Tensor, weight: Tensor | None) -> Tensor:
    return x if weight is None else functional.rms_norm(x, weight.shape, weight, eps=1e-6)


def _divides(key_heads: int, heads: int) -> None:
    if key_heads < 1 or heads % key_heads:
        raise ValueError(f"{heads} query heads cannot be shared among {key_heads} key heads")
