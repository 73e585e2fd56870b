"""Random attention inputs of every shape, and what the contract tests share."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

from tests.kernels.methods_cases import METHODS, ONE_OF_EACH, compensates

every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.label)
one_of_each = pytest.mark.parametrize("method", ONE_OF_EACH, ids=lambda method: method.label)
every_plain_method = pytest.mark.parametrize(
    "method",
    [method for method in METHODS if not compensates(method)],
    ids=lambda method: method.label,
)
"""Those that are attention over the keys seen and nothing beside."""
few = settings(max_examples=5, deadline=None)


@dataclass(frozen=True)
class Shape:
    batch: int
    kv_heads: int
    groups: int
    size: int
    total: int
    asked: int
    seed: int

    def tensors(self, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
        noise = torch.Generator().manual_seed(self.seed)
        heads = self.kv_heads * self.groups
        sizes = [(heads, self.asked), (self.kv_heads, self.total), (self.kv_heads, self.total)]
        query, key, value = (
            torch.randn(self.batch, h, n, self.size, generator=noise).to(dtype) for h, n in sizes
        )
        return query, key, value


@st.composite
def shapes(draw: st.DrawFn, *, whole: bool = False) -> Shape:
    total = draw(st.integers(1, 28))
    asked = total if whole else draw(st.integers(1, total))
    small = st.integers(1, 3)
    return Shape(
        draw(small), draw(small), draw(small), draw(st.sampled_from([4, 16])), total, asked,
        draw(st.integers(0, 999)),
    )  # fmt: skip


def close(one: Tensor, other: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(one, other, atol=tolerance, rtol=tolerance)
