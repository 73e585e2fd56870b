"""The rotation of queries and keys, where a switched model has it done otherwise.

Between the norm of queries and the cache a model of `transformers` calls one function of its
module, `apply_rotary_pos_emb`. It is wrapped once and stays wrapped: it does as before, bit for
bit, unless an attention layer of a switched model is running in the same thread. So no attention
backend need know of it, and none can lose it.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_NAME = "apply_rotary_pos_emb"
_WRAPPING = threading.Lock()


class NoRotation(ValueError):
    """The model does not rotate its queries and keys in a way that can be switched."""


@dataclass(frozen=True, slots=True)
class RotationSettings:
    """What the layer that runs now wants of its rotation, beside the precision of its cosines.

    Attributes:
        scale: Factors on the rotated queries, float32 [B, q, 1]; None for none.
    """

    scale: Tensor | None


_TURN: ContextVar[RotationSettings | None] = ContextVar("turn", default=None)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The function of a module, and what is done beside it for switched models."""

    plain: Callable[..., tuple[Tensor, Tensor]]

    def __call__(
        self, q: Tensor, k: Tensor, cos: Tensor, sin: Tensor, unsqueeze_dim: int = 1
    ) -> tuple[Tensor, Tensor]:
        """Rotate q and k, [B, H, q, d] or, with 2, [B, q, H, d]; cos and sin are [B, q, d].

        In a switched model these may be float32 where q is not. Their products then are too, and
        only the result is rounded.
        """
        turn = _TURN.get()
        if turn is None:
            return self.plain(q, k, cos, sin, unsqueeze_dim=unsqueeze_dim)
        form = q.dtype
        q, k = self.plain(q, k, cos, sin, unsqueeze_dim=unsqueeze_dim)
        if turn.scale is not None:
            # In float32: a factor of 1.03 would lose most of itself in bfloat16.
            q = q.float() * turn.scale.to(q.device).unsqueeze(unsqueeze_dim)
        return q.to(form), k.to(form)


def rotating(model: nn.Module, model_type: str) -> list[nn.Module]:
    """The attention layers of a model that rotate, with their rotation wrapped.

    Args:
        model: The whole model.
        model_type: Of the part that is meant; encoders may rotate too.

    Raises:
        NoRotation: There are none, or they rotate by a function of another form.
    """
    layers = [
        module for module in model.modules()
        if getattr(module, "layer_idx", None) is not None and _rotates(module)
        and getattr(getattr(module, "config", None), "model_type", None) == model_type
    ]  # fmt: skip
    if not layers:
        raise NoRotation(
            f"{type(model).__name__} has no attention layer that calls {_NAME}; only native "
            "positions fit it"
        )
    for layer in layers:
        _wrap(sys.modules[type(layer).__module__])
    return layers


def during(layer: nn.Module, turn: Callable[[], RotationSettings]) -> list[Any]:
    """Let a layer rotate by `turn`, asked for at each call; returns the hooks' handles."""

    def begin(*_: Any) -> None:
        _TURN.set(turn())

    def end(*_: Any) -> None:
        _TURN.set(None)

    return [
        layer.register_forward_pre_hook(begin),
        layer.register_forward_hook(end, always_call=True),
    ]


def scale_of(positions: Tensor, trained: int) -> Tensor:
    """Entropy-aware ABF's factor on logits: max(1, ln(position + 1) / ln(trained length)).

    Each of n keys gets less attention the larger n is; sharper logits keep the entropy of a row
    as it was at the trained length.

    Source: Zhang et al., Extending LLMs' Context Window with 100 Samples, arXiv 2401.07004,
    section 3.2.

    Args:
        positions: From 0, [B, q].
        trained: Tokens that the model was trained to read, at least 2.

    Returns:
        float32 [B, q, 1].
    """
    seen = (positions.clamp(min=0) + 1).to(torch.float32)
    return (seen.log() / torch.tensor(float(trained)).log().item()).clamp(min=1.0)[..., None]


def _rotates(layer: nn.Module) -> bool:
    code = getattr(inspect.unwrap(type(layer).forward), "__code__", None)
    return code is not None and _NAME in code.co_names


def _wrap(module: Any) -> None:
    with _WRAPPING:
        plain = getattr(module, _NAME)
        if isinstance(plain, Rotation):
            return
        asked = list(inspect.signature(plain).parameters)
        if asked != ["q", "k", "cos", "sin", "unsqueeze_dim"]:
            raise NoRotation(
                f"{module.__name__}.{_NAME} takes {', '.join(asked)}, which this does not know; "
                "only native positions fit its models"
            )
        setattr(module, _NAME, Rotation(plain))
