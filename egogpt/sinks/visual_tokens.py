"""Find the visual tokens of a prompt: by its ids, by modality types, or as told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

_NAMES = ("image_token_id", "image_token_index", "video_token_id", "video_token_index")
_VISUAL_TYPES = (1, 2)  # picture and film in mm_token_type_ids; 0 is text, 3 sound

Spans = Sequence[Sequence[tuple[int, int]]]


def visual_token_ids(config: Any) -> tuple[int, ...]:
    """The ids that stand for pictures and films in a model's prompts; none for a text model."""
    token_ids = [getattr(config, name, None) for name in _NAMES]
    return tuple(sorted({int(token_id) for token_id in token_ids if token_id is not None}))


def from_ids(config: Any, input_ids: Tensor) -> Tensor:
    """Visual tokens of a prompt, bool [B, P], by the model's placeholder ids."""
    ids = torch.tensor(visual_token_ids(config), dtype=input_ids.dtype, device=input_ids.device)
    return torch.isin(input_ids, ids)


def from_types(mm_token_type_ids: Tensor) -> Tensor:
    """Visual tokens of a prompt, bool [B, P], by the modality of each token."""
    kinds = torch.tensor(_VISUAL_TYPES, device=mm_token_type_ids.device)
    return torch.isin(mm_token_type_ids, kinds.to(mm_token_type_ids.dtype))


def from_spans(spans: Spans, length: int) -> Tensor:
    """Visual tokens of a prompt fed as embeddings, bool [B, length], by their places.

    Args:
        spans: For each row of the batch, half-open (start, end) spans.
        length: Tokens of the prompt, padding included.

    Raises:
        ValueError: A span lies outside of the prompt.
    """
    visual = torch.zeros(len(spans), length, dtype=torch.bool)
    for row, places in zip(visual, spans):
        for start, end in places:
            if not 0 <= start <= end <= length:
                raise ValueError(
                    f"the visual span {start} to {end} lies outside of the prompt's {length} tokens"
                )
            row[start:end] = True
    return visual
