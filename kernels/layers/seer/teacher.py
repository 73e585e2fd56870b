"""Record dense attention of a `transformers` model, as the target of SeerAttention's gates.

While a model runs, each layer leaves the queries and keys before RoPE, which the gate sees, and
for every token how much attention it gives to the best key of each block, which the gate is to
foretell. The attention itself is SDPA; the share of each block is taken over a few rows at a time,
so that no whole matrix of weights is ever held.

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3.2 (the pooled attention map).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

NAME = "seer_teacher"
ROWS = 256
"""Rows of attention held at a time."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One layer on one batch.

    Attributes:
        query: Before RoPE, [B, Hq, n, d].
        key: Before RoPE, [B, Hkv, n, d].
        peaks: Greatest attention of each token to a key of each block, float32
            [B, Hq, n, ⌈n / block⌉].
    """

    query: Tensor
    key: Tensor
    peaks: Tensor


def block_peaks(query: Tensor, key: Tensor, scale: float, block: int) -> Tensor:
    """Greatest causal attention weight of each row in each block of keys.

    Args:
        query: After RoPE, [B, Hq, n, d].
        key: After RoPE, [B, Hkv, n, d].
        scale: Factor on q·k.
        block: Tokens per block.

    Returns:
        float32 [B, Hq, n, ⌈n / block⌉].
    """
    count = key.shape[2]
    keys = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1).float()
    positions = torch.arange(count, device=key.device)
    parts = []
    for start in range(0, count, ROWS):
        rows = positions[start : start + ROWS]
        scores = query[:, :, start : start + ROWS].float() @ keys.transpose(-1, -2) * scale
        weights = scores.masked_fill(rows[:, None] < positions, -torch.inf).softmax(dim=-1)
        weights = nn.functional.pad(weights, (0, -count % block))
        parts.append(torch.unflatten(weights, -1, (-1, block)).amax(dim=-1))
    return torch.cat(parts, dim=2)


def targets_of_tokens(peaks: Tensor, key_heads: int, block: int) -> Tensor:
    """What a `DecodeGate` is to foretell: the group's peaks over complete blocks, summing to one.

    Args:
        peaks: As `Lesson` has them, [B, Hq, n, k].
        key_heads: Hkv.
        block: Tokens per block.

    Returns:
        float32 [B, Hkv, n, n // block]; all 0 where no block is complete.
    """
    count = peaks.shape[2]
    grouped = torch.unflatten(peaks, 1, (key_heads, -1)).amax(dim=2)[..., : count // block]
    ends = torch.arange(count // block, device=peaks.device) * block + block - 1
    complete = torch.arange(count, device=peaks.device)[:, None] >= ends
    return _to_one(grouped * complete)


def targets_of_blocks(peaks: Tensor, block: int) -> Tensor:
    """What a `PrefillGate` is to foretell: the peaks over a block of rows, summing to one.

    Args:
        peaks: As `Lesson` has them, [B, Hq, n, k].
        block: Tokens per block.

    Returns:
        float32 [B, Hq, k, k].
    """
    padded = nn.functional.pad(peaks, (0, 0, 0, -peaks.shape[2] % block))
    return _to_one(torch.unflatten(padded, 2, (-1, block)).amax(dim=3))


@torch.no_grad()
def listen(model: Any, ids: Tensor, block: int) -> list[Lesson]:
    """Run a causal model of `transformers` on whole sequences and take each layer's lesson.

    Args:
        model: A model whose layers have ``self_attn`` with ``q_proj`` and ``k_proj`` (and
            ``q_norm`` and ``k_norm``, as Qwen3's): Llama, Qwen2, Qwen3, Mistral and their like.
        ids: int64 [B, n], without padding.
        block: Tokens per block.

    Returns:
        One lesson a layer. The model is left as it was.

    Raises:
        ValueError: The model has no such layers.
    """
    attentions = [part for part in model.modules() if hasattr(part, "q_proj")]
    attentions = [part for part in attentions if hasattr(part, "k_proj")]
    if not attentions:
        raise ValueError(f"{type(model).__name__} has no layers with q_proj and k_proj to learn of")
    _register()
    heard: dict[nn.Module, dict[str, Tensor]] = {part: {} for part in attentions}
    hooks = [hook for part in attentions for hook in _hooks(part, heard[part])]
    before = model.config._attn_implementation
    try:
        for part in attentions:
            part._seer_block, part._seer_heard = block, heard[part]
        model.set_attn_implementation(NAME)
        model(input_ids=ids, use_cache=False)
    finally:
        model.set_attn_implementation(before)
        for hook in hooks:
            hook.remove()
        for part in attentions:
            del part._seer_block, part._seer_heard
    return [Lesson(**heard[part]) for part in attentions]


def _hooks(part: Any, heard: dict[str, Tensor]) -> list[Any]:
    """Hooks that keep what a layer's queries and keys are before RoPE."""
    size = part.head_dim

    def keep(name: str) -> Any:
        def hook(_: nn.Module, __: object, out: Tensor) -> None:
            flat = out.flatten(2)
            heard[name] = torch.unflatten(flat, -1, (-1, size)).transpose(1, 2).detach()

        return hook

    sources = {"query": ("q_norm", "q_proj"), "key": ("k_norm", "k_proj")}
    found = {
        name: next(getattr(part, source) for source in names if hasattr(part, source))
        for name, names in sources.items()
    }
    return [source.register_forward_hook(keep(name)) for name, source in found.items()]


def _attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    scaling: float, **others: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    heard = module._seer_heard
    heard["peaks"] = block_peaks(query, key, scaling, module._seer_block)
    mixed, _ = sdpa_attention_forward(
        module, query, key, value, attention_mask, scaling=scaling, **others
    )
    return mixed, None


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, _attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def _to_one(x: Tensor) -> Tensor:
    return x / x.sum(dim=-1, keepdim=True).clamp(min=1e-12)
