"""VAR inside real model classes: exact where it acts, invisible where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from egogpt.sinks.image_heads import image_centric_heads
from egogpt.sinks.redistribution import VarSettings, redistribution
from egogpt.sinks.sinks import SinkProfile
from egogpt.sinks.visual_tokens import from_ids
from kernels.corrections.visual_redistribution import Redistribution
from kernels.methods.streaming_window import Window
from kernels.registry import UnknownMethod, using
from tests.egogpt.tiny_decoders import DIMENSION, FEATURES, Tiny, text_model, tiny
from tests.kernels import oracles

every_class = pytest.mark.parametrize("kind", ["llava", "omni", "qwen2-vl"])
SINKS = SinkProfile((DIMENSION,), 4.0, "planted")
RULE = Redistribution.from_paper(p=0.6, rho=0.2)
ON = VarSettings(SINKS, RULE)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@contextmanager
def dense_oracle(one: Tiny) -> Iterator[None]:
    """The paper's equations, layer by layer, over the whole matrix of weights."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    sinks: dict[int, Tensor] = {}
    layers = one.model.get_decoder().layers

    def note(module: Any, positional: Any, named: Any) -> None:
        stream = positional[0]
        rms = stream.pow(2).mean(-1).sqrt()
        sinks[module.self_attn.layer_idx] = stream[..., DIMENSION].abs() / rms >= SINKS.threshold

    def attend(
        module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float = 0.0,
        **options: Any,
    ) -> tuple[Tensor, None]:  # fmt: skip
        weights = oracles.weights(query, key, mask, scaling or 1 / math.sqrt(query.shape[-1]))
        index = module.layer_idx
        if 2 <= index < len(layers) - 1:
            asking = torch.arange(query.shape[2])[None] > FEATURES
            weights, chosen = oracles.redistributed(
                weights, one.visual, sinks[index], asking, RULE.moved, RULE.nonsink_share, 0.2
            )
            assert chosen.any()
        return oracles.mixed(weights, value).to(query.dtype).contiguous(), None

    AttentionInterface.register("dense-oracle", attend)
    AttentionMaskInterface.register("dense-oracle", eager_mask)
    handles = [layer.register_forward_pre_hook(note, with_kwargs=True) for layer in layers]
    one.model.set_attn_implementation({"text_config": "dense-oracle"})
    try:
        yield
    finally:
        one.model.set_attn_implementation({"text_config": "sdpa"})
        for handle in handles:
            handle.remove()


@every_class
def test_it_equals_the_papers_equations_in_every_layer(kind: str) -> None:
    one = tiny(kind)
    bare = one.logits()
    with dense_oracle(one):
        want = one.logits()
    with redistribution(one.model, ON, one.visual) as session:
        got = one.logits()
    assert session.sinks() == {2: 2, 3: 2}
    assert (got - bare).abs().max() > 1e-3
    torch.testing.assert_close(got, want, atol=1e-5, rtol=1e-5)
    assert torch.equal(got[:, : FEATURES + 1], bare[:, : FEATURES + 1])


@every_class
@pytest.mark.parametrize(
    "settings",
    [
        replace(ON, rule=replace(RULE, moved=0.0)),
        replace(ON, sinks=replace(SINKS, threshold=9.0)),
        replace(ON, sinks=SinkProfile((), 4.0, "none found in this model")),
        replace(ON, rule=replace(RULE, nonsink_share=1.1)),
        replace(ON, heads={}),
    ],
    ids=["p is 0", "no token is a sink", "no dimension", "no head may be chosen", "no head named"],
)
def test_off_is_bit_for_bit_the_model_itself(kind: str, settings: VarSettings) -> None:
    one = tiny(kind)
    bare = one.logits()
    with redistribution(one.model, settings, one.visual):
        assert torch.equal(one.logits(), bare)
    assert torch.equal(one.logits(), bare)


def test_a_prompt_without_a_picture_is_left_alone_and_it_says_why() -> None:
    one = tiny("llava")
    with redistribution(one.model, ON, torch.zeros_like(one.visual)) as session:
        assert session.why_off == "the prompt has no picture"
        assert not session.layers
    unknown = replace(ON, sinks=SinkProfile((), 4.0, "none found in this model"))
    with redistribution(one.model, unknown, one.visual) as session:
        assert "none found in this model" in session.why_off


@every_class
@pytest.mark.parametrize("chunk", [None, 9])
def test_cached_decoding_equals_reading_everything_again(kind: str, chunk: int | None) -> None:
    one = tiny(kind)
    inputs = one.inputs()
    if "Llava" not in type(one.model).__name__:
        if chunk:
            pytest.skip("transformers does not cut M-RoPE positions into chunks")
        inputs["position_ids"] = torch.cat([inputs["position_ids"][:1], inputs["position_ids"]])
    with redistribution(one.model, ON, one.visual):
        written = one.model.generate(
            **inputs, max_new_tokens=6, min_new_tokens=6, do_sample=False, output_logits=True,
            return_dict_in_generate=True, prefill_chunk_size=chunk,
        )  # fmt: skip
    bare = one.model.generate(
        **inputs, max_new_tokens=6, min_new_tokens=6, do_sample=False, output_logits=True,
        return_dict_in_generate=True,
    )  # fmt: skip
    with redistribution(one.model, ON, one.visual):
        again = one.logits(**one.inputs(written.sequences))
    got = torch.stack(written.logits, dim=1)
    torch.testing.assert_close(got, again[:, one.ids.shape[1] - 1 : -1], atol=1e-4, rtol=1e-4)
    assert (got - torch.stack(bare.logits, dim=1)).abs().max() > 1e-3


@every_class
def test_left_padding_and_a_batch_change_nothing(kind: str) -> None:
    one = tiny(kind)
    with redistribution(one.model, ON, one.visual):
        alone = one.logits()
    wide = one.inputs(one.ids.repeat(2, 1), pad=3)
    visual, real = from_ids(one.model.config, wide["input_ids"]), wide["attention_mask"].bool()
    with redistribution(one.model, ON, visual, real):
        batch = one.logits(**wide)[:, 3:]
    torch.testing.assert_close(batch, alone.repeat(2, 1, 1), atol=1e-4, rtol=1e-4)


def test_beams_and_sampling_run() -> None:
    one = tiny("llava")
    for how in ({"num_beams": 3}, {"do_sample": True, "num_return_sequences": 2}):
        with redistribution(one.model, ON, one.visual):
            written = one.model.generate(**one.inputs(), max_new_tokens=4, **how)
        assert written.shape[1] > one.ids.shape[1]


def test_a_cache_of_fixed_size_gives_the_same_words() -> None:
    one = tiny("llava")
    how: dict[str, Any] = {"max_new_tokens": 6, "min_new_tokens": 6, "do_sample": False}
    with redistribution(one.model, ON, one.visual):
        growing = one.model.generate(**one.inputs(), **how)
    with redistribution(one.model, ON, one.visual):
        fixed = one.model.generate(
            **one.inputs(), **how, cache_implementation="static", disable_compile=True
        )
    assert torch.equal(growing, fixed)


def test_a_kernel_of_ours_stays_beneath() -> None:
    one = tiny("llava")
    window = Window(sinks=2, window=20, query_block=4)
    with using(one.model, window):
        bare = one.logits()
        with redistribution(one.model, ON, one.visual):
            assert one.model.config.text_config._attn_implementation == f"var({window.label})"
            assert one.model.config.vision_config._attn_implementation == window.label
            assert (one.logits() - bare).abs().max() > 1e-3
        assert torch.equal(one.logits(), bare)


def test_nothing_is_left_behind_even_after_an_error() -> None:
    one = tiny("llava")
    before = [(set(vars(module)), len(module._forward_pre_hooks)) for module in one.model.modules()]

    def fail() -> None:
        with redistribution(one.model, ON, one.visual):
            one.logits()
            assert one.model.config.vision_config._attn_implementation == "sdpa"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    after = [(set(vars(module)), len(module._forward_pre_hooks)) for module in one.model.modules()]
    assert after == before
    assert one.model.config.text_config._attn_implementation == "sdpa"


def test_two_at_once_and_eager_attention_are_refused_and_leave_nothing() -> None:
    one = tiny("llava")
    with (
        redistribution(one.model, ON, one.visual),
        pytest.raises(ValueError, match="already"),
        redistribution(one.model, ON, one.visual),
    ):
        pass
    one.model.set_attn_implementation("eager")
    with pytest.raises(UnknownMethod, match="eager"), redistribution(one.model, ON, one.visual):
        pass
    one.model.set_attn_implementation("sdpa")
    with redistribution(one.model, ON, one.visual):
        one.logits()


def test_image_centric_heads_are_those_chosen_most_of_the_time() -> None:
    one = tiny("llava")
    examples = [(one.logits, one.visual)]
    heads = image_centric_heads(one.model, ON, examples, least_rate=0.5)
    with redistribution(one.model, replace(ON, counting=True), one.visual) as session:
        one.logits()
    rates = session.rates()
    assert heads
    assert heads == {
        i: tuple(h for h, rate in enumerate(rates[i]) if rate >= 0.5)
        for i in rates
        if max(rates[i]) >= 0.5
    }
    with redistribution(one.model, replace(ON, heads=heads), one.visual) as session:
        one.logits()
        assert set(session.layers) == set(heads)


def test_layers_with_a_sliding_window_stay_as_they_are() -> None:
    model = text_model(
        use_sliding_window=True, sliding_window=8, max_window_layers=0,
        layer_types=["full_attention"] * 3 + ["sliding_attention"] * 2,
    )  # fmt: skip
    visual = torch.zeros(1, 20, dtype=torch.bool)
    visual[:, 2:12] = True
    settings = replace(ON, first_layer=0, last_layer_too=True)
    with redistribution(model, settings, visual) as session:
        assert sorted(session.layers) == [0, 1, 2]
