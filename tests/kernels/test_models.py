"""The methods inside real model classes of `transformers`."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from kernels.methods.dense import Dense
from kernels.methods.streaming_window import Window
from kernels.registry import register, using
from tests.kernels.models import causal_model, prompt

WINDOW = Window(sinks=2, window=6, query_block=4)
families = pytest.mark.parametrize("family", ["Qwen2", "Llama"])


def logits(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        out: torch.Tensor = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits
    return out * mask[..., None]


def written(model: Any, ids: torch.Tensor, mask: torch.Tensor, **how: Any) -> torch.Tensor:
    out: torch.Tensor = model.generate(
        ids, attention_mask=mask, max_new_tokens=8, min_new_tokens=8, do_sample=False, **how
    )
    return out[:, ids.shape[1] :]


@families
@pytest.mark.parametrize("lengths", [(20,), (20, 13, 1)])
def test_dense_gives_the_logits_of_sdpa(family: str, lengths: tuple[int, ...]) -> None:
    model, (ids, mask) = causal_model(family), prompt(*lengths)
    expected = logits(model, ids, mask)
    with using(model, "dense"):
        torch.testing.assert_close(logits(model, ids, mask), expected, atol=1e-4, rtol=1e-4)


@families
def test_window_gives_the_logits_of_eager_attention_under_the_same_mask(family: str) -> None:
    model, (ids, mask) = causal_model(family, "eager"), prompt(20)
    i, j = torch.arange(20)[:, None], torch.arange(20)
    seen = (j <= i) & ((j < 2) | (i - j < 6))
    bias = torch.zeros(1, 1, 20, 20).masked_fill(~seen, torch.finfo(torch.float32).min)
    with torch.no_grad():
        expected = model(input_ids=ids, attention_mask=bias).logits
    dense = logits(model, ids, mask)
    with using(model, WINDOW):
        got = logits(model, ids, mask)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)
    assert (got - dense).abs().max() > 0.1


@families
@pytest.mark.parametrize("method", [Dense(query_block=8), WINDOW], ids=lambda m: m.label)
def test_generating_with_a_cache_equals_reading_everything_again(
    family: str, method: Dense | Window
) -> None:
    model, (ids, mask) = causal_model(family), prompt(20)
    with using(model, method):
        assert torch.equal(written(model, ids, mask), written(model, ids, mask, use_cache=False))


@families
def test_a_padded_batch_writes_what_each_row_writes_alone(family: str) -> None:
    model, (ids, mask) = causal_model(family), prompt(20, 13, 3)
    with using(model, WINDOW):
        together = written(model, ids, mask)
        for row, length in enumerate((20, 13, 3)):
            alone = written(model, ids[row : row + 1, -length:], mask[row : row + 1, -length:])
            assert torch.equal(together[row], alone[0])


def test_a_preallocated_cache_writes_the_same() -> None:
    model, (ids, mask) = causal_model(), prompt(20, 13)
    with using(model, WINDOW):
        static = written(model, ids, mask, cache_implementation="static", disable_compile=True)
        assert torch.equal(static, written(model, ids, mask))


def test_a_prompt_prefilled_in_chunks_writes_the_same() -> None:
    model, (ids, mask) = causal_model(), prompt(20, 13)
    with using(model, WINDOW):
        chunked = written(model, ids, mask, prefill_chunk_size=7)
        assert torch.equal(chunked, written(model, ids, mask))


def test_a_models_own_sliding_window_is_left_as_it_is() -> None:
    model = causal_model(use_sliding_window=True, sliding_window=5, max_window_layers=1)
    ids, mask = prompt(20, 13)
    expected, words = logits(model, ids, mask), written(model, ids, mask)
    with using(model, "dense"):
        torch.testing.assert_close(logits(model, ids, mask), expected, atol=1e-4, rtol=1e-4)
        assert torch.equal(written(model, ids, mask), words)


def test_an_encoder_keeps_looking_both_ways() -> None:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=48,
    )  # fmt: skip
    model = BertModel(config).eval()
    for ids, mask in (prompt(20), prompt(20, 13)):
        with torch.no_grad():
            expected = model(ids, attention_mask=mask).last_hidden_state
            model.set_attn_implementation(register(WINDOW))
            got = model(ids, attention_mask=mask).last_hidden_state
            model.set_attn_implementation("sdpa")
        torch.testing.assert_close(got, expected)


def test_a_vision_tower_keeps_sdpa_while_its_language_model_follows_the_method() -> None:
    from transformers import LlavaConfig, LlavaForConditionalGeneration

    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1}
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", "num_attention_heads": 4,
                       "image_size": 28, "patch_size": 14, "projection_dim": 32, **sizes},
        text_config={"model_type": "qwen2", "vocab_size": 64, "num_attention_heads": 4,
                     "num_key_value_heads": 2, **sizes},
        image_token_id=63, vision_feature_select_strategy="full", vision_feature_layer=-1,
    )  # fmt: skip
    model = LlavaForConditionalGeneration(config).eval()
    pixels = torch.randn(1, 3, 28, 28)
    expected = model.model.vision_tower(pixels).last_hidden_state
    before = model.config.vision_config._attn_implementation
    with using(model, WINDOW):
        assert model.config.text_config._attn_implementation == WINDOW.label
        torch.testing.assert_close(model.model.vision_tower(pixels).last_hidden_state, expected)
    assert model.config.vision_config._attn_implementation == before
    assert model.config.text_config._attn_implementation == "sdpa"


def test_dropout_is_refused_rather_than_left_out() -> None:
    model, (ids, mask) = causal_model(attention_dropout=0.5), prompt(8)
    with using(model, "window"), pytest.raises(ValueError, match=r"model\.eval\(\)"):
        model.train()(input_ids=ids, attention_mask=mask)
