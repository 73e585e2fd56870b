"""What rounding does to rotations far from the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kernels.positions.rope_rotation import Rotation, RotationSettings
from kernels.positions.rope_scaling import positioned, reposition
from tests.kernels.models import causal_model, prompt
from tests.kernels.stretching import logits, short_model


def exact_shift(rotate: Callable[[Tensor, Tensor], Tensor]) -> float:
    """How much a logit of two tokens 100 apart moves at most, from the start to 65,000 on."""
    noise = torch.Generator().manual_seed(0)
    offsets = torch.arange(0, 65_000, 509)
    q, k = (torch.randn(64, 64, generator=noise).bfloat16() for _ in range(2))
    query, key = rotate(q, offsets + 100), rotate(k, offsets)
    scores = (query.double() * key.double()).sum(-1) / 8.0
    return float((scores - scores[:, :1]).abs().max())


def rotated_by(model: Any, turn: RotationSettings | None) -> Callable[[Tensor, Tensor], Tensor]:
    """The rotation of a model as a function of vectors [n, d] and places [m]: [n, m, d]."""
    from transformers.models.llama import modeling_llama

    from kernels.positions import rope_rotation as rotation

    def rotate(x: Tensor, places: Tensor) -> Tensor:
        cos, sin = model.model.rotary_emb(x, places[None])
        many = x[None, :, None].expand(1, -1, len(places), -1)
        token = rotation._TURN.set(turn)
        try:
            return modeling_llama.apply_rotary_pos_emb(many, many, cos, sin)[0][0]
        finally:
            rotation._TURN.reset(token)

    return rotate


def big_heads(**changes: Any) -> Any:
    return causal_model("Llama", head_dim=64, max_position_embeddings=131_072, **changes)


def test_a_float32_rotation_halves_what_bfloat16_moves_a_logit_by() -> None:
    model = big_heads()
    stock = exact_shift(rotated_by(model, None))
    reposition(model, "fp32")
    fixed = exact_shift(rotated_by(model, RotationSettings(scale=None)))
    assert 0.01 < stock < 0.04
    assert fixed < 0.015
    assert fixed < stock * 0.7

    def coarse(x: Tensor, places: Tensor) -> Tensor:
        """Angles in bfloat16: what the paper warns of and this must never become."""
        angles = places[:, None].bfloat16() * model.model.rotary_emb.inv_freq.bfloat16()
        cos, sin = (torch.cat([f, f], dim=-1)[None] for f in (angles.cos(), angles.sin()))
        from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

        many = x[None, :, None].expand(1, -1, len(places), -1)
        found: Tensor = apply_rotary_pos_emb(many, many, cos, sin)[0][0]
        return found

    assert exact_shift(coarse) > 100 * fixed


def test_frequencies_that_were_cast_with_the_weights_come_back() -> None:
    model = big_heads()
    right = model.model.rotary_emb.inv_freq.clone()
    model.to(torch.bfloat16)
    assert not torch.equal(model.model.rotary_emb.inv_freq.float(), right)
    reposition(model, "fp32")
    assert torch.equal(model.model.rotary_emb.inv_freq, right)


def test_a_model_in_bfloat16_keeps_its_cache_in_bfloat16() -> None:
    from transformers import DynamicCache

    model, ids = short_model().to(torch.bfloat16), prompt(60)[0]
    reposition(model, "entropy-abf:4,fp32")
    cache = DynamicCache(config=model.config)
    assert logits(model, ids, cache=cache).dtype == torch.bfloat16
    assert {layer.keys.dtype for layer in cache.layers} == {torch.bfloat16}


def test_the_function_of_the_module_is_wrapped_once() -> None:
    from transformers.models.llama import modeling_llama

    for _ in range(3):
        with positioned(short_model(), "fp32"):
            pass
    assert isinstance(modeling_llama.apply_rotary_pos_emb, Rotation)
    assert not isinstance(modeling_llama.apply_rotary_pos_emb.plain, Rotation)
