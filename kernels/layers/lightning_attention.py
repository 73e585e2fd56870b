"""Lightning Attention-2: causal linear attention with a decay per head, in blocks.

There is no softmax; all of the past lies in one matrix a head, so that a token costs the same at
any length:

    S_t = e^(-λ) S_(t-1) + k_tᵀ v_t        o_t = q_t S_t

Within a block this is computed as masked attention, between blocks through the matrix S; the
result is that of the recurrence. A text may be read in pieces, with S handed on.

Source: Qin et al., Lightning Attention-2, arXiv 2401.04658, section 3 (algorithm 1); the decay:
Qin et al., TransNormerLLM, arXiv 2307.14995, section 3.1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def decay_rates(heads: int, layer: int = 0, layers: int = 1) -> Tensor:
    """TransNormerLLM's λ of each head: ALiBi's slopes, falling to almost 0 in the last layer.

    Args:
        heads: How many heads.
        layer: Which layer, from 0.
        layers: How many layers the model has.

    Returns:
        float32 [heads], the greatest first. For a number of heads that is no power of two, the
        slopes of the next smaller power, then every other one of those of the next greater.

    Raises:
        ValueError: There is no such layer or head.
    """
    if heads < 1 or not 0 <= layer < layers:
        raise ValueError(f"{heads} heads, layer {layer} of {layers}: there is none such")
    power = 2 ** math.floor(math.log2(heads))
    slopes = [2.0 ** (-8 * (i + 1) / power) for i in range(power)]
    finer = [2.0 ** (-8 * (i + 1) / (2 * power)) for i in range(0, 2 * power, 2)]
    share = 1 - layer / max(layers - 1, 1) + 1e-5
    return torch.tensor((slopes + finer)[:heads]) * share


def lightning_attention(
    query: Tensor, key: Tensor, value: Tensor, rates: Tensor, state: Tensor | None = None,
    *, block: int = 256,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Causal linear attention with decay, block by block.

    Args:
        query: [B, H, n, d].
        key: [B, H, n, d].
        value: [B, H, n, dv].
        rates: λ of each head, [H], at least 0.
        state: S of what was read before, float32 [B, H, d, dv]; none at the start of a text.
        block: Tokens attended to each other at once; changes the cost, not the result.

    Returns:
        What is read, [B, H, n, dv] in the value's type, and S after the last token, float32.

    Raises:
        ValueError: A rate is negative, or the block holds no token.
    """
    if block < 1 or bool((rates < 0).any()):
        raise ValueError("A block holds at least one token, and rates of decay are at least 0")
    batch, heads, count, size = query.shape
    if state is None:
        state = query.new_zeros(batch, heads, size, value.shape[-1], dtype=torch.float32)
    rate = rates.to(query.device, torch.float32).view(heads, 1, 1)
    parts = []
    for start in range(0, count, block):
        q, k, v = (x[:, :, start : start + block].float() for x in (query, key, value))
        part, state = _one_block(q, k, v, rate, state)
        parts.append(part.to(value.dtype))
    return torch.cat(parts, dim=2) if parts else value.new_empty(value.shape), state


def _one_block(
    query: Tensor, key: Tensor, value: Tensor, rate: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    count = query.shape[2]
    ages = torch.arange(1, count + 1, device=query.device, dtype=torch.float32)[:, None]
    distance = ages - ages.T
    within = (-rate * distance.clamp(min=0)).exp() * (distance >= 0)
    mixed = (query @ key.transpose(-1, -2) * within) @ value
    mixed = mixed + (query * (-rate * ages).exp()) @ state
    update = (key * (-rate * (count - ages)).exp()).transpose(-1, -2) @ value
    return mixed, (-rate * count).exp() * state + update
