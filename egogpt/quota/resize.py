"""A frame's projected map at the grid that it was given, and the rows in which a model reads it.

The map is resized after the projector and before the language model, as QuoTA does it (its table 5
compares the ways). Plain bilinear sampling is what LLaVA-OneVision was trained with and serves up
to a halving; beyond, it skips cells, and small things vanish, so the antialiased form is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from egogpt.quota.budget import Newline, Shape

if TYPE_CHECKING:
    from torch import Tensor

Pooling: TypeAlias = "Callable[[Tensor], Tensor]"


def resize_maps(
    maps: Tensor,
    shapes: Sequence[Shape],
    own: Mapping[Shape, Pooling] | None = None,
) -> list[Tensor]:
    """Every frame's map at its grid: a list of (rows, columns, channels), in the frames' order.

    Frames at the native grid are given back as they are; those of (0, 0) are empty. Frames of one
    grid go through together, as they do in the models.

    Args:
        maps: (frames, rows, columns, channels).
        shapes: the grid of each frame, none larger than the native one.
        own: how the model itself pools to a certain grid, (n, channels, rows, columns) to the same
            with the new rows and columns; used for exactly that grid.

    Raises:
        ValueError: there is not one grid for each frame, or one is larger than native.
    """
    if len(shapes) != len(maps):
        raise ValueError(f"There are {len(maps)} frames but {len(shapes)} grids for them.")
    resized: dict[int, Tensor] = {}
    for shape in dict.fromkeys(shapes):
        members = [index for index, grid in enumerate(shapes) if grid == shape]
        outputs = _resized(maps[members], shape, own or {})
        resized.update(zip(members, outputs))
    return [resized[index] for index in range(len(shapes))]


def _resized(maps: Tensor, shape: Shape, own: Mapping[Shape, Pooling]) -> Tensor:
    from torch.nn import functional

    native = (maps.shape[1], maps.shape[2])
    if shape[0] > native[0] or shape[1] > native[1] or min(shape) < 0:
        raise ValueError(f"A frame of {native} cells cannot be shown at {shape}.")
    if shape == native:
        return maps
    if 0 in shape:
        return maps[:, :0, :0]
    planes = maps.permute(0, 3, 1, 2).contiguous()
    if shape in own:
        return own[shape](planes).permute(0, 2, 3, 1)
    if native[0] > 2 * shape[0] or native[1] > 2 * shape[1]:
        return _antialiased(maps, shape)
    return functional.interpolate(planes, size=shape, mode="bilinear").permute(0, 2, 3, 1)


def _antialiased(maps: Tensor, shape: Shape) -> Tensor:
    """Rows, then columns, weighted as torch does it: two products, six times as fast on a CPU."""
    frames, rows, columns, channels = maps.shape
    down, across = (_weights(old, new, maps) for old, new in zip((rows, columns), shape))
    lower = down @ maps.float().reshape(frames, rows, columns * channels)
    narrower = across @ lower.reshape(frames, shape[0], columns, channels)
    return narrower.to(maps.dtype)


def _weights(old: int, new: int, like: Tensor) -> Tensor:
    """(new, old): how much every old cell counts in each new one."""
    import torch
    from torch.nn import functional

    cells = torch.eye(old, device=like.device)[None, None]
    size = (new, old)
    return functional.interpolate(cells, size=size, mode="bilinear", antialias=True)[0, 0]


def build_visual_sequence(
    frames: Sequence[Tensor], newline: Tensor | None, mode: Newline
) -> tuple[Tensor, tuple[tuple[int, int], ...]]:
    """All frames one after the other as the language model reads them, with newline vectors.

    Args:
        frames: (rows, columns, channels) each; an empty one adds nothing, not even a newline.
        newline: (channels,), the model's newline vector; not needed for mode "none".
        mode: where it stands: after every row, after every frame, or once after all.

    Returns:
        (tokens, channels), and for each frame the [start, end) of its tokens in it.

    Raises:
        ValueError: there is no frame, or a newline is asked for and none is given.
    """
    import torch

    if not frames:
        raise ValueError("A visual sequence needs at least one frame.")
    if mode != "none" and newline is None:
        raise ValueError(f"The newline mode {mode!r} needs the model's newline vector.")
    pieces = [_frame_tokens(frame, newline, mode) for frame in frames]
    ends = torch.tensor([len(piece) for piece in pieces]).cumsum(0).tolist()
    if mode == "one" and newline is not None:
        pieces.append(newline[None].to(pieces[0]))
    return torch.cat(pieces), tuple(zip((0, *ends[:-1]), ends))


def _frame_tokens(frame: Tensor, newline: Tensor | None, mode: Newline) -> Tensor:
    import torch

    channels = frame.shape[-1]
    if newline is None or mode in ("none", "one") or not frame.numel():
        return frame.reshape(-1, channels)
    newline = newline.to(frame)
    if mode == "frame":
        return torch.cat([frame.reshape(-1, channels), newline[None]])
    ends = newline.expand(len(frame), 1, channels)
    return torch.cat([frame, ends], dim=1).reshape(-1, channels)
