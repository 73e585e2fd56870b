"""ACT as it was released, without guards: only to show beside the guarded form what it does.

Sinks are sought in whatever rows are at hand, in every column but the first, whoever asks and
however few have looked. Dense and slow; nothing outside of the benchmark uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn

Looks = Literal["last row", "all rows"]


@contextmanager
def unguarded(model: Any, looks: Looks, beta: float, alpha: float) -> Iterator[None]:
    """Let a model attend so, in all heads of all layers.

    Args:
        model: A text model of `transformers`, given additive masks.
        looks: Which rows sinks are sought in: the last alone is what cached decoding sees.
        beta: What a sink keeps.
        alpha: How many times its share it draws.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    def attend(
        module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor,
        scaling: float, **options: Any,
    ) -> tuple[Tensor, None]:  # fmt: skip
        groups = query.shape[1] // key.shape[1]
        key, value = (x.repeat_interleave(groups, dim=1) for x in (key, value))
        weights = (query @ key.transpose(2, 3) * scaling + mask).softmax(dim=-1)
        if looks == "last row":
            weights[:, :, -1:] = _calibrated(weights[:, :, -1:], weights[:, :, -1], beta, alpha)
        else:
            rows = torch.arange(weights.shape[2], 0, -1)
            weights = _calibrated(weights, weights.sum(dim=2) / rows, beta, alpha)
        return (weights @ value).transpose(1, 2).contiguous(), None

    AttentionInterface.register("act-unguarded", attend)
    AttentionMaskInterface.register("act-unguarded", eager_mask)
    before = model.config._attn_implementation
    model.set_attn_implementation("act-unguarded")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def _calibrated(weights: Tensor, means: Tensor, beta: float, alpha: float) -> Tensor:
    sinks = means > alpha / means.shape[-1]
    sinks[..., 0] = False
    at = sinks[:, :, None].float()
    of_sinks = (weights * at).sum(dim=-1, keepdim=True)
    others = (weights * (1 - at)).sum(dim=-1, keepdim=True).clamp(min=1e-12)
    return weights * (at * beta + (1 - at) * (1 + (1 - beta) * of_sinks / others))
