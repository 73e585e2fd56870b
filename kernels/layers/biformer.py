"""BiFormer's bi-level routing attention: a region of a picture reads the few regions it is near to.

The picture is cut into regions. The mean query of a region meets the mean key of every region, all
heads together; the tokens of the region then attend to the tokens of the best few regions alone. A
depthwise convolution over the values (LEPE) adds what lies near.

Routing chooses and does not weigh: no gradient goes through it.

Source: Zhu et al., BiFormer, arXiv 2303.08810, section 3.2. Weights: the authors' BiFormer
checkpoints, whose scale on q·k is that of all channels together.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.layers.checkpoint import fit, named, read, write

Grid = tuple[int, int]


def by_region(x: Tensor, grid: Grid, regions: Grid) -> Tensor:
    """Tokens of a picture by the region they lie in.

    Args:
        x: Row by row, [B, H, rows · columns, d].
        grid: Rows and columns of the picture.
        regions: Rows and columns of regions.

    Returns:
        [B, H, regions, tokens of a region, d], both row by row.

    Raises:
        ValueError: The regions do not divide the picture.
    """
    (rows, columns), (down, across) = grid, regions
    if rows % down or columns % across:
        raise ValueError(f"A picture of {rows} × {columns} tokens has no {down} × {across} regions")
    cut = x.reshape(*x.shape[:2], down, rows // down, across, columns // across, x.shape[3])
    return cut.transpose(3, 4).flatten(4, 5).flatten(2, 3)


def by_row(x: Tensor, grid: Grid, regions: Grid) -> Tensor:
    """Undo `by_region`."""
    (rows, columns), (down, across) = grid, regions
    cut = x.view(*x.shape[:2], down, across, rows // down, columns // across, x.shape[4])
    return cut.transpose(3, 4).reshape(*x.shape[:2], rows * columns, x.shape[4])


def route(query: Tensor, key: Tensor, top: int) -> Tensor:
    """Which regions each region reads.

    Args:
        query: By region, [B, H, regions, tokens, d].
        key: The same shape.
        top: How many regions are read; all where there are no more.

    Returns:
        int64 [B, regions, top], the nearest first.
    """
    with torch.no_grad():
        near = torch.einsum("bhrd,bhsd->brs", query.mean(dim=3), key.mean(dim=3))
        return near.topk(min(top, near.shape[-1]), dim=-1).indices


def bi_level_attention(
    query: Tensor, key: Tensor, value: Tensor, grid: Grid, regions: Grid, top: int, scale: float
) -> Tensor:
    """Attend from each region to the few that are nearest to it.

    Args:
        query: Of a picture row by row, [B, H, rows · columns, d].
        key: The same shape.
        value: [B, H, rows · columns, dv].
        grid: Rows and columns of the picture.
        regions: Rows and columns of regions.
        top: Regions that a region reads; with all of them this is dense attention.
        scale: Factor on q·k.

    Returns:
        [B, H, rows · columns, dv].

    Raises:
        ValueError: The regions do not divide the picture, or none is read.
    """
    if top < 1:
        raise ValueError("A region reads at least one region")
    queries, keys, values = (by_region(x, grid, regions) for x in (query, key, value))
    chosen = route(queries, keys, top)
    mixed = functional.scaled_dot_product_attention(
        queries, _gathered(keys, chosen), _gathered(values, chosen), scale=scale
    )
    return by_row(mixed, grid, regions)


class BiLevelRoutingAttention(nn.Module):
    """One attention layer over a picture."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "into.weight": "qkv.qkv.weight",
        "into.bias": "qkv.qkv.bias",
        "near.weight": "lepe.weight",
        "near.bias": "lepe.bias",
        "out.weight": "wo.weight",
        "out.bias": "wo.bias",
    }

    def __init__(
        self, width: int, heads: int, *, regions: int = 7, top: int = 4, kernel: int = 5
    ) -> None:
        """Make a layer.

        Args:
            width: Channels of the input.
            heads: How many heads; divides ``width``.
            regions: Rows and columns of regions.
            top: Regions that a region reads: 1, 4 and 16 in the first stages of the checkpoints.
            kernel: Rows and columns of the convolution, an odd number.

        Raises:
            ValueError: The sizes do not go together.
        """
        super().__init__()
        if width % heads or kernel % 2 == 0:
            raise ValueError(f"{width} channels, {heads} heads, kernel {kernel}: this cannot be")
        self.heads, self.regions, self.top = heads, regions, top
        self.into = nn.Linear(width, 3 * width)
        self.near = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend.

        Args:
            x: A picture, [B, rows, columns, width].

        Returns:
            [B, rows, columns, width].

        Raises:
            ValueError: The regions do not divide the picture.
        """
        batch, rows, columns, width = x.shape
        query, key, value = self.into(x).chunk(3, dim=-1)
        grid, regions = (rows, columns), (self.regions, self.regions)
        mixed = bi_level_attention(
            self._by_head(query), self._by_head(key), self._by_head(value),
            grid, regions, self.top, width**-0.5,
        )  # fmt: skip
        mixed = mixed.transpose(1, 2).reshape(batch, rows, columns, width)
        near = self.near(value.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        out: Tensor = self.out(mixed + near)
        return out

    def _by_head(self, x: Tensor) -> Tensor:
        flat = x.flatten(1, 2)
        return flat.view(*flat.shape[:2], self.heads, flat.shape[2] // self.heads).transpose(1, 2)


def load(module: BiLevelRoutingAttention, path: Path, prefix: str) -> None:
    """Fill a layer from a released checkpoint.

    Args:
        module: A layer of the checkpoint's sizes.
        path: The checkpoint's file.
        prefix: What stands before the layer's names, as ``stages.1.0.attn.``.

    Raises:
        WeightsDoNotFit: The file does not hold just this layer's tensors below the prefix.
    """
    fit(module, read(path), path, prefix, module.PUBLISHED)


def save(module: BiLevelRoutingAttention, path: Path, prefix: str) -> None:
    """Write a layer under the released names."""
    write(named(module, prefix, module.PUBLISHED), path)


def _gathered(x: Tensor, chosen: Tensor) -> Tensor:
    """Tokens of the chosen regions, [B, H, regions, top · tokens, d]."""
    rows = torch.arange(x.shape[0], device=x.device)[:, None, None]
    return x.transpose(1, 2)[rows, chosen].permute(0, 3, 1, 2, 4, 5).flatten(3, 4)
