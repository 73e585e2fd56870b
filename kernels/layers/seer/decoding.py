"""Decoding with SeerAttention's gates: a token reads its own block and those that the gate names.

The prompt is read densely. From then on each layer's gate scores the complete blocks before the
token's own, from summaries that are made once per block, and the token attends to the best few.

    with sparse_decoding(model, gates, blocks=32):
        model.generate(...)

Source: Gao et al., SeerAttention-R, arXiv 2506.08889, section 2 (token budget).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kernels.layers.rotary import rotate
from kernels.layers.seer.gate import DecodeGate

NAME = "seer_decoding"


@contextmanager
def sparse_decoding(model: Any, gates: Sequence[DecodeGate], blocks: int) -> Iterator[None]:
    """Let a model of `transformers` decode by its gates within the block of code.

    Args:
        model: A causal model with RoPE whose layers have ``self_attn`` (Llama, Qwen2, Qwen3).
        gates: One gate a layer.
        blocks: How many blocks a token reads beside its own. Sequences with padding are read
            densely: a gate knows positions from the beginning of a text only.

    Raises:
        ValueError: There are not as many gates as layers, or no block is read.
    """
    decoder = model.get_decoder()
    layers = [layer.self_attn for layer in decoder.layers]
    if len(gates) != len(layers) or blocks < 1:
        raise ValueError(
            f"{len(gates)} gates for a model of {len(layers)} layers, and {blocks} blocks to read: "
            "give one gate a layer and at least one block"
        )
    _register()
    before = model.config._attn_implementation
    try:
        for layer, gate in zip(layers, gates, strict=True):
            layer._seer = Guide(gate, decoder.rotary_emb.inv_freq, blocks)
        model.set_attn_implementation(NAME)
        yield
    finally:
        model.set_attn_implementation(before)
        for layer in layers:
            if hasattr(layer, "_seer"):
                del layer._seer


class Guide:
    """One layer's gate, with the summaries of the blocks that it has met."""

    def __init__(self, gate: DecodeGate, per_position: Tensor, blocks: int) -> None:
        """Begin.

        Args:
            gate: The layer's gate.
            per_position: Radians per position by which the model turned its queries and keys.
            blocks: How many blocks are named.
        """
        self.gate, self.per_position, self.blocks = gate, per_position, blocks
        self._summaries: Tensor | None = None
        self._marks: Tensor | None = None

    def begin(self, start: int) -> None:
        """Forget what was at positions from ``start`` on: the cache now gets new keys there."""
        if self._summaries is not None and self._marks is not None:
            blocks = start // self.gate.block
            self._summaries = self._summaries[:, :, :blocks]
            self._marks = self._marks[:, :, :blocks]

    def named(self, query: Tensor, key: Tensor) -> Tensor:
        """The blocks that the last token should read beside its own.

        Args:
            query: After RoPE, [B, Hq, 1, d], at the last of the n positions.
            key: After RoPE, [B, Hkv, n, d].

        Returns:
            int64 [B, Hkv, at most blocks], in order.
        """
        last = key.shape[2] - 1
        before = last // self.gate.block
        summaries = self._of(key, before)
        position = torch.tensor([last], device=query.device)
        straight = rotate(query.float(), -position, self.per_position)
        logits = self.gate.score(straight, summaries, last)[:, :, 0]
        best = logits.topk(min(self.blocks, before), dim=-1).indices
        return best.sort(dim=-1).values

    def _of(self, key: Tensor, count: int) -> Tensor:
        """Summaries of the first ``count`` blocks, made anew only where keys are not those met.

        A block's first and last key tell whether it is still the block whose summary is held: the
        cache may have been reordered, or exchanged for that of another text.
        """
        block = self.gate.block
        full = torch.unflatten(key[:, :, : count * block], 2, (count, block))
        marks = full[:, :, :, [0, -1]]
        valid = 0
        if self._summaries is not None and self._marks is not None:
            valid = min(self._summaries.shape[2], count)
            if not self._marks[:, :, :valid].equal(marks[:, :, :valid]):
                valid = 0
        if valid < count or self._summaries is None:
            fresh = self._made(key[:, :, valid * block : count * block], valid * block)
            reused = [] if not valid or self._summaries is None else [self._summaries[:, :, :valid]]
            self._summaries, self._marks = torch.cat([*reused, fresh], dim=2), marks
        assert self._summaries is not None
        return self._summaries[:, :, :count]

    def _made(self, key: Tensor, start: int) -> Tensor:
        positions = torch.arange(start, start + key.shape[2], device=key.device)
        return self.gate.summarise(rotate(key.float(), -positions, self.per_position), start)


def attend_blocks(
    query: Tensor, key: Tensor, value: Tensor, chosen: Tensor, block: int, scale: float
) -> Tensor:
    """Attend for the last token to its own block and to chosen ones.

    Args:
        query: [B, Hq, 1, d].
        key: [B, Hkv, n, d].
        value: [B, Hkv, n, dv].
        chosen: int64 [B, Hkv, m], blocks before the last token's own.
        block: Tokens per block.
        scale: Factor on q·k.

    Returns:
        [B, Hq, 1, dv].
    """
    count = key.shape[2]
    own = torch.arange((count - 1) // block * block, count, device=key.device)
    inside = torch.arange(block, device=key.device)
    read = (chosen[..., None] * block + inside).flatten(2)
    read = torch.cat([read, own.expand(*read.shape[:2], -1)], dim=-1)[..., None]
    keys, values = (x.gather(2, read.expand(-1, -1, -1, x.shape[3])) for x in (key, value))
    grouped = query.view(query.shape[0], key.shape[1], -1, query.shape[3])
    mixed = functional.scaled_dot_product_attention(grouped, keys, values, scale=scale)
    return mixed.view(*query.shape[:3], -1)


def _attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    scaling: float, **others: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    guide: Guide = module._seer
    guide.begin(key.shape[2] - query.shape[2])
    short = (key.shape[2] - 1) // guide.gate.block <= guide.blocks
    if query.shape[2] > 1 or attention_mask is not None or short:
        mixed, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **others
        )
        return mixed, None
    with torch.no_grad():
        chosen = guide.named(query, key)
    mixed = attend_blocks(query, key, value, chosen, guide.gate.block, scaling)
    return mixed.transpose(1, 2).contiguous(), None


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
