"""Let a model of `transformers` attend through landmarks, and count which blocks it opens.

    landmarks = LandmarkedText(marks, blocks=4, since=900)
    with attending(model, landmarks):
        model.generate(...)
    landmarks.shares                # of the attention of tokens from 900 on, for each block

Source: Mohtashami and Jaggi, Landmark Attention, arXiv 2305.16300, section 3.2. Blocks stay at
their own positions: no more is read than the model has positions for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from kernels.layers.landmark.attention import landmark_attention

_NAME = "landmark"
_STATE = "_egobutler_landmarks"


class LandmarkedText:
    """Where the landmarks of a text stand, and what attention the blocks before them got.

    Attributes:
        shares: Sum of each block's gates over layers, heads and tokens, float64 [m].
    """

    def __init__(self, marks: Tensor, blocks: int | None = None, since: int | None = None) -> None:
        """Nothing was attended to yet.

        Args:
            marks: Which tokens of the text are landmarks, bool [n]; none of what follows it is.
            blocks: Each token opens at most so many blocks; all where not given.
            since: Position of the first token whose attention is counted; by default none is.
        """
        self._marks, self._blocks, self._since = marks, blocks, since
        self.shares = torch.zeros(int(marks.sum()), dtype=torch.float64)

    def attend(
        self, query: Tensor, key: Tensor, value: Tensor, scale: float, allowed: Tensor | None
    ) -> Tensor:
        """See ``landmark_attention``; the keys are those of the text and of what follows it."""
        count = key.shape[2]
        marks = self._marks[:count].to(key.device)
        marks = torch.nn.functional.pad(marks, (0, count - len(marks)))
        read, gates = landmark_attention(query, key, value, scale, marks, allowed, self._blocks)
        if self._since is not None and count > self._since:
            last = gates[:, :, -min(query.shape[2], count - self._since) :]
            self.shares += last.double().sum(dim=(0, 1, 2)).cpu()
        return read


@contextmanager
def attending(model: Any, landmarks: LandmarkedText) -> Iterator[None]:
    """Let the model attend through these landmarks inside the block; restore it after.

    The text is to begin at position 0, without padding.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    before = model.config._attn_implementation
    model.set_attn_implementation(_NAME)
    setattr(model.config, _STATE, landmarks)
    try:
        yield
    finally:
        delattr(model.config, _STATE)
        model.set_attn_implementation(before)


def _attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    scaling: float, **_: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    landmarks: LandmarkedText = getattr(module.config, _STATE)
    read = landmarks.attend(query, key, value, scaling, attention_mask)
    return read.transpose(1, 2).contiguous(), None
