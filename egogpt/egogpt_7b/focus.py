"""EgoGPT's visual tokens shared out: from the un-pooled 27 x 27 map, a newline after each row.

EgoGPT itself averages 2 x 2 cells, which drops the last row and column, to 13 x 13 cells and 13
newlines: 182 tokens. At exactly that grid its own pooling is used, so that nothing changes there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from egogpt.quota.budget import Newline
from egogpt.quota.frame_sources import FeatureMaps, Layout, Stock
from egogpt.quota.quota import NoGain, assign
from egogpt.vlm.batch import shown_by
from memory.types.explanation import LookSummary

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.egogpt_7b.model import EgoGPT
    from egogpt.vlm.focus import Focus

# The checkpoint's ``mm_newline_position``, and what it is called here.
_NEWLINES: Mapping[str, Newline] = {
    "grid": "grid",
    "frame": "frame",
    "one_token": "one",
    "no_token": "none",
}


def layout(model: EgoGPT, frames: int, stock: Stock) -> Layout:
    """The grids of so many frames."""
    side = model.settings.grid
    half, shown = side // 2, min(stock.frames, frames)
    newline = _NEWLINES[model.settings.newline]
    return Layout(frames, shown, (half, half), (side, side), newline)


def feature_maps(model: EgoGPT, projected: Tensor, stock: Stock) -> FeatureMaps:
    """The frames by their un-pooled map, [T, 27, 27, D]."""
    from torch.nn import functional

    of = layout(model, len(projected), stock)
    own = {of.stock: lambda planes: functional.avg_pool2d(planes, 2)}
    newline = model.image_newline.to(projected.device, projected.dtype)
    return FeatureMaps(projected, of, newline, own)


def focused_rows(
    model: EgoGPT, projected: Tensor, focus: Focus
) -> tuple[Tensor, LookSummary] | None:
    """The visual tokens [n, D] by the focus, newlines included; None where nothing is gained."""
    source = feature_maps(model, projected, Stock(focus.stock_frames, 0))
    try:
        assignment = assign(source, focus.quota, focus.scores)
    except NoGain:
        return None
    look = shown_by(focus, len(projected), source.layout, assignment)
    return source.visual(assignment.shapes).tokens, look
