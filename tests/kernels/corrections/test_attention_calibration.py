"""ACT: a sink of the prompt gives, everything else takes, and what answers is never a sink."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kernels.base.method import Method
from kernels.corrections.attention_calibration import Calibration, CalibrationRule, find_sinks
from kernels.methods.streaming_window import Window
from tests.kernels import oracles
from tests.kernels.corrected import SCALE, attend, layer
from tests.kernels.shapes import Shape, close, few

LOOSE = CalibrationRule(beta=0.4, alpha=2.0, min_viewers=4, min_tokens=8)
bases = pytest.mark.parametrize(
    "base", ["sdpa", Window(sinks=2, window=9, query_block=4)], ids=["sdpa", "window"]
)


def prompt(shape: Shape, sink: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    """Random tensors in which one column in the middle draws attention."""
    query, key, value = shape.tensors()
    pull = query.reshape(shape.batch, shape.kv_heads, -1, shape.size).mean(2)
    key[:, :, sink] = 9 * pull
    return query, key, value


def calibration(
    shape: Shape, rule: CalibrationRule = LOOSE, question: int = 3, length: int | None = None
) -> Calibration:
    length = length or shape.total
    real = torch.ones(shape.batch, length, dtype=torch.bool)
    protected = torch.zeros_like(real)
    protected[:, length - question :] = True
    heads = torch.ones(shape.kv_heads * shape.groups, dtype=torch.bool)
    return Calibration(rule, heads, real, protected)


def dense(
    rule: CalibrationRule, tensors: tuple[Tensor, ...], seen: Tensor, question: int = 3
) -> tuple[Tensor, Tensor]:
    """What every row should give, from the definition; and the sinks, bool [B, H, k]."""
    query, key, value = tensors
    attention = oracles.weights(query, key, seen, SCALE)
    total = key.shape[2]
    sinks = torch.zeros(*attention.shape[:2], total, dtype=torch.bool)
    for column in range(1, total - question):
        viewers = seen.expand(attention.shape)[0, 0, :, column]
        mean = attention[:, :, viewers, column].mean(-1)
        sinks[:, :, column] = (mean > rule.alpha / total) & (viewers.sum() >= rule.min_viewers)
    return oracles.mixed(oracles.calibrated(attention, sinks, rule.beta), value), sinks


@bases
@few
@given(seed=st.integers(0, 99), beta=st.floats(0, 0.95))
def test_it_equals_the_dense_equations(base: str | Method, seed: int, beta: float) -> None:
    shape = Shape(2, 2, 2, 8, 30, 30, seed)
    tensors = prompt(shape)
    rule = CalibrationRule(beta, alpha=2.0, min_viewers=4, min_tokens=8)
    seen = oracles.seen_by(base if isinstance(base, Method) else None, *tensors[:2], SCALE)
    want, sinks = dense(rule, tensors, seen)
    act = calibration(shape, rule)
    close(attend(layer(2, act), *tensors, base=base), want.float())
    assert act.sinks is not None
    assert torch.equal(act.sinks, sinks)


@pytest.mark.parametrize("rule", [CalibrationRule(beta=1.0, min_tokens=8), CalibrationRule()])
def test_beta_of_one_and_a_short_prompt_are_bit_for_bit_the_bare_kernel(
    rule: CalibrationRule,
) -> None:
    shape = Shape(2, 2, 2, 8, 30, 30, 1)
    tensors = prompt(shape)
    got = attend(layer(2, calibration(shape, rule)), *tensors)
    assert torch.equal(got, attend(layer(2), *tensors))


def test_heads_that_were_not_named_keep_their_bits() -> None:
    shape = Shape(1, 2, 2, 8, 30, 30, 1)
    tensors = prompt(shape)
    act = calibration(shape)
    act.heads[1] = False
    got, bare = attend(layer(2, act), *tensors), attend(layer(2), *tensors)
    assert torch.equal(got[:, :, 1], bare[:, :, 1])
    assert not torch.equal(got, bare)


@few
@given(seed=st.integers(0, 99))
def test_sinks_never_gain_and_the_first_token_never_loses(seed: int) -> None:
    shape = Shape(1, 2, 2, 30, 30, 30, seed)
    query, key, _ = prompt(shape)
    value = torch.eye(30).expand(1, 2, -1, -1)  # the output is the weights
    act = calibration(shape)
    new = attend(layer(2, act), query, key, value)
    old = attend(layer(2), query, key, value)
    assert act.sinks is not None
    assert act.sinks.any()
    sinks = act.sinks.transpose(0, 1)[None, :, 0].expand_as(new)
    close(new.sum(-1), torch.ones(new.shape[:-1]))
    assert (new[sinks] <= old[sinks] + 1e-7).all()
    assert (new[..., 0] >= old[..., 0] - 1e-7).all()


def test_what_one_row_likes_is_no_sink() -> None:
    shape = Shape(1, 1, 1, 8, 200, 200, 1)
    query, key, value = shape.tensors()
    query[:, :, :-1, 0], query[:, :, -1, 0] = 0, 5
    key[:, :, 30] = torch.eye(8)[0] * 5
    attention = oracles.weights(query, key, oracles.causal(200, 200), SCALE)
    assert attention[0, 0, -1, 30] > 0.5
    act = calibration(shape, CalibrationRule())
    attend(layer(1, act), query, key, value)
    assert act.sinks is not None
    assert not act.sinks[..., 30].any()


def test_a_column_that_few_rows_see_and_the_question_are_no_sinks() -> None:
    sums = torch.full((1, 1, 40), 9.0)
    viewers = torch.arange(40, 0, -1).float()[None, None]
    real = torch.ones(1, 40, dtype=torch.bool)
    protected = torch.zeros_like(real)
    protected[:, 10] = True
    found = find_sinks(CalibrationRule(min_tokens=8), sums, viewers, real, protected)
    assert found[0, 0].nonzero().flatten().tolist() == [i for i in range(1, 25) if i != 10]


def test_padding_is_neither_counted_nor_the_first_token() -> None:
    sums = torch.full((1, 1, 40), 9.0)
    viewers = torch.full((1, 1, 40), 20.0)
    real = torch.arange(40)[None] >= 5
    found = find_sinks(CalibrationRule(min_tokens=35), sums, viewers, real, ~real)
    assert found[0, 0].nonzero().flatten().tolist() == list(range(6, 40))
    assert not find_sinks(CalibrationRule(min_tokens=36), sums, viewers, real, ~real).any()


@bases
def test_decoding_uses_the_sinks_of_the_prompt_and_equals_one_pass(base: str | Method) -> None:
    shape = Shape(2, 2, 2, 8, 32, 32, 3)
    query, key, value = prompt(shape)
    whole = attend(layer(2, calibration(shape, length=24)), query, key, value, base=base)
    module = layer(2, act := calibration(shape, length=24))
    parts = [
        attend(module, query[:, :, a:b], key[:, :, :b], value[:, :, :b], base=base)
        for a, b in [(0, 24), *((i, i + 1) for i in range(24, 32))]
    ]
    close(torch.cat(parts, dim=1), whole)
    assert act.sinks is not None
    assert act.sinks.shape[-1] == 24


@pytest.mark.parametrize(
    "wrong", [{"beta": 1.5}, {"alpha": 1.0}, {"min_viewers": 0}, {"min_tokens": 0}]
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CalibrationRule(**wrong)  # type: ignore[arg-type]
