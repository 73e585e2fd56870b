"""VAR: exactly the paper's equations where it acts, exactly the bare kernel where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.method import Method
from kernels.corrections.correction import install, register_on_top, remove
from kernels.corrections.visual_redistribution import Redistribution
from kernels.methods.streaming_window import Window
from kernels.methods.tidal_decode import Tidal
from kernels.registry import UnknownMethod
from tests.kernels import oracles
from tests.kernels.corrected import SCALE, Picture, attend, layer, with_strong_sinks
from tests.kernels.methods_cases import MeanKey, Mixed
from tests.kernels.shapes import Shape, close, few

BASES: list[Method | None] = [
    None,
    Window(sinks=2, window=5, query_block=4),
    MeanKey(sinks=1, window=3, block=4, query_block=1),
    Mixed(sinks=1, window=3, block=4, query_block=1),
    Tidal(sinks=2, window=3, query_block=1, tokens=9, dense_layers=0, select=(0,)),
]
"""A correction asks a method what is seen: by all, by each head, by some heads, or kept."""
every_base = pytest.mark.parametrize(
    "base", BASES, ids=lambda base: "sdpa" if base is None else base.label
)
PAPER = Redistribution.from_paper(p=0.6, rho=0.3)
rules = st.builds(
    Redistribution,
    moved=st.floats(0.05, 1),
    nonsink_share=st.sampled_from([0.0, 0.3, 0.6, 0.8]),
    visual_mass=st.sampled_from([0.0, 0.2, 0.5]),
)


@st.composite
def prompts(draw: st.DrawFn) -> tuple[Shape, Picture]:
    small = st.integers(1, 3)
    total = draw(st.integers(12, 40))
    size = draw(st.sampled_from([4, 8]))
    shape = Shape(draw(small), draw(small), draw(small), size, total, total, draw(small))
    # A long question after a small picture, and the other way round.
    picture = Picture.of(shape.batch, total, draw(st.integers(2, total - 8)), shape.seed)
    return shape, picture


def expected(
    rule: Redistribution, picture: Picture, tensors: tuple[Tensor, ...], seen: Tensor
) -> tuple[Tensor, Tensor]:
    query, key, value = tensors
    new, chosen = oracles.redistributed(
        oracles.weights(query, key, seen, SCALE), picture.visual, picture.sinks, picture.asking,
        rule.moved, rule.nonsink_share, rule.visual_mass,
    )  # fmt: skip
    return oracles.mixed(new, value), chosen.transpose(1, 2)


@every_base
@settings(few, max_examples=3)
@given(prompt=prompts(), rule=rules)
def test_it_equals_the_dense_equations_on_any_kernel(
    base: Method | None, prompt: tuple[Shape, Picture], rule: Redistribution
) -> None:
    shape, picture = prompt
    tensors = with_strong_sinks(shape, picture)
    want, _ = expected(rule, picture, tensors, oracles.seen_by(base, *tensors[:2], SCALE))
    module = layer(shape.groups, picture.correction(rule))
    close(attend(module, *tensors, base=base or "sdpa"), want.float())


@few
@given(prompt=prompts(), rule=rules)
def test_rows_and_heads_that_are_not_chosen_keep_their_bits(
    prompt: tuple[Shape, Picture], rule: Redistribution
) -> None:
    shape, picture = prompt
    tensors = with_strong_sinks(shape, picture)
    _, chosen = expected(rule, picture, tensors, oracles.seen_by(None, *tensors[:2], SCALE))
    got = attend(layer(shape.groups, picture.correction(rule)), *tensors)
    bare = attend(layer(shape.groups), *tensors)
    assert torch.equal(got[~chosen], bare[~chosen])


@pytest.mark.parametrize(
    "change",
    [{"moved": 0.0}, {"nonsink_share": 1.01}, {"visual_mass": 1.01}],
    ids=["nothing moved", "no head may be chosen", "no row looks"],
)
def test_off_is_bit_for_bit_the_bare_kernel(change: dict[str, float]) -> None:
    picture = Picture.of(2, 30)
    tensors = with_strong_sinks(Shape(2, 2, 3, 8, 30, 30, 5), picture)
    module = layer(3, picture.correction(replace(PAPER, **change)))
    assert torch.equal(attend(module, *tensors), attend(layer(3), *tensors))


@pytest.mark.parametrize("without", ["sinks", "visual", "asking"])
def test_without_sinks_a_picture_or_a_question_nothing_changes(without: str) -> None:
    picture = Picture.of(2, 30)
    tensors = with_strong_sinks(Shape(2, 2, 3, 8, 30, 30, 5), picture)
    nothing = {without: torch.zeros(2, 30, dtype=torch.bool)}
    module = layer(3, replace(picture, **nothing).correction(PAPER))
    assert torch.equal(attend(module, *tensors), attend(layer(3), *tensors))


def test_a_text_sink_gives_only_beside_a_visual_one() -> None:
    picture = Picture.of(1, 30)
    tensors = with_strong_sinks(Shape(1, 2, 3, 8, 30, 30, 5), picture)
    lonely = torch.zeros_like(picture.sinks)
    lonely[:, 0] = True
    module = layer(3, replace(picture, sinks=lonely).correction(PAPER))
    assert torch.equal(attend(module, *tensors), attend(layer(3), *tensors))


@few
@given(prompt=prompts(), rule=rules)
def test_weights_stay_a_distribution_and_move_from_sinks_to_the_picture_only(
    prompt: tuple[Shape, Picture], rule: Redistribution
) -> None:
    shape, picture = prompt
    query, key, _ = with_strong_sinks(shape, picture)
    # With the unit vectors as values, the output is the weights.
    value = torch.eye(shape.total).expand(shape.batch, shape.kv_heads, -1, -1)
    new = attend(layer(shape.groups, picture.correction(rule)), query, key, value)
    old = attend(layer(shape.groups), query, key, value)
    sinks = picture.sinks[:, None, None].expand_as(new)
    other = (picture.visual & ~picture.sinks)[:, None, None].expand_as(new)
    close(new.sum(-1), torch.ones(new.shape[:-1]))
    assert (new[sinks] <= old[sinks]).all()
    assert (new[other] >= old[other] - 1e-7).all()
    close(new[~sinks & ~other], old[~sinks & ~other])
    moved = old.masked_fill(~sinks, 0).sum(-1) * rule.moved
    changed = (new != old).any(-1)
    close((old - new).masked_fill(~sinks, 0).sum(-1)[changed], moved[changed])


@every_base
def test_decoding_and_chunks_equal_one_pass(base: Method | None) -> None:
    shape, prompt = Shape(2, 2, 2, 8, 32, 32, 3), 14
    picture = Picture.of(2, prompt)
    long = Picture(*(torch.nn.functional.pad(x, (0, 32 - prompt)) for x in (
        picture.visual, picture.sinks, picture.asking)))  # fmt: skip
    query, key, value = with_strong_sinks(shape, long)
    kernel = base or "sdpa"
    whole = attend(layer(2, picture.correction(PAPER)), query, key, value, base=kernel)
    # Chunks that do not end with the prompt: the last ones hold decoded tokens too.
    for ends in ([prompt, *range(prompt + 1, 33)], [5, 11, 17, 32]):
        var = picture.correction(PAPER)
        module, parts, start = layer(2, var), [], 0
        for end in ends:
            var.mark(long.sinks[:, start:end])
            mask = None
            if base is None and 1 < end - start < end:
                mask = oracles.causal(end - start, end)[None, None]
            parts.append(
                attend(
                    module,
                    query[:, :, start:end],
                    key[:, :, :end],
                    value[:, :, :end],
                    mask,
                    base=kernel,
                )
            )
            start = end
        close(torch.cat(parts, dim=1), whole)


@pytest.mark.parametrize("base", BASES[:3])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_padded_row_equals_itself_alone(base: Method | None, side: str) -> None:
    shape, pad = Shape(1, 2, 2, 8, 24, 24, 2), 5
    picture = Picture.of(1, 24)
    tensors = with_strong_sinks(shape, picture)
    kernel = base or "sdpa"
    alone = attend(layer(2, picture.correction(PAPER)), *tensors, base=kernel)
    room = (pad, 0) if side == "left" else (0, pad)
    real = torch.nn.functional.pad(torch.ones(1, 24, dtype=torch.bool), room)
    wide = Picture(*(torch.nn.functional.pad(x, room) for x in (
        picture.visual, picture.sinks, picture.asking)))  # fmt: skip
    query, key, value = (torch.nn.functional.pad(x, (0, 0, *room), value=3.0) for x in tensors)
    mask = real if base else (oracles.causal(29, 29) & real[:, None])[:, None]
    got = attend(layer(2, wide.correction(PAPER)), query, key, value, mask, base=kernel)
    close(got[:, real[0]], alone)


def test_a_padded_decode_step_equals_the_dense_equations() -> None:
    shape, picture = Shape(2, 2, 3, 8, 30, 30, 7), Picture.of(2, 29)
    long = Picture(*(torch.nn.functional.pad(x, (0, 1)) for x in (
        picture.visual, picture.sinks, picture.asking)))  # fmt: skip
    long.asking[:, -1] = True
    query, key, value = with_strong_sinks(shape, long)
    seen = oracles.causal(30, 30)[None, None].repeat(2, 1, 1, 1)
    seen[1, :, :, 0] = False
    seen[1, :, 0, 0] = True
    want, _ = expected(PAPER, long, (query, key, value), seen)
    module = layer(3, picture.correction(PAPER))
    attend(module, query[:, :, :29], key[:, :, :29], value[:, :, :29], seen[:, :, :29, :29])
    step = attend(module, query[:, :, 29:], key, value, seen[:, :, 29:])
    close(step, want[:, 29:].float())


def test_an_additive_mask_is_part_of_the_weights() -> None:
    shape, picture = Shape(2, 2, 3, 8, 30, 30, 7), Picture.of(2, 30)
    query, key, value = with_strong_sinks(shape, picture)
    bias = torch.zeros(2, 1, 30, 30).masked_fill(~oracles.causal(30, 30), -torch.inf)
    bias = bias + 2.0 * picture.sinks[:, None, None]
    want, chosen = expected(PAPER, picture, (query, key, value), bias)
    assert chosen.any()
    close(attend(layer(3, picture.correction(PAPER)), query, key, value, bias), want.float())


def test_several_answers_to_one_prompt_are_corrected_like_one() -> None:
    picture = Picture.of(1, 30)
    tensors = with_strong_sinks(Shape(1, 2, 2, 8, 30, 30, 4), picture)
    alone = attend(layer(2, picture.correction(PAPER)), *tensors)
    three = tuple(x.repeat(3, 1, 1, 1) for x in tensors)
    var = picture.correction(PAPER)
    var.mark(picture.sinks.repeat(3, 1))
    close(attend(layer(2, var), *three), alone.repeat(3, 1, 1, 1))


def test_another_prompt_of_the_same_length_begins_anew() -> None:
    picture = Picture.of(1, 30)
    var = picture.correction(PAPER)
    module = layer(2, var)
    for seed in (4, 5):
        var.mark(picture.sinks)
        tensors = with_strong_sinks(Shape(1, 2, 2, 8, 30, 30, seed), picture)
        want, _ = expected(PAPER, picture, tensors, oracles.causal(30, 30))
        close(attend(module, *tensors), want.float())


def test_a_picture_that_gets_next_to_nothing_is_summed_itself() -> None:
    picture = Picture.of(1, 30, question=3)
    query, key, value = with_strong_sinks(Shape(1, 1, 2, 8, 30, 30, 4), picture)
    pull = 6 * query[:, :, -1:].mean(1, keepdim=True)
    key = torch.where(picture.sinks[:, None, :, None], pull, key)
    rule = Redistribution(moved=0.9, nonsink_share=0.0, visual_mass=0.0)
    want, chosen = expected(rule, picture, (query, key, value), oracles.causal(30, 30))
    assert chosen.any()
    close(attend(layer(2, picture.correction(rule)), query, key, value), want.float())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_corrected_within_its_own_rounding(dtype: torch.dtype) -> None:
    picture = Picture.of(1, 30)
    query, key, value = (
        x.to(dtype) for x in with_strong_sinks(Shape(1, 2, 2, 8, 30, 30, 4), picture)
    )
    want, _ = expected(PAPER, picture, (query, key, value), oracles.causal(30, 30))
    got = attend(layer(2, picture.correction(PAPER)), query, key, value)
    assert got.dtype == dtype
    close(got.float(), want.float(), 3e-2)


def test_only_the_heads_that_were_named_are_chosen() -> None:
    picture = Picture.of(1, 30)
    tensors = with_strong_sinks(Shape(1, 2, 2, 8, 30, 30, 4), picture)
    rule = Redistribution(nonsink_share=0.0, visual_mass=0.0)
    heads = torch.tensor([False, True, False, True])
    got = attend(layer(2, picture.correction(rule, heads=heads)), *tensors)
    bare = attend(layer(2), *tensors)
    assert torch.equal(got[:, :, ~heads], bare[:, :, ~heads])
    assert (got[:, -1][:, heads] != bare[:, -1][:, heads]).any(-1).all()


def test_the_paper_and_the_code_say_the_same_rule_in_other_numbers() -> None:
    paper = Redistribution.from_paper(p=0.4, rho=0.8)
    code = Redistribution.from_code(p=0.6, rho=0.2)
    assert (paper.moved, paper.nonsink_share) == (0.4, 0.8)
    assert code.moved == pytest.approx(paper.moved)
    assert code.nonsink_share == pytest.approx(paper.nonsink_share)


@pytest.mark.parametrize("wrong", [{"moved": 1.1}, {"moved": -0.1}, {"visual_mass": -1.0}])
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"1\.1|-0\.1|-1\.0"):
        Redistribution(**wrong)


def test_a_kernel_under_a_correction_has_a_name_of_its_own() -> None:
    assert register_on_top("var") == "var"
    assert register_on_top("var", Window(window=512)) == "var(window(window=512))"
    assert register_on_top("var", "var(window(window=512))") == "var(window(window=512))"


@pytest.mark.parametrize("base", ["eager", "widow"])
def test_what_cannot_lie_beneath_a_correction_is_refused(base: str) -> None:
    with pytest.raises(UnknownMethod, match=base):
        register_on_top("var", base)


def test_a_layer_is_corrected_by_one_thing_at_a_time_and_keeps_nothing() -> None:
    module = layer(1, Picture.of(1, 20).correction(PAPER))
    with pytest.raises(ValueError, match="already"):
        install(module, Picture.of(1, 20).correction(PAPER))
    before = set(vars(layer(1)))
    remove(module)
    assert set(vars(module)) == before
