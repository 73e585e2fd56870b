"""Halving finds what lies among its like, and reads the logarithm of the context."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from kernels.base.method import Scene
from kernels.methods.hip import Hip
from tests.kernels.shapes import few


class CountKeys(TorchDispatchMode):
    """Counts keys that are gathered."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = function(*args, **(kwargs or {}))
        if function is torch.ops.aten.gather.default and args[0].dim() == 4:
            self.keys += out.shape[2]
        return out


def chosen(method: Hip, query: Tensor, key: Tensor) -> Tensor:
    found = method.choose(Scene(query, key, 0))
    assert isinstance(found, Tensor)
    return found


def read(total: int) -> int:
    noise = torch.Generator().manual_seed(0)
    query, key = (torch.randn(1, 2, n, 8, generator=noise) for n in (1, total))
    with CountKeys() as counter:
        chosen(Hip(sinks=16, window=48, tokens=193), query, key)
    return counter.keys


def test_what_a_choice_reads_grows_with_the_logarithm_of_the_context() -> None:
    counts = [read(2**power + 64) for power in (11, 12, 13, 14, 15)]
    steps = {later - earlier for earlier, later in pairwise(counts)}
    assert steps == {2 * 16}  # each doubling: halves of as many ranges as blocks are read
    assert counts[-1] < 2**15 / 100


def test_a_stretch_of_wanted_keys_is_found_wherever_it_lies() -> None:
    noise = torch.Generator().manual_seed(3)
    query = torch.randn(1, 4, 1, 16, generator=noise)
    for place in range(100, 3700, 211):
        key = torch.randn(1, 2, 4001, 16, generator=noise)
        for head in (0, 1):  # like a passage: its keys resemble each other
            key[:, head, place : place + 256] += 2 * query[:, 2 * head]
        blocks = chosen(Hip(sinks=4, window=28, tokens=320), query, key[:, :, :4000])
        inside = (blocks >= place // 8) & (blocks < (place + 256) // 8 + 1)
        assert (inside.sum(dim=-1) >= 24).all(), place


@few
@given(
    blocks=st.integers(1, 90), count=st.integers(1, 40), breadth=st.integers(1, 3),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_it_names_as_many_blocks_as_fit_each_once_and_none_that_is_not_there(
    blocks: int, count: int, breadth: int, seed: int
) -> None:
    noise = torch.Generator().manual_seed(seed)
    query, key = (torch.randn(2, 2, n, 4, generator=noise) for n in (1, 3 * blocks))
    method = Hip(sinks=0, window=1, block=3, tokens=3 * count + 1, breadth=breadth)
    found = method.best(Scene(query, key, 0), 0, blocks, min(count, blocks))
    assert found.shape == (2, 2, min(count, blocks))
    assert (found.diff(dim=-1) > 0).all()
    assert int(found.min()) >= 0
    assert int(found.max()) < blocks


def test_a_breadth_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="breadth must be at least 1"):
        Hip(breadth=0)
