"""Keys that are turned to another place: a rotation by the difference, whatever they were read at.

A rotary key at place p is R(p)·k, and R(p + n)·k = R(n)·R(p)·k. So what lies in a cache can be
numbered anew without being read anew (`egogpt.long_context.anchored_reader`), and so can what a
query has chosen from a text that is longer than the model was trained to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kernels.positions.rope_rotation import NoRotation

MARK = "kernels_turning"
"""On the attention layers of a model that numbers anew: its `KeyTurning`."""
_SAME = 0.02  # of a key's length: bfloat16 rounds to a 256th
_CANNOT = "{name} rotates its keys in a way that cannot be turned on"
_TRIED = "kernels_turning_tried"  # on a model: the frequencies that were right


@dataclass(frozen=True, slots=True, eq=False)
class KeyTurning:
    """How a model rotates its keys, and how far it was trained to.

    Attributes:
        frequencies: Angles for each place, float32 [d / 2].
        trained: Tokens that the model was trained to read.
    """

    frequencies: Tensor
    trained: int

    def turned(self, keys: Tensor, places: Tensor | int) -> Tensor:
        """Keys that lie so many places further on.

        Args:
            keys: [..., n, d], of which the first 2 · len(frequencies) numbers rotate.
            places: One number for all, or integers that broadcast to [..., n].
        """
        frequencies = self.frequencies.to(keys.device)
        if isinstance(places, int):
            if not places:
                return keys
            angles = places * frequencies
        else:
            angles = places[..., None] * frequencies
        cos, sin = angles.cos(), angles.sin()
        half = frequencies.shape[0]
        first, second = keys[..., :half].float(), keys[..., half : 2 * half].float()
        turned = [first * cos - second * sin, second * cos + first * sin]
        return torch.cat([*(x.to(keys.dtype) for x in turned), keys[..., 2 * half :]], dim=-1)


def key_turning(model: Any, token: int = 1) -> KeyTurning:
    """How the keys of a model are turned, which is tried on a token of its first layer.

    Args:
        model: A causal language model, or one that also sees or hears.
        token: Any token.

    Raises:
        NoRotation: They rotate by the length of the text, differently in some layers, otherwise
            than by halves, or not at all.
    """
    turning = KeyTurning(_frequencies(model), _trained(model))
    tried = getattr(model, _TRIED, None)
    if tried is None or not torch.equal(tried, turning.frequencies):
        first, later = (_key(model, token, place) for place in (1, 12))
        difference = (turning.turned(first, 11) - later).float().norm()
        if difference > _SAME * later.float().norm():
            raise NoRotation(_CANNOT.format(name=type(model).__name__))
        setattr(model, _TRIED, turning.frequencies)
    return turning


def turning_of(layer: Any) -> KeyTurning | None:
    """How an attention layer numbers anew what it reads; None where it does not."""
    return getattr(layer, MARK, None)


def _trained(model: Any) -> int:
    text = model.config.get_text_config(decoder=True)
    return int(getattr(text, "max_position_embeddings", None) or 0)


def _frequencies(model: Any) -> Tensor:
    text = model.config.get_text_config(decoder=True)
    rope = getattr(text, "rope_parameters", None) or {}
    fixed = rope.get("rope_type", "dynamic") not in ("dynamic", "longrope")  # else by the text
    for module in model.modules() if fixed else ():
        kind = getattr(getattr(module, "config", None), "model_type", None)
        if hasattr(module, "inv_freq") and kind == text.model_type:
            return module.inv_freq.detach().float().cpu()  # type: ignore[no-any-return]
    raise NoRotation(_CANNOT.format(name=type(model).__name__))


def _key(model: Any, token: int, place: int) -> Tensor:
    """What the first layer keeps of a token that stands alone at a place, [1, Hkv, 1, d]."""
    from transformers import DynamicCache

    cache: Any = DynamicCache(config=model.config.get_text_config(decoder=True))
    with torch.inference_mode():
        model(
            input_ids=torch.tensor([[token]], device=model.device),
            position_ids=torch.tensor([[place]], device=model.device),
            cache=cache, use_cache=True, logits_to_keep=1,
        )  # fmt: skip
    key: Tensor = cache.layers[0].keys
    return key
