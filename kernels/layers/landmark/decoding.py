"""Decoding with landmarks: a token opens the few blocks whose landmarks it heeds most.

A model cannot read positions that it was not trained on. So opened blocks may be moved near:
in front of the token's own block stand as many places as blocks are opened, and one more. The
latest blocks keep their own places; older ones take, in order, the places that are left, and while
landmarks are compared all older ones stand in the farthest place. RoPE knows distances only, so
that moving a key is turning it by what it is moved.

Source: Mohtashami and Jaggi, Landmark Attention, arXiv 2305.16300, section 3.2 (retrieval) and
its stingy position mapping.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from kernels.layers.landmark.attention import for_heads, landmark_attention
from kernels.layers.rotary import rotate

RELEASED_EVERY = 63
"""Tokens between landmarks in the released LLaMA-7B, whose blocks are of 64."""


def retrieve(
    query: Tensor, key: Tensor, value: Tensor, scale: float, every: int, blocks: int,
    per_position: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Attend for one token, reading its own block, the landmarks and the blocks that these open.

    Args:
        query: [B, H, 1, d], the last of the n tokens.
        key: [B, Hkv, n, d], with landmarks from position 0.
        value: [B, Hkv, n, dv].
        scale: Factor on q·k.
        every: Tokens of text in a block.
        blocks: At most so many earlier blocks are opened, for each head those whose landmark
            scores highest.
        per_position: Radians per position by which keys were turned, [d / 2], to move opened
            blocks near; they stay where they are without.

    Returns:
        [B, H, 1, dv]: `landmark_attention` over the text without the blocks not opened.

    Raises:
        ValueError: There is more than one query.
    """
    if query.shape[2] != 1:
        raise ValueError(f"Blocks are retrieved for one token at a time, not for {query.shape[2]}")
    length, count = every + 1, key.shape[2]
    past = (count - 1) // length
    marks = for_heads(query, key[:, :, every : past * length : length])
    opened = min(blocks, past)
    if per_position is not None:
        all_blocks = torch.arange(past, device=key.device)
        near = (all_blocks >= past - opened) * (all_blocks - (past - opened) + 1)
        marks = rotate(marks, moved(all_blocks, near, past, opened, length), per_position)
    best = (query @ marks.transpose(-1, -2))[:, :, 0].topk(opened, dim=-1).indices
    best = best.sort(dim=-1).values

    inside = torch.arange(length, device=key.device)
    here = torch.arange(past * length, count, device=key.device).expand(*best.shape[:2], -1)
    read = torch.cat([(best[..., None] * length + inside).flatten(2), here], dim=-1)
    keys, values = (_read(query, x, read) for x in (key, value))
    if per_position is not None:
        ranks = torch.arange(opened, device=key.device) + (best >= past - opened)
        move = moved(best, ranks, past, opened, length).repeat_interleave(length, dim=-1)
        keys = rotate(keys, torch.cat([move, torch.zeros_like(here)], dim=-1), per_position)
    return landmark_attention(query, keys, values, scale, every)


def moved(chosen: Tensor, places: Tensor, past: int, opened: int, length: int) -> Tensor:
    """How many positions blocks are moved by, towards the token.

    Args:
        chosen: Blocks by their number, int64 [..., m].
        places: Where they are put, from 0, the farthest, to ``opened``, next to the token's own.
        past: How many blocks lie before the token's own.
        opened: How many blocks are opened.
        length: Tokens of a block with its landmark.

    Returns:
        int64 [..., m]; 0 for blocks among the latest.
    """
    return (past - opened - 1 + places - chosen) * length


def register(
    every: int = RELEASED_EVERY, blocks: int | None = None, per_position: Tensor | None = None
) -> str:
    """Make Landmark Attention an attention implementation of `transformers`.

    Args:
        every: Tokens of text in a block of the ids that the model will be given.
        blocks: While decoding, how many earlier blocks are opened; all where not given.
        per_position: The model's ``rotary_emb.inv_freq``, to move opened blocks near. Only what
            is read token by token can be longer than the model was trained for: a prompt read at
            once keeps its positions.

    Returns:
        The name for ``model.set_attn_implementation``. The sequence is to begin with a block, so
        that padding goes to the right.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    def attend(
        module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
        scaling: float, **_: Any,
    ) -> tuple[Tensor, None]:  # fmt: skip
        if blocks is not None and query.shape[2] == 1 and attention_mask is None:
            mixed = retrieve(query, key, value, scaling, every, blocks, per_position)
        else:
            mixed = landmark_attention(query, key, value, scaling, every, attention_mask)
        return mixed.transpose(1, 2).contiguous(), None

    name = f"landmark_{every}" + (f"_{blocks}" if blocks is not None else "")
    name += "" if per_position is None else "_near"
    AttentionInterface.register(name, attend)
    AttentionMaskInterface.register(name, sdpa_mask)
    return name


def _read(query: Tensor, x: Tensor, read: Tensor) -> Tensor:
    """Tokens of keys or values for each query head, [B, H, r, d]."""
    groups = query.shape[1] // x.shape[1]
    heads = torch.arange(query.shape[1], device=x.device)[:, None] // groups
    return x[torch.arange(x.shape[0], device=x.device)[:, None, None], heads, read]
