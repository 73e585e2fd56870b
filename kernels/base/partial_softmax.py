"""Attention over some of the keys, in a form that can be joined to attention over the others.

A softmax over two sets of keys is the mean of the softmaxes over each, weighted by how much
exp(score) each holds; so every part carries the logarithm of that sum beside its output.

Source: Dao et al., FlashAttention, arXiv 2205.14135, section 3.1 (the online softmax).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kernels.native.bindings import attend, serves


class PartialSoftmax(NamedTuple):
    """What some of the keys contribute.

    Attributes:
        mixed: softmax(q·k · scale) · v over these keys alone, [B, H, r, dv].
        log_sum: log Σ exp(q·k · scale) over these keys, float32 [B, H, r]; -inf for no key.
    """

    mixed: Tensor
    log_sum: Tensor


def attend_part(
    query: Tensor, key: Tensor, value: Tensor, scale: float, allowed: Tensor | None = None,
    causal: bool = False,
) -> PartialSoftmax:  # fmt: skip
    """Attend to the keys given.

    Args:
        query: [B, H, r, d].
        key: [B, H, k, d], as many heads as the query.
        value: [B, H, k, dv].
        scale: Factor on q·k.
        allowed: bool, broadcastable to [B, H, r, k]: what may be seen.
        causal: Row i sees the keys up to i only; r = k.

    Returns:
        The part; where a row sees nothing, `mixed` is 0.
    """
    if _fused_serves(query, key, value):
        mask = None if allowed is None else _additive(allowed, query)
        mixed, log_sum = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, causal, attn_mask=mask, scale=scale
        )
        if allowed is not None:  # the fused kernel says 0 where nothing is seen
            log_sum = log_sum.masked_fill(~allowed.any(dim=-1), -torch.inf)
        return PartialSoftmax(mixed, log_sum.float())
    return _by_definition(query, key, value, scale, allowed, causal)


def merge(parts: Sequence[PartialSoftmax]) -> PartialSoftmax:
    """Join parts over disjoint sets of keys into the part over all of them."""
    if len(parts) == 1:
        return parts[0]
    sums = torch.stack([part.log_sum for part in parts])
    total = sums.logsumexp(dim=0)
    shares = (sums - total).nan_to_num_(nan=-torch.inf).exp_()
    mixed = sum(part.mixed * share[..., None] for part, share in zip(parts, shares, strict=True))
    assert isinstance(mixed, Tensor)
    return PartialSoftmax(mixed.to(parts[0].mixed.dtype), total)


def causal_part(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Dense causal attention of the last q of k tokens.

    Args:
        query: [B, Hq, q, d].
        key: [B, Hkv, k, d], Hkv dividing Hq.
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.

    Returns:
        [B, Hq, q, dv].
    """
    count, start = query.shape[2], key.shape[2] - query.shape[2]
    if count == 1:
        if serves(query, key, value):
            return attend(query, key, value, scale)[0]
        return unfold(attend_part(fold(query, key), key, value, scale), query).mixed
    here = attend_part(
        query, repeated(key[:, :, start:], query), repeated(value[:, :, start:], query), scale,
        causal=True,
    )  # fmt: skip
    if not start:
        return here.mixed
    before = attend_part(fold(query, key), key[:, :, :start], value[:, :, :start], scale)
    return merge([here, unfold(before, query)]).mixed


def fold(query: Tensor, key: Tensor) -> Tensor:
    """Queries of a group as rows of their key head: [B, Hq, q, d] to [B, Hkv, G·q, d]."""
    return query.reshape(query.shape[0], key.shape[1], -1, query.shape[3])


def unfold(part: PartialSoftmax, query: Tensor) -> PartialSoftmax:
    """Undo `fold` on what was computed from it."""
    batch, heads, count, _ = query.shape
    return PartialSoftmax(
        part.mixed.reshape(batch, heads, count, -1), part.log_sum.reshape(batch, heads, count)
    )


def repeated(x: Tensor, query: Tensor) -> Tensor:
    """[B, Hkv, k, d] with each head repeated for its group of query heads."""
    groups = query.shape[1] // x.shape[1]
    return x.repeat_interleave(groups, dim=1) if groups > 1 else x


def _additive(allowed: Tensor, query: Tensor) -> Tensor:
    """The mask as the fused kernel wants it; what is not allowed gets -inf."""
    mask = torch.zeros(allowed.shape, dtype=query.dtype, device=query.device)
    return mask.masked_fill_(~allowed, -torch.inf)


def _fused_serves(query: Tensor, key: Tensor, value: Tensor) -> bool:
    return (
        query.device.type == key.device.type == "cpu"
        and query.shape[-1] == value.shape[-1]
        and not (torch.is_grad_enabled() and any(x.requires_grad for x in (query, key, value)))
        and hasattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu")
    )


def _by_definition(
    query: Tensor, key: Tensor, value: Tensor, scale: float, allowed: Tensor | None, causal: bool
) -> PartialSoftmax:
    precise = torch.promote_types(query.dtype, torch.float32)
    scores = (query.to(precise) * scale) @ key.to(precise).transpose(-1, -2)
    if causal:
        rows = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).tril()
        allowed = rows if allowed is None else allowed & rows
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    log_sum = scores.logsumexp(dim=-1)
    weights = (scores - log_sum[..., None]).nan_to_num(nan=-torch.inf).exp()
    return PartialSoftmax((weights @ value.to(precise)).to(query.dtype), log_sum.float())
