"""Whole calls, as a model makes them; run by `test_interpreted.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kernels import gpu
from kernels.base import reference
from kernels.base.method import Method
from kernels.engine.sparse_attention import attend
from kernels.gpu import attend as on_card
from tests.kernels.gpu.cases import Replaced
from tests.kernels.methods_cases import METHODS, ONE_OF_EACH, compensates
from tests.kernels.shapes import Shape, close


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods for which the card's path was taken."""
    taken: list[str] = []
    original = on_card.attend_call

    def noted(method: Method, *args: object) -> torch.Tensor:
        taken.append(method.name)
        return original(method, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(on_card, "attend_call", noted)
    return taken


SHAPES = [Shape(1, 1, 2, 8, 33, 7, 3), Shape(1, 3, 2, 8, 29, 1, 4)]


WAYS = ("dense", "window", "strided", "mixed", "quest", "seer", "tidal", "s2")
"""Everything, nothing chosen, alike for all, by head, together, block by block, kept, by layer."""


@pytest.mark.parametrize(
    "method",
    [method for method in ONE_OF_EACH if method.name in WAYS],
    ids=lambda method: method.label,
)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_it_equals_the_definition(method: Method, shape: Shape, served: list[str]) -> None:
    if shape.asked > 1 and method.query_block < 4:
        method = replace(method, query_block=8)
    query, key, value = shape.tensors()
    seen = reference.visible(method, query, key, scale=0.3)
    close(attend(method, query, key, value, 0.3), reference.attention(query, key, value, seen, 0.3))
    assert served


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    "method",
    [Replaced(sinks=2, window=6, query_block=16), *filter(compensates, ONE_OF_EACH)],
    ids=lambda method: method.label,
)
def test_what_stands_for_the_rest_is_joined(
    method: Method, shape: Shape, monkeypatch: pytest.MonkeyPatch, served: list[str]
) -> None:
    query, key, value = shape.tensors()
    mixed = attend(method, query, key, value, 0.3)
    assert served
    monkeypatch.setattr(gpu, "serves", lambda *_: False)
    close(mixed, attend(method, query, key, value, 0.3))


def test_what_they_cannot_do_is_left_to_torch(served: list[str]) -> None:
    query, key, value = Shape(1, 1, 1, 8, 30, 1, 1).tensors(torch.float64)
    attend(METHODS[1], query, key, value, 0.3)
    query, key, value = Shape(1, 1, 1, 8, 30, 1, 1).tensors()
    attend(METHODS[1], query.requires_grad_(), key, value, 0.3).sum().backward()
    assert query.grad is not None
    wide = torch.randn(1, 1, 30, gpu.LARGEST_HEAD + 1)
    attend(METHODS[1], wide[:, :, :1], wide, wide, 0.3)
    assert not served
