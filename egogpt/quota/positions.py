"""Map tokens of the shortened prompt to the stock prompt: ids, masks and positions.

A model's own code knows how it places frames, sound and words in time (M-RoPE, TMRoPE). So its
positions of the stock prompt are taken, and a frame of fewer tokens keeps the frame's place and
extent: its cells stand where the native cells under their middles stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from egogpt.quota.budget import Shape

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class TokenRun:
    """A run of visual tokens of the stock prompt, and what stands in its place.

    ``stock`` is how many visual tokens the run has; ``cells`` (new tokens,) says for each new one
    which of them, from 0, it takes its position from.
    """

    stock: int
    cells: Tensor


def cells_under(native: Shape, shape: Shape) -> Tensor:
    """For each cell of a smaller grid, row by row, the native cell under its middle.

    Returns:
        (rows * columns,) indexes into the native cells row by row; all of them in order when the
        two grids are the same.
    """
    import torch

    rows, columns = (
        ((torch.arange(new, dtype=torch.float64) + 0.5) * old / max(new, 1)).long()
        for old, new in zip(native, shape)
    )
    return (rows[:, None] * native[1] + columns[None]).reshape(-1)


def prompt_source(visual: Tensor, blocks: Sequence[TokenRun]) -> Tensor:
    """For each token of the new prompt, the index of the stock token that it stems from.

    Args:
        visual: (tokens,) bool, which tokens of the stock prompt stand for what is seen.
        blocks: in the order of the prompt; together they have as many tokens as ``visual``. Those
            of one block need not be neighbours (sound may stand between them).

    Returns:
        (new tokens,) long. A block's tokens stand where the first of its stock tokens stood.

    Raises:
        ValueError: the prompt has more or fewer visual tokens than the frames.
    """
    import torch

    places = visual.nonzero().reshape(-1)
    needed = sum(block.stock for block in blocks)
    if needed != len(places):
        raise ValueError(
            f"The prompt has {len(places)} visual tokens, but the frames stand for {needed}: the "
            "prompt and the pictures are not of the same request."
        )
    pieces: list[Tensor] = []
    done = start = 0
    for block in blocks:
        own = places[start : start + block.stock]
        first = int(own[0])
        pieces += [_words(visual, done, first), own[block.cells.to(own.device)]]
        done, start = first, start + block.stock
    return torch.cat([*pieces, _words(visual, done, len(visual))])


def mrope_positions(stock: Tensor, source: Tensor) -> Tensor:
    """Positions of the new prompt, as ``generate`` and ``forward`` take them.

    Args:
        stock: (3, 1, tokens), the model's own positions (time, row, column) of the stock prompt.
        source: (new tokens,), from ``prompt_source``.

    Returns:
        (4, 1, new tokens): the place in the prompt first, as ``generate`` wants it, then the three.
        Decoding counts on from the last column.
    """
    import torch

    plain = torch.arange(len(source), device=stock.device, dtype=stock.dtype)[None, None]
    return torch.cat([plain, stock[:, :, source.to(stock.device)]])


def _words(visual: Tensor, start: int, end: int) -> Tensor:
    """The tokens from ``start`` to ``end`` that are not visual."""
    return (~visual[start:end]).nonzero().reshape(-1) + start
