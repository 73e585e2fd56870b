"""Longer positions for a loaded model: the same as built with them, and gone without a trace."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.positions.rope_rotation import NoRotation
from kernels.positions.rope_scaling import positioned, raised_base, reposition
from tests.kernels.models import prompt
from tests.kernels.stretching import TRAINED, logits, short_model, stretched


def in_pieces(model: Any, ids: Tensor, sizes: tuple[int, ...]) -> Tensor:
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)
    return torch.cat([logits(model, part, cache=cache) for part in ids.split(sizes, dim=1)], dim=1)


def written(model: Any, ids: Tensor) -> list[int]:
    out = model.generate(ids, max_new_tokens=12, min_new_tokens=12, do_sample=False)
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]


# Frequencies


@pytest.mark.parametrize(
    ("family", "kind"), [("Llama", "linear"), ("Qwen2", "dynamic"), ("Qwen3", "yarn")]
)
def test_a_switched_model_is_the_one_that_transformers_builds_with_these(
    family: str, kind: str
) -> None:
    rope: dict[str, Any] = {"rope_type": kind, "factor": 4.0, "rope_theta": 10_000.0}
    if kind == "yarn":
        rope["original_max_position_embeddings"] = TRAINED
    built = short_model(family, rope_parameters=rope)
    ids = prompt(100)[0]
    model = short_model(family)
    before = logits(model, ids)
    reposition(model, f"{kind}:4")
    assert model.config.rope_parameters == built.config.rope_parameters
    assert model.model.rotary_emb.attention_scaling == built.model.rotary_emb.attention_scaling
    assert torch.equal(logits(model, ids), logits(built, ids))
    assert not torch.allclose(logits(model, ids), before, atol=1e-2)


def test_ntk_slows_the_slowest_frequency_by_the_factor_and_leaves_the_fastest() -> None:
    model = short_model()
    plain = model.model.rotary_emb.inv_freq.clone()
    with positioned(model, "ntk:4"):
        ratios = plain / model.model.rotary_emb.inv_freq
    assert ratios[0] == 1.0
    assert ratios[-1].item() == pytest.approx(4.0, rel=1e-4)
    assert bool((ratios.diff() > 0).all())
    assert raised_base(10_000.0, 8.0, 64) == pytest.approx(10_000.0 * 8 ** (64 / 62))


def test_only_the_rotated_part_of_a_head_counts() -> None:
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5}
    model = short_model(rope_parameters=rope)
    with positioned(model, "ntk:4"):
        base = model.config.rope_parameters["rope_theta"]
    assert base == pytest.approx(raised_base(10_000.0, 4.0, 4))


@stretched
def test_the_model_says_how_much_it_reads(kind: str) -> None:
    model = short_model()
    with positioned(model, f"{kind}:4") as changed:
        assert (changed.trained, changed.longest) == (TRAINED, 4 * TRAINED)
        told = model.config.max_position_embeddings
    # transformers measures by this number what is too long for its dynamic type.
    assert told == (TRAINED if kind == "dynamic" else 4 * TRAINED)
    assert model.config.max_position_embeddings == TRAINED


def test_what_dynamic_read_before_does_not_change_what_it_reads_now() -> None:
    model, ids = short_model(), prompt(100)[0]
    reposition(model, "dynamic:4")
    fresh = logits(model, ids[:, :60])
    logits(model, ids)
    assert torch.equal(logits(model, ids[:, :60]), fresh)


# Leaving as it was


def test_native_changes_nothing() -> None:
    model, ids = short_model(), prompt(60)[0]
    before, rotary = logits(model, ids), model.model.rotary_emb
    with positioned(model, "native") as changed:
        assert model.model.rotary_emb is rotary
        assert torch.equal(logits(model, ids), before)
        assert changed.longest == TRAINED


@stretched
def test_afterwards_all_is_as_it_was_even_after_an_error(kind: str) -> None:
    model, ids = short_model("Qwen3"), prompt(60)[0]
    before, rotary, told = logits(model, ids), model.model.rotary_emb, model.config.to_dict()

    def fail() -> None:
        with positioned(model, f"{kind}:4,fp32"):
            assert not torch.equal(logits(model, ids), before)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert torch.equal(logits(model, ids), before)
    assert model.model.rotary_emb is rotary
    assert model.config.to_dict() == told
    layer = model.model.layers[3].self_attn
    assert not layer._forward_pre_hooks
    assert not layer._forward_hooks


def test_another_model_of_the_same_class_is_not_touched() -> None:
    switched, other, ids = short_model(), short_model(), prompt(60)[0]
    before = logits(other, ids)
    with positioned(switched, "entropy-abf:4,fp32"):
        logits(switched, ids)
        assert torch.equal(logits(other, ids), before)


def test_a_layer_that_fails_leaves_no_turn_behind() -> None:
    model, other, ids = short_model(), short_model(), prompt(60)[0]
    before = logits(other, ids)

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with positioned(model, "entropy-abf:4"):
        broken = model.model.layers[3].self_attn.o_proj.register_forward_pre_hook(fail)
        with pytest.raises(ZeroDivisionError):
            logits(model, ids)
        broken.remove()
        assert torch.equal(logits(other, ids), before)


# Models that cannot


def test_a_model_without_rotation_is_refused_and_native_fits_it() -> None:
    import transformers

    config = transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=64)
    model = transformers.GPT2LMHeadModel(config)
    assert reposition(model, "native").longest == 1024
    with pytest.raises(NoRotation, match="GPT2LMHeadModel has no rotary embedding"):
        reposition(model, "yarn:4")


def test_rotations_that_differ_by_layer_are_refused() -> None:
    import transformers

    config = transformers.Gemma3TextConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, vocab_size=64,
    )  # fmt: skip
    with pytest.raises(NoRotation, match="different rotations in different layers"):
        reposition(transformers.Gemma3ForCausalLM(config), "ntk:2")


@stretched
def test_a_model_is_not_stretched_twice(kind: str) -> None:
    model, ids = short_model(), prompt(60)[0]
    changed = reposition(model, f"{kind}:4")
    once = logits(model, ids)
    with pytest.raises(NoRotation, match=f"{kind}:4 already"):
        reposition(model, "yarn:2")
    assert torch.equal(logits(model, ids), once)
    changed.undo()
    changed.undo()
    reposition(model, "yarn:2")


def test_a_model_that_its_maker_stretched_keeps_that_and_may_be_rotated_exactly() -> None:
    rope = {"rope_type": "linear", "factor": 2.0, "rope_theta": 10_000.0}
    model, ids = short_model(rope_parameters=rope), prompt(40)[0]
    before = logits(model, ids)
    with pytest.raises(NoRotation, match=r"already stretched \(linear\)"):
        reposition(model, "yarn:4")
    with positioned(model, "fp32"):
        assert torch.equal(logits(model, ids), before)
    assert torch.equal(logits(model, ids), before)


# A cache


@pytest.mark.parametrize(
    ("family", "name"),
    [("Llama", "linear:4"), ("Qwen3", "ntk:4"), ("Llama", "yarn:4"), ("Llama", "entropy-abf:4"),
     ("Qwen3", "fp32"), ("Qwen3", "entropy-abf:4,fp32")],
)  # fmt: skip
def test_reading_in_pieces_and_token_by_token_is_reading_at_once(family: str, name: str) -> None:
    model, ids = short_model(family), prompt(70)[0]
    reposition(model, name)
    whole = logits(model, ids)
    torch.testing.assert_close(in_pieces(model, ids, (40, 24, 1, 1, 1, 1, 1, 1)), whole,
                               atol=1e-4, rtol=1e-4)  # fmt: skip


def test_padding_on_the_left_changes_no_scale() -> None:
    model = short_model()
    reposition(model, "entropy-abf:4")
    ids, mask = prompt(80, 50)
    places = (mask.cumsum(-1) - 1).clamp(min=0)
    together = logits(model, ids, attention_mask=mask, position_ids=places)[1, 30:]
    torch.testing.assert_close(together, logits(model, ids[1:, 30:])[0], atol=1e-4, rtol=1e-4)


@stretched
def test_what_is_generated_is_what_reading_again_makes_likeliest(kind: str) -> None:
    model, ids = short_model(), prompt(40 if kind != "dynamic" else 16)[0]
    reposition(model, f"{kind}:4")
    said = written(model, ids)
    for step, token in enumerate(said):
        so_far = torch.cat([ids, torch.tensor([said[:step]], dtype=ids.dtype)], dim=1)
        row = logits(model, so_far)[0, -1]
        assert row.max() - row[token] < 1e-3, f"{kind}, token {step}"
