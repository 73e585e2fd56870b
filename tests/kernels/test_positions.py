"""Longer positions for a loaded model: the same as built with them, and gone without a trace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.position_names import KINDS, Positions, UnknownPositions
from kernels.positions import UNSCALED_LAYERS, positioned, raised_base, reposition
from kernels.registry import using
from kernels.rotation import NoRotation, Rotation, Turn, scale_of
from kernels.window import Window
from tests.kernels.models import causal_model, prompt

TRAINED = 32
families = pytest.mark.parametrize("family", ["Llama", "Qwen3"])
stretched = pytest.mark.parametrize("kind", KINDS[1:])


def short_model(family: str = "Llama", **changes: Any) -> Any:
    """One that was "trained" on 32 tokens, with two layers behind those that stay unscaled."""
    sizes = {"num_hidden_layers": 4, "max_position_embeddings": TRAINED}
    return causal_model(family, **{**sizes, **changes})


def logits(model: Any, ids: Tensor, **how: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(input_ids=ids, **how).logits
    return found


def in_pieces(model: Any, ids: Tensor, sizes: tuple[int, ...]) -> Tensor:
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)
    return torch.cat([logits(model, part, cache=cache) for part in ids.split(sizes, dim=1)], dim=1)


def written(model: Any, ids: Tensor) -> list[int]:
    out = model.generate(ids, max_new_tokens=12, min_new_tokens=12, do_sample=False)
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]


# Names


@given(st.sampled_from(KINDS), st.floats(1.01, 1e4), st.booleans())
def test_a_choice_is_read_from_its_own_label(kind: Any, factor: float, exact: bool) -> None:
    factor = 1.0 if kind == "native" else float(f"{factor:g}")
    chosen = Positions(kind, factor, exact)
    assert Positions.parse(chosen.label) == chosen


def test_the_usual_names() -> None:
    assert Positions.parse("native") == Positions()
    assert Positions.parse("yarn:4") == Positions("yarn", 4.0)
    assert Positions.parse("fp32") == Positions.parse("native,fp32") == Positions(exact=True)
    assert Positions.parse("ntk:1.5,fp32").longest(4096) == 6144


@pytest.mark.parametrize(
    "name",
    ["yarm:4", "yarn", "yarn:1", "yarn:0.5", "yarn:-2", "yarn:nan", "yarn:inf", "yarn:four",
     "native:2", "yarn:4,fp16", "yarn:4,fp32,fp32", "fp32,fp32", "", ","],
)  # fmt: skip
def test_what_does_not_fit_is_answered_with_what_does(name: str) -> None:
    with pytest.raises(UnknownPositions, match=r"linear, ntk, dynamic, yarn, entropy-abf.*yarn:4"):
        Positions.parse(name)


# Frequencies


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "Qwen3"])
@pytest.mark.parametrize("kind", ["linear", "dynamic", "yarn"])
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


@families
def test_native_changes_nothing(family: str) -> None:
    model, ids = short_model(family), prompt(60)[0]
    before, rotary = logits(model, ids), model.model.rotary_emb
    with positioned(model, "native") as changed:
        assert model.model.rotary_emb is rotary
        assert torch.equal(logits(model, ids), before)
        assert changed.longest == TRAINED


@families
@stretched
def test_afterwards_all_is_as_it_was_even_after_an_error(family: str, kind: str) -> None:
    model, ids = short_model(family), prompt(60)[0]
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


# The scale of entropy-aware ABF


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


@families
@pytest.mark.parametrize("exact", ["", ",fp32"])
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


# A cache


@families
@pytest.mark.parametrize("name", ["linear:4", "ntk:4", "yarn:4", "entropy-abf:4", "fp32",
                                  "entropy-abf:4,fp32"])  # fmt: skip
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


# Rounding


def exact_shift(rotate: Callable[[Tensor, Tensor], Tensor]) -> float:
    """How much a logit of two tokens 100 apart moves at most, from the start to 65,000 on."""
    noise = torch.Generator().manual_seed(0)
    offsets = torch.arange(0, 65_000, 509)
    q, k = (torch.randn(64, 64, generator=noise).bfloat16() for _ in range(2))
    query, key = rotate(q, offsets + 100), rotate(k, offsets)
    scores = (query.double() * key.double()).sum(-1) / 8.0
    return float((scores - scores[:, :1]).abs().max())


def rotated_by(model: Any, turn: Turn | None) -> Callable[[Tensor, Tensor], Tensor]:
    """The rotation of a model as a function of vectors [n, d] and places [m]: [n, m, d]."""
    from transformers.models.llama import modeling_llama

    from kernels import rotation

    def rotate(x: Tensor, places: Tensor) -> Tensor:
        cos, sin = model.model.rotary_emb(x, places[None])
        many = x[None, :, None].expand(1, -1, len(places), -1)
        rotation._running.turn = turn
        try:
            return modeling_llama.apply_rotary_pos_emb(many, many, cos, sin)[0][0]
        finally:
            rotation._running.turn = None

    return rotate


def big_heads(**changes: Any) -> Any:
    return causal_model("Llama", head_dim=64, max_position_embeddings=131_072, **changes)


def test_a_float32_rotation_halves_what_bfloat16_moves_a_logit_by() -> None:
    model = big_heads()
    stock = exact_shift(rotated_by(model, None))
    reposition(model, "fp32")
    fixed = exact_shift(rotated_by(model, Turn(scale=None)))
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
