"""The scale that entropy-aware ABF gives to queries."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.methods.streaming_window import Window
from kernels.positions.rope_rotation import scale_of
from kernels.positions.rope_scaling import UNSCALED_LAYERS, positioned
from kernels.registry import using
from tests.kernels.models import prompt
from tests.kernels.stretching import TRAINED, logits, short_model


@given(st.lists(st.integers(0, 2_000_000), min_size=1, max_size=20), st.integers(2, 131_072))
def test_the_scale_is_the_ratio_of_logarithms_and_never_below_one(
    places: list[int], trained: int
) -> None:
    scale = scale_of(torch.tensor([places]), trained)
    wanted = [max(1.0, math.log(place + 1) / math.log(trained)) for place in places]
    assert scale.shape == (1, len(places), 1)
    assert scale.flatten().tolist() == pytest.approx(wanted, rel=1e-5)
    within = torch.tensor([places]) < trained
    assert bool((scale[..., 0][within] <= 1.0 + 1e-6).all())


@pytest.mark.parametrize(("family", "exact"), [("Llama", ""), ("Qwen3", ",fp32")])
def test_attention_gets_scaled_queries_from_the_third_layer_on(family: str, exact: str) -> None:
    """Each layer alone, given the same input with and without."""
    model, ids = short_model(family), prompt(100)[0]
    seen: dict[str, list[Tensor]] = {"ntk:4": [], "entropy-abf:4": []}
    with spied(model, seen["ntk:4"]), positioned(model, f"ntk:4{exact}"):
        logits(model, ids)
    with spied(model, seen["entropy-abf:4"]), positioned(model, f"entropy-abf:4{exact}"):
        logits(model, ids)
    pairs = list(zip(*seen.values(), strict=True))
    assert (len(pairs), UNSCALED_LAYERS) == (4, 2)
    for plain, scaled in pairs[:UNSCALED_LAYERS]:
        assert torch.equal(plain, scaled)
    # The third layer still has the same input; from there on the two models differ.
    plain, scaled = pairs[UNSCALED_LAYERS]
    places = torch.arange(100.0) + 1
    factor = (places.log() / math.log(TRAINED)).clamp(min=1.0)
    torch.testing.assert_close(scaled, plain * factor[:, None])
    assert factor[-1] > 1.3
    assert torch.equal(scaled[:, :, :TRAINED], plain[:, :, :TRAINED])


@pytest.mark.parametrize("method", ["sdpa", "eager", "dense", Window(sinks=2, window=40)])
def test_every_attention_backend_is_given_the_scale(method: Any) -> None:
    model, ids = short_model(), prompt(100)[0]

    def both() -> tuple[Tensor, Tensor]:
        with positioned(model, "ntk:4"):
            plain = logits(model, ids)
        with positioned(model, "entropy-abf:4"):
            return plain, logits(model, ids)

    if method in ("sdpa", "eager"):
        model.set_attn_implementation(method)
        plain, scaled = both()
    else:
        with using(model, method):
            plain, scaled = both()
    assert torch.equal(plain[:, :TRAINED], scaled[:, :TRAINED])
    assert (plain - scaled)[:, TRAINED:].abs().max() > 1e-3


class spied:  # noqa: N801
    """Collects the queries that the attention of each layer is given, [B, H, q, d]."""

    def __init__(self, model: Any, into: list[Tensor]) -> None:
        self._model, self._into = model, into

    def __enter__(self) -> None:
        from transformers import AttentionInterface
        from transformers.integrations.sdpa_attention import sdpa_attention_forward
        from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

        def attend(module: Any, query: Tensor, *args: Any, **named: Any) -> Any:
            self._into.append(query.clone())
            return sdpa_attention_forward(module, query, *args, **named)

        AttentionInterface.register("spied", attend)
        AttentionMaskInterface.register("spied", sdpa_mask)
        self._model.set_attn_implementation("spied")

    def __exit__(self, *_: object) -> None:
        self._model.set_attn_implementation("sdpa")
