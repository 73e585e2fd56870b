"""The kernels on a card: what neither the interpreter nor the compiler can tell."""

from __future__ import annotations

import pytest
import torch

from kernels import gpu
from kernels.base import reference
from kernels.engine.sparse_attention import attend
from kernels.methods.quest import Quest
from kernels.methods.streaming_window import Window
from tests.kernels.gpu.cases import CASES, ONE_QUERY, TOLERANCE, Case
from tests.kernels.shapes import close

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA card"),
    pytest.mark.skipif(not gpu.installed(), reason="needs Triton: pip install triton"),
    pytest.mark.skipif(gpu.interpreted(), reason="TRITON_INTERPRET is set"),
]


@pytest.mark.parametrize("dtype", list(TOLERANCE), ids=str)
@pytest.mark.parametrize("case", CASES + ONE_QUERY, ids=str)
def test_it_equals_the_definition(case: Case, dtype: torch.dtype) -> None:
    from kernels.gpu.launch import attend_sparse

    chosen = case.chosen()
    query, key, value = case.tensors(dtype, "cuda")
    assert gpu.serves(query, key, value)
    mixed = attend_sparse(case.method, chosen.cuda(), query, key, value, 0.3).mixed
    expected = reference.attention(
        query.cpu(), key.cpu(), value.cpu(), case.visible(chosen), 0.3
    )  # fmt: skip
    close(mixed.cpu(), expected, TOLERANCE[dtype])


@pytest.mark.parametrize("asked", [1, 1000, 5000])
@pytest.mark.parametrize("size", [64, 128, 256])
def test_a_long_context_equals_that_on_the_processor(asked: int, size: int) -> None:
    method = Quest(query_block=64)
    case = Case(method, total=5000, asked=asked, groups=4, size=size, value_size=size)
    query, key, value = case.tensors(torch.float32, "cuda")
    mixed = attend(method, query, key, value, size**-0.5)
    host = attend(method, query.cpu(), key.cpu(), value.cpu(), size**-0.5)
    # The last digit may decide between two blocks with almost the same bound.
    apart = (mixed.cpu() - host).abs().amax(dim=-1) > 1e-4
    assert apart.float().mean() < 0.01


@pytest.mark.parametrize("asked", [1, 3000])
def test_a_window_over_everything_equals_torch(asked: int) -> None:
    case = Case(Window(window=9000), total=3000, asked=asked, groups=4, size=64, value_size=64)
    query, key, value = case.tensors(torch.bfloat16, "cuda")
    mixed = attend(case.method, query, key, value, 0.125)
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, is_causal=asked > 1, scale=0.125, enable_gqa=True
    )
    close(mixed, expected, TOLERANCE[torch.bfloat16])


def test_heads_too_large_for_a_tile_are_left_to_torch() -> None:
    wide = torch.randn(1, 1, 40, gpu.LARGEST_HEAD + 1, device="cuda")
    assert not gpu.serves(wide, wide, wide)
    mixed = attend(Window(sinks=1, window=5), wide, wide, wide, 0.1)
    host = attend(Window(sinks=1, window=5), wide.cpu(), wide.cpu(), wide.cpu(), 0.1)
    close(mixed.cpu(), host, 1e-4)
