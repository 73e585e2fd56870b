"""A layer whose attention is corrected, and pictures with sinks in them, for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kernels.base.method import Method
from kernels.corrections.correction import AttentionCorrection, install, register_on_top
from kernels.corrections.visual_redistribution import Redistribution, VisualRedistribution
from tests.kernels.shapes import Shape

SCALE = 0.4


def layer(groups: int, correction: AttentionCorrection | None = None) -> nn.Module:
    """Stands for an attention module of a decoder."""
    module = nn.Module()
    for name, value in {"num_key_value_groups": groups, "is_causal": True, "layer_idx": 0}.items():
        setattr(module, name, value)
    if correction is not None:
        install(module, correction)
    return module


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None,
    base: str | Method = "sdpa", name: str = "var", **options: Any,
) -> Tensor:  # fmt: skip
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    function = ALL_ATTENTION_FUNCTIONS[register_on_top(name, base)]
    mixed: Tensor = function(module, query, key, value, mask, scaling=SCALE, **options)[0]
    return mixed


@dataclass(frozen=True)
class Picture:
    """A prompt: one token, a picture, a question. Sinks are token 0 and some of the picture."""

    visual: Tensor
    sinks: Tensor
    asking: Tensor

    @classmethod
    def of(cls, batch: int, total: int, question: int = 4, seed: int = 0) -> Picture:
        noise = torch.Generator().manual_seed(seed)
        visual = torch.zeros(batch, total, dtype=torch.bool)
        asking, sinks = visual.clone(), visual.clone()
        for b in range(batch):
            end = total - question + b % 2
            visual[b, 1 : end - b], asking[b, end:] = True, True
        sinks = visual & (torch.rand(batch, total, generator=noise) < 0.3)
        sinks[:, 0] = True
        return cls(visual, sinks, asking)

    def correction(
        self, rule: Redistribution, length: int | None = None, **more: Any
    ) -> VisualRedistribution:
        """VAR for this prompt, told its sinks."""
        visual, asking, sinks = (x[:, :length] for x in (self.visual, self.asking, self.sinks))
        var = VisualRedistribution(rule, visual, asking, **more)
        var.mark(sinks)
        return var


def with_strong_sinks(shape: Shape, picture: Picture) -> tuple[Tensor, Tensor, Tensor]:
    """Random tensors in which the sinks draw attention."""
    query, key, value = shape.tensors()
    pull = query.reshape(shape.batch, shape.kv_heads, -1, shape.size).mean(2, keepdim=True)
    key = torch.where(picture.sinks[:, None, :, None], key + 2 * pull, key)
    return query, key, value
