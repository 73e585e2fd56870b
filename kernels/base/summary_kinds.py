"""Kinds of block and superpage summaries, and the bounds that they give."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Kind = Callable[..., Tensor]
"""Summarises whole blocks: [B, Hkv, n, block, d] to [B, Hkv, n, s].

One that has `positioned` set is also given the position of the first key.
"""


Place = tuple[int, int, int, int, int]
"""A part of the pages: rows, heads and the first token, as `Pages.part` counts them."""


FAN = 16
"""Blocks per superpage."""


class Kinds(NamedTuple):
    """How blocks are summarised, and how superpages: [B, Hkv, n, tokens, d] to [B, Hkv, n, 2·d].

    What is written as (c, r) is worth q·c + |q|·r.
    """

    block: Kind
    superpage: Kind


WORTHWHILE = 8192
"""Fewer blocks are scored one by one unless a limit is given."""


def bounds(keys: Tensor) -> Tensor:
    """Centre and radius of each channel's interval.

    Args:
        keys: [B, Hkv, n, block, d].

    Returns:
        [B, Hkv, n, 2·d]: centres, then radii.
    """
    low, high = keys.amin(dim=3).float(), keys.amax(dim=3).float()
    return _interval(low, high, keys.dtype)


def outer_bounds(keys: Tensor) -> Tensor:
    """The same of superpages; wide enough that no block's bound is above theirs, as computed.

    Args:
        keys: [B, Hkv, n, FAN · block, d].

    Returns:
        [B, Hkv, n, 2·d].
    """
    inner = by_fan(bounds, keys).float()
    centre, radius = inner.chunk(2, dim=-1)
    low, high = (centre - radius).amin(dim=3), (centre + radius).amax(dim=3)
    # Sums of products are rounded, in either: this is more than they can differ by.
    slack = (high - low) * 2.0**-13 + torch.maximum(low.abs(), high.abs()) * 2.0**-17
    return _interval(low - slack, high + slack, keys.dtype)


def by_fan(kind: Kind, keys: Tensor) -> Tensor:
    """Summaries of the blocks of superpages: [B, Hkv, n, FAN · block, d] to [B, Hkv, n, FAN, s]."""
    batch, heads, count, tokens, size = keys.shape
    blocks = keys.reshape(batch, heads, count * FAN, tokens // FAN, size)
    return kind(blocks).reshape(batch, heads, count, FAN, -1)


BOUNDS = Kinds(bounds, outer_bounds)


def _interval(low: Tensor, high: Tensor, dtype: torch.dtype) -> Tensor:
    """[low, high], float32, as centre and radius of a type, the radius rounded up."""
    centre = ((low + high) / 2).to(dtype)
    radius = torch.maximum(high - centre.float(), centre.float() - low)
    rounded = radius.to(dtype)
    step = torch.finfo(dtype).eps
    rounded = torch.where(rounded.float() < radius, rounded * (1 + step), rounded)
    return torch.cat([centre, rounded], dim=-1)
