"""The operators on vision towers of `transformers`."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.layers.vision_tower import register_agents, register_routing
from tests.kernels.models import causal_model
from tests.kernels.shapes import close

SIZES = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 24,
    "patch_size": 4,
}


def tower(family: str) -> Any:
    import transformers

    config = getattr(transformers, f"{family}VisionConfig")(**SIZES)
    torch.manual_seed(0)
    model = getattr(transformers, f"{family}VisionModel")._from_config(
        config, attn_implementation="sdpa"
    )
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.3)
    return model.eval()


def seen(model: Any, attention: str) -> Tensor:
    model.set_attn_implementation(attention)
    pixels = torch.randn(2, 3, 24, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        states: Tensor = model(pixel_values=pixels).last_hidden_state
    return states


def test_a_tower_that_reads_every_region_sees_what_it_saw() -> None:
    model = tower("Siglip")
    dense = seen(model, "sdpa")
    close(seen(model, register_routing(3, 9)), dense)
    few = seen(model, register_routing(3, 2))
    assert few.isfinite().all()
    assert (few - dense).abs().max() > 1e-3


def test_agents_work_with_and_without_a_class_token() -> None:
    for family in ("Siglip", "CLIP"):
        model = tower(family)
        dense, agents = seen(model, "sdpa"), seen(model, register_agents(3))
        assert agents.shape == dense.shape
        assert agents.isfinite().all()
        assert (agents - dense).abs().max() > 1e-3


def test_what_an_operator_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="37 tokens are no square picture"):
        seen(tower("CLIP"), register_routing(3, 2))
    model = causal_model("Llama")
    model.set_attn_implementation(register_agents(3))
    with pytest.raises(ValueError, match="vision tower alone"):
        model(input_ids=torch.ones(1, 9, dtype=torch.int64))
