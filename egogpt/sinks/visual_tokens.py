"""Find the visual tokens of a prompt: by its ids."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_NAMES = ("image_token_id", "image_token_index", "video_token_id", "video_token_index")


def visual_token_ids(config: Any) -> tuple[int, ...]:
    """The ids that stand for pictures and films in a model's prompts; none for a text model."""
    token_ids = [getattr(config, name, None) for name in _NAMES]
    return tuple(sorted({int(token_id) for token_id in token_ids if token_id is not None}))


def from_ids(config: Any, input_ids: Tensor) -> Tensor:
    """Visual tokens of a prompt, bool [B, P], by the model's placeholder ids."""
    ids = torch.tensor(visual_token_ids(config), dtype=input_ids.dtype, device=input_ids.device)
    return torch.isin(input_ids, ids)
