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
from tests.kernels.methods_cases import compensates, wide
from tests.kernels.shapes import Shape, close, every_method, every_plain_method, few, shapes


@every_method
@few
@example(shape=Shape(1, 2, 2, 4, 25, 25, 3), chunk=1, cut=15)  # token by token
@given(shape=shapes(whole=True), chunk=st.integers(1, 40), cut=st.integers(0, 40))
def test_chunks_equal_the_whole_and_the_definition_and_no_future_is_seen(
    method: Method, shape: Shape, chunk: int, cut: int
) -> None:
    query, key, value = shape.tensors()
    whole = attend(method, query, key, value, 0.3)
    ends = [*range(chunk, shape.total, chunk), shape.total]
    parts = [
        attend(method, query[:, :, a:b], key[:, :, :b], value[:, :, :b], 0.3)
        for a, b in zip([0, *ends], ends)
    ]
    close(torch.cat(parts, dim=2), whole)
    if not compensates(method):  # else something stands in for the keys that are not seen
        last = query[:, :, -parts[-1].shape[2] :]
        seen = reference.visible(method, last, key, scale=0.3)
        close(parts[-1], reference.attention(last, key, value, seen, 0.3))
    for x in (query, key, value):
        x[:, :, cut:] = 9.0 - x[:, :, cut:]
    close(attend(method, query, key, value, 0.3)[:, :, :cut], whole[:, :, :cut])


@every_method
@few
@given(shape=shapes())
def test_it_is_dense_when_its_window_or_its_budget_covers_everything(
    method: Method, shape: Shape
) -> None:
    query, key, value = shape.tensors()
    everything = torch.ones(shape.asked, shape.total, dtype=torch.bool)
    causal = everything.tril(diagonal=shape.total - shape.asked)
    dense = reference.attention(query, key, value, causal, 0.3)
    close(attend(wide(method, shape.total), query, key, value, 0.3), dense)
    if isinstance(method, BlockScores):
        near = method.sinks + method.window + method.query_block
        mixed = attend(replace(method, tokens=near + shape.total), query, key, value, 0.3)
        close(mixed, dense)


@every_plain_method
def test_it_keeps_the_precision_it_was_given(method: Method) -> None:
    query, key, value = Shape(2, 2, 2, 8, 30, 30, 1).tensors(torch.bfloat16)
    mixed = attend(method, query, key, value, 0.3)
    seen = reference.visible(method, query, key, scale=0.3)
    assert mixed.dtype == torch.bfloat16
    close(mixed, reference.attention(query, key, value, seen, 0.3), 2e-2)
