"""The attention kernel against the definition; run by `test_interpreted.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kernels.base import reference
from kernels.base.partial_softmax import attend_part, merge, repeated
from kernels.gpu.launch import attend_sparse
from kernels.methods.streaming_window import Window
from tests.kernels.gpu.cases import CASES, ONE_QUERY, TOLERANCE, Case
from tests.kernels.shapes import close


def check(case: Case, dtype: torch.dtype, splits: int | None = None) -> None:
    query, key, value = case.tensors(dtype, "cpu")
    chosen = case.chosen()
    mixed = attend_sparse(case.method, chosen, query, key, value, 0.3, splits).mixed
    assert mixed.dtype == dtype
    expected = reference.attention(query, key, value, case.visible(chosen), 0.3)
    close(mixed, expected, TOLERANCE[dtype])


@pytest.mark.parametrize("case", CASES + ONE_QUERY, ids=str)
def test_it_equals_the_definition(case: Case) -> None:
    check(case, torch.float32)


@pytest.mark.parametrize(
    ("case", "dtype"), [(CASES[0], torch.bfloat16), (ONE_QUERY[1], torch.float16)], ids=str
)
def test_it_keeps_the_precision_it_was_given(case: Case, dtype: torch.dtype) -> None:
    check(case, dtype)


def test_it_matters_not_among_how_many_the_keys_are_split() -> None:
    check(ONE_QUERY[1], torch.float32, 5)
    check(ONE_QUERY[1], torch.bfloat16, 2)


@pytest.mark.parametrize("case", [replace(CASES[2], asked=20), ONE_QUERY[0]], ids=str)
def test_what_no_query_sees_is_not_read(case: Case) -> None:
    query, key, value = case.tensors(torch.float32, "cpu")
    chosen = case.chosen()
    seen = case.visible(chosen)
    before = attend_sparse(case.method, chosen, query, key, value, 0.3).mixed
    unseen = ~seen.unflatten(1, (case.kv_heads, -1)).any(dim=2).any(dim=2)
    assert unseen.any()
    for x in (key, value):
        x[unseen] = torch.nan
    close(attend_sparse(case.method, chosen, query, key, value, 0.3).mixed, before)


def test_without_a_choice_sinks_and_window_are_seen() -> None:
    case = CASES[0]
    query, key, value = case.tensors(torch.float32, "cpu")
    mixed = attend_sparse(case.method, None, query, key, value, 0.3).mixed
    close(mixed, reference.attention(query, key, value, case.visible(None), 0.3))


@pytest.mark.parametrize("asked", [1, 20])
def test_parts_of_two_calls_join_to_the_whole(asked: int) -> None:
    case = Case(Window(sinks=0, window=60, query_block=64), asked=asked)
    query, key, value = case.tensors(torch.float32, "cpu")
    older = [repeated(x[:, :, : case.total - asked], query) for x in (key, value)]
    old = attend_part(query, *older, 0.3)
    new_keys, new_values = (x[:, :, case.total - asked :] for x in (key, value))
    new = attend_sparse(case.method, None, query, new_keys, new_values, 0.3)
    whole = reference.attention(query, key, value, case.visible(None), 0.3)
    close(merge([old, new]).mixed, whole)
