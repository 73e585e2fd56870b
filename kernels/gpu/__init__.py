"""Sparse attention on a graphics card, in Triton.

What a method is, and what a query sees, is said once, for every device. Here are only the three
steps that cost time there: scoring blocks by their bounds, one query over the keys it sees, and
all blocks of a prompt's queries over theirs. Without Triton the same is computed in plain torch.

Nothing here is imported before a tensor asks for it: Triton is an optional gigabyte.
"""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache

import torch
from torch import Tensor

LARGEST_HEAD = 256
"""Channels per head up to which a tile fits a multiprocessor's shared memory."""

_TYPES = (torch.float16, torch.bfloat16, torch.float32)


def serves(query: Tensor, key: Tensor, value: Tensor) -> bool:
    """Whether these kernels can attend to the tensors given.

    They need Triton, an NVIDIA card, half or single precision, heads of at most `LARGEST_HEAD`
    channels, and no gradient. With TRITON_INTERPRET=1 in the environment tensors in the host's
    memory are served too, slowly: Triton then interprets the kernels, for checking.

    Args:
        query: [B, Hq, q, d].
        key: [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
    """
    if not query.is_cuda and not interpreted():
        return False
    tensors = (query, key, value)
    return (
        installed()
        and query.dtype in _TYPES
        and all(x.dtype == query.dtype and x.device == query.device for x in tensors)
        and max(query.shape[-1], value.shape[-1]) <= LARGEST_HEAD
        and not (torch.is_grad_enabled() and any(x.requires_grad for x in tensors))
    )


@lru_cache(maxsize=1)
def installed() -> bool:
    """Whether Triton is there and this torch was built for NVIDIA, or has no card at all."""
    return importlib.util.find_spec("triton") is not None and torch.version.hip is None


@lru_cache(maxsize=1)
def interpreted() -> bool:
    """Whether Triton was told to interpret kernels; it must be told before it is imported."""
    return os.environ.get("TRITON_INTERPRET", "").lower() in ("1", "true", "yes", "on", "y")
