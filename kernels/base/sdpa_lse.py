"""SDPA that also says the logarithm of each row's softmax sum.

On a processor, torch's own fused kernel computes that sum and its public function throws it away.
Asked for it directly, the kernel gives the same bits and the sum beside them; anywhere else the
stock function answers and the sum is not known, which costs time and changes no result.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward

_OTHER_TERMS = ("position_bias", "softcap", "s_aux")


def sdpa_with_log_sums(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    scale: float, **options: Any,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Attend as `sdpa_attention_forward` does.

    Args:
        module: The layer, as the stock function reads it.
        query: [B, H, q, d].
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        mask: None, or bool or additive [B, 1 or H, q, k].
        scale: Factor on q·k.
        **options: What the model passed on.

    Returns:
        ([B, q, H, dv], float32 [B, H, q] or None where the sum is not known).
    """
    if _is_plain(query, key, value, options) and (mask is None or query.shape[2] == 1):
        return _fused(module, query, key, value, mask, scale, options.get("is_causal"))
    mixed: Tensor = sdpa_attention_forward(
        module, query, key, value, mask, scaling=scale, **options
    )[0]
    return mixed, None


def _fused(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    scale: float, causal: bool | None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    batch, heads, asked, _ = query.shape
    causal = getattr(module, "is_causal", True) if causal is None else causal
    causal = bool(causal) and asked > 1
    if causal:  # a cache with room: what lies behind the prompt is not written yet
        key, value = key[:, :, :asked], value[:, :, :asked]
    if mask is not None:
        # One masked query: its heads become rows of their key head, as in the stock function.
        query = query.reshape(batch, key.shape[1], -1, query.shape[-1])
        mask = _additive(mask, query)
    mixed, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, causal, attn_mask=mask, scale=scale
    )
    mixed = mixed.reshape(batch, heads, asked, value.shape[-1])
    return mixed.transpose(1, 2).contiguous(), sums.reshape(batch, heads, asked).float()


def _additive(mask: Tensor, query: Tensor) -> Tensor:
    if mask.shape[1] > 1:
        mask = mask.reshape(mask.shape[0], query.shape[1], query.shape[2], -1)
    if mask.dtype != torch.bool:
        return mask.to(query.dtype)
    return torch.zeros_like(mask, dtype=query.dtype).masked_fill_(~mask, -torch.inf)


def _is_plain(query: Tensor, key: Tensor, value: Tensor, options: dict[str, Any]) -> bool:
    return (
        query.device.type == "cpu"
        and query.shape[-1] == value.shape[-1]
        and not options.get("dropout")
        and all(options.get(term) is None for term in _OTHER_TERMS)
        and not (torch.is_grad_enabled() and any(x.requires_grad for x in (query, key, value)))
        and hasattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu")
    )
