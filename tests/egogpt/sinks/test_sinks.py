"""Sinks are told by the dimensions in which they are enormous: known, found, or absent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from egogpt.runtime.decoder_layers import UnsupportedModel, find_decoder
from egogpt.sinks.sinks import (
    default_threshold,
    find_sink_dimensions,
    known_profile,
    profile_of,
    sink_values,
)
from egogpt.sinks.visual_tokens import from_ids, visual_token_ids
from tests.egogpt.tiny_decoders import IMAGE_ID, text_model, tiny


def with_planted_dimensions(*dimensions: int, layers: int = 8) -> Any:
    """A model whose first token grows enormous in some dimensions."""
    model = text_model(num_hidden_layers=layers)
    embedding = model.get_input_embeddings()
    for weights in model.parameters():
        weights.data.mul_(0.2)  # so that the layers do not drown what is planted
    embedding.weight.data[1, list(dimensions)] = 50 * embedding.weight.abs().median() * 20
    return model


IDS = torch.tensor([[1, *range(3, 40)]])


def test_planted_dimensions_are_found_and_no_others() -> None:
    found = find_sink_dimensions(with_planted_dimensions(7, 40), IDS)
    assert found.dimensions == (7, 40)
    assert "6 layers" in found.source


def test_a_model_without_sinks_has_an_empty_profile_that_says_so() -> None:
    found = find_sink_dimensions(text_model(), IDS)
    assert found.dimensions == ()
    assert found.source == "none found in this model"


def test_looking_for_dimensions_leaves_no_hooks() -> None:
    model = text_model()
    find_sink_dimensions(model, IDS)
    assert not any(module._forward_pre_hooks for module in model.modules())


@given(st.integers(1, 64), st.integers(0, 99))
def test_a_sink_value_lies_between_nothing_and_the_root_of_the_width(width: int, seed: int) -> None:
    stream = torch.randn(1, 5, width, generator=torch.Generator().manual_seed(seed))
    values = sink_values(stream, [seed % width])
    assert (values >= 0).all()
    assert (values <= width**0.5 + 1e-4).all()
    alone = torch.zeros(1, 1, width)
    alone[..., 0] = 7
    assert sink_values(alone, [0]).item() == pytest.approx(width**0.5, rel=1e-4)


def test_the_threshold_is_the_papers_where_it_can_be_reached() -> None:
    assert default_threshold(3584) == 20
    assert all(default_threshold(width) < width**0.5 for width in (8, 64, 896, 1536, 2048, 4096))


@pytest.mark.parametrize(
    ("config", "dimensions"),
    [
        (("qwen2", 3584, 28, 152_064), (458, 2570)),
        (("qwen2_5_omni_text", 3584, 28, 152_064), (458, 2570)),
        (("llama", 4096, 32, 32_064), (1415, 2533)),
        (("llama", 4096, 32, 128_256), (788, 1384, 4062)),
    ],
    ids=["EgoGPT", "Qwen2.5-Omni", "LLaVA-1.5", "Llama 3"],
)
def test_known_bases_are_known_by_their_shape(
    config: tuple[str, int, int, int], dimensions: tuple[int, ...]
) -> None:
    names = ("model_type", "hidden_size", "num_hidden_layers", "vocab_size")
    found = known_profile(SimpleNamespace(**dict(zip(names, config))))
    assert found is not None
    assert found.dimensions == dimensions


def test_a_model_that_nobody_measured_is_looked_into() -> None:
    model = with_planted_dimensions(7)
    assert known_profile(model.config) is None
    assert profile_of(model, IDS).dimensions == (7,)


def test_the_decoder_of_a_model_with_eyes_is_the_part_that_reads_text() -> None:
    one = tiny("omni")
    decoder = find_decoder(one.model)
    assert len(decoder.layers) == 5
    assert decoder.config is one.model.config.text_config


def test_a_model_without_such_layers_is_refused_with_its_name() -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_embd=8, n_layer=1, n_head=2, vocab_size=10, n_positions=8)
    with pytest.raises(UnsupportedModel, match="GPT2LMHeadModel"):
        find_decoder(GPT2LMHeadModel(config))


def test_visual_tokens_are_told_by_their_ids() -> None:
    one = tiny("llava")
    assert torch.equal(from_ids(one.model.config, one.ids), one.ids == IMAGE_ID)
    assert visual_token_ids(text_model().config) == ()
