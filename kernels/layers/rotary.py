"""Rotary positions (RoPE) in the half-split layout of Llama, with angles kept in float32.

Source: Su et al., RoFormer, arXiv 2104.09864, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor


def frequencies(size: int, theta: float = 10_000.0) -> Tensor:
    """Radians per position of each pair of channels, float32 [size / 2].

    Raises:
        ValueError: The size is odd.
    """
    if size % 2:
        raise ValueError(f"RoPE turns pairs of channels; {size} channels make no pairs")
    return theta ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)


def rotate(x: Tensor, positions: Tensor, per_position: Tensor) -> Tensor:
    """Turn channels by their position.

    Args:
        x: [..., n, d].
        positions: int or float [n], or what broadcasts to x's [..., n].
        per_position: Radians per position, [d / 2].

    Returns:
        [..., n, d], in x's type.
    """
    angles = positions[..., None].float() * per_position.float()
    cos, sin = angles.cos(), angles.sin()
    first, other = x.to(torch.promote_types(x.dtype, torch.float32)).chunk(2, dim=-1)
    return torch.cat([first * cos - other * sin, other * cos + first * sin], dim=-1).to(x.dtype)
