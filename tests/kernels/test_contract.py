"""What every attention method promises, whatever it chooses to see."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import example, given
from hypothesis import strategies as st

from kernels.base import reference
from kernels.base.method import Method
from kernels.engine.sparse_attention import attend
from kernels.methods.block_scorer import BlockScores
from tests.kernels.methods_cases import wide
from tests.kernels.shapes import (
    Shape,
    close,
    every_method,
    every_plain_method,
    every_scorer,
    few,
    shapes,
)


@every_plain_method
@few
@given(shape=shapes())
def test_it_equals_the_definition_with_the_same_visibility(method: Method, shape: Shape) -> None:
    query, key, value = shape.tensors()
    seen = reference.visible(method, query, key, scale=0.3)
    close(attend(method, query, key, value, 0.3), reference.attention(query, key, value, seen, 0.3))


@every_method
@few
@given(shape=shapes())
def test_it_is_dense_when_its_window_covers_everything(method: Method, shape: Shape) -> None:
    query, key, value = shape.tensors()
    everything = torch.ones(shape.asked, shape.total, dtype=torch.bool)
    causal = everything.tril(diagonal=shape.total - shape.asked)
    mixed = attend(wide(method, shape.total), query, key, value, 0.3)
    close(mixed, reference.attention(query, key, value, causal, 0.3))


@every_scorer
@few
@given(shape=shapes())
def test_it_is_dense_when_its_budget_covers_everything(method: BlockScores, shape: Shape) -> None:
    query, key, value = shape.tensors()
    causal = torch.ones(shape.asked, shape.total, dtype=torch.bool)
    causal = causal.tril(diagonal=shape.total - shape.asked)
    near = method.sinks + method.window + method.query_block
    mixed = attend(replace(method, tokens=near + shape.total), query, key, value, 0.3)
    close(mixed, reference.attention(query, key, value, causal, 0.3))


@every_method
@few
@given(shape=shapes(whole=True), data=st.data())
def test_the_future_changes_nothing_before_it(
    method: Method, shape: Shape, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, shape.total))
    query, key, value = shape.tensors()
    before = attend(method, query, key, value, 0.3)[:, :, :cut]
    for x in (query, key, value):
        x[:, :, cut:] = 9.0 - x[:, :, cut:]
    close(attend(method, query, key, value, 0.3)[:, :, :cut], before)


@every_method
@few
@example(shape=Shape(1, 2, 2, 4, 33, 33, 3), chunk=1)  # token by token
@given(shape=shapes(whole=True), chunk=st.integers(1, 40))
def test_a_prompt_fed_in_chunks_equals_the_whole(method: Method, shape: Shape, chunk: int) -> None:
    query, key, value = shape.tensors()
    ends = [*range(chunk, shape.total, chunk), shape.total]
    parts = [
        attend(method, query[:, :, a:b], key[:, :, :b], value[:, :, :b], 0.3)
        for a, b in zip([0, *ends], ends)
    ]
    close(torch.cat(parts, dim=2), attend(method, query, key, value, 0.3))


@every_plain_method
def test_it_keeps_the_precision_it_was_given(method: Method) -> None:
    query, key, value = Shape(2, 2, 2, 8, 30, 30, 1).tensors(torch.bfloat16)
    mixed = attend(method, query, key, value, 0.3)
    seen = reference.visible(method, query, key, scale=0.3)
    assert mixed.dtype == torch.bfloat16
    close(mixed, reference.attention(query, key, value, seen, 0.3), 2e-2)
