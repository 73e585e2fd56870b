"""Corrections of attention spelled out over the whole matrix of weights, in double precision."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base import reference
from kernels.base.method import Method


def weights(query: Tensor, key: Tensor, seen: Tensor, scale: float) -> Tensor:
    """Softmax weights [B, H, q, k]; ``seen`` is bool or additive, broadcastable to them."""
    key = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1).double()
    scores = query.double() @ key.transpose(-1, -2) * scale
    if seen.dtype == torch.bool:
        scores = scores.masked_fill(~seen, -torch.inf)
    else:
        scores = scores + seen.double()
    return scores.softmax(dim=-1).nan_to_num(0.0)


def mixed(weights: Tensor, value: Tensor) -> Tensor:
    """Output as an attention function gives it, [B, q, H, dv]."""
    value = value.repeat_interleave(weights.shape[1] // value.shape[1], dim=1).double()
    return (weights @ value).transpose(1, 2)


def causal(asked: int, total: int) -> Tensor:
    """bool [q, k]; the queries are the last of the keys."""
    return torch.ones(asked, total, dtype=torch.bool).tril(diagonal=total - asked)


def seen_by(method: Method | None, query: Tensor, key: Tensor, scale: float) -> Tensor:
    """What each row sees under a method, or without one."""
    if method is None:
        return causal(query.shape[2], key.shape[2])
    return reference.visible(method, query, key, scale=scale)


def redistributed(
    attention: Tensor, visual: Tensor, sinks: Tensor, asking: Tensor, p: float, rho: float,
    least_mass: float,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """VAR from the paper's equations, row by row and head by head.

    Args:
        attention: [B, H, q, k].
        visual: bool [B, k].
        sinks: bool [B, k].
        asking: bool [B, q].
        p: Fraction moved.
        rho: Least share of the visual non-sinks.
        least_mass: Least attention to the picture.

    Returns:
        New weights, and which rows of which heads were changed, bool [B, H, q].
    """
    new, chosen = attention.clone(), torch.zeros(attention.shape[:3], dtype=torch.bool)
    for b, h, i in asking[:, None].expand(chosen.shape).nonzero().tolist():
        row, other = attention[b, h, i], visual[b] & ~sinks[b]
        to_other, to_picture = row[other].sum(), row[visual[b]].sum()
        to_visual_sinks = row[visual[b] & sinks[b]].sum()
        if to_picture < least_mass or to_other < rho * to_picture:
            continue
        if to_visual_sinks <= 0 or to_other <= 0:
            continue
        chosen[b, h, i] = True
        budget = p * row[sinks[b]].sum()
        new[b, h, i, sinks[b]] = (1 - p) * row[sinks[b]]
        new[b, h, i, other] = row[other] + budget * row[other] / to_other
    return new, chosen


def calibrated(attention: Tensor, sinks: Tensor, beta: float) -> Tensor:
    """ACT: sinks [B, H, k] keep beta, the rest goes to all others in proportion."""
    at = sinks[:, :, None].expand_as(attention)
    freed = (1 - beta) * attention.masked_fill(~at, 0).sum(-1, keepdim=True)
    others = attention.masked_fill(at, 0)
    new = others * (1 + freed / others.sum(-1, keepdim=True)) + beta * attention.masked_fill(~at, 0)
    return torch.where(freed > 0, new, attention)
