"""Attention where the keys lie: the query travels, the context stays.

On a machine with an accelerator whose memory does not hold a day, keys and values lie in the
host's memory (`in_host_memory`) or on its disk (`kernels.offload.offload`). A query and an answer
are a few kilobytes, the keys that they meet may be gigabytes: so the query goes to the host, the
host's processor attends there by the same method, and the output comes back. Everything else of
the model stays on the accelerator.

    cache = paged_cache(model.config, room=in_host_memory)

It pays while decoding. A prompt asks with many queries at once, for which a processor is slow: read
it with the cache on the accelerator and save it (`kernels.persistence.cache_io`), where it fits.

Source: Chen et al., Efficient Heterogeneous Large Language Model Decoding with Model-Attention
Disaggregation (Lamina), arXiv 2405.01814, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def in_host_memory(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Room on the host for a model that runs elsewhere; page-locked where that speeds copies."""
    return torch.empty(shape, dtype=dtype, device="cpu", pin_memory=device.type == "cuda")


def attend_near(
    attention: Callable[..., tuple[Tensor, None]], module: nn.Module, query: Tensor, key: Tensor,
    value: Tensor, mask: Tensor | None, **options: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attend on the device of the keys.

    Args:
        attention: What attends there, as `kernels.engine.transformers_attention.Attention`.
        module: The layer.
        query: [B, Hq, q, d] on the model's device.
        key: [B, Hkv, k, d] on another.
        value: [B, Hkv, k, dv], beside the keys.
        mask: As the attention function takes it.
        **options: For the attention function.

    Returns:
        ([B, q, Hq, dv] on the model's device, None).
    """
    there = key.device
    mask = None if mask is None else mask.to(there)
    mixed, _ = attention(module, query.to(there), key, value, mask, **options)
    return mixed.to(query.device), None
