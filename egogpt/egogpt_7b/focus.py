"""EgoGPT's visual tokens by what a question is about."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.egogpt_7b.model import EgoGPT
    from egogpt.vlm.focus import Focus

_log = logging.getLogger(__name__)


def focused_rows(model: EgoGPT, projected: Tensor, focus: Focus) -> list[Tensor]:
    """EgoGPT's visual tokens [n, D] by the focus, newlines included; its own if that fails.

    ``projected`` is its un-pooled map, [T, 27, 27, D].
    """
    from egogpt.quota.egogpt_frames import NEWLINE_POSITIONS, egogpt_quota

    mode = NEWLINE_POSITIONS[model.settings.newline]
    newline = model.image_newline.to(projected.device, projected.dtype)
    try:
        return [egogpt_quota(projected, newline, focus.quota, focus.scores, mode)[0]]
    except ValueError as error:
        _log.info("every frame is shown alike: %s", error)
        return model.stock_rows(projected)
