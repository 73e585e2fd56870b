"""The kernels compile to machine code for cards that are not here, and fit them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from kernels.gpu import aot_check as ahead
from kernels.gpu import interpreted

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("triton") is None, reason="needs Triton: pip install triton"
    ),
    pytest.mark.skipif(interpreted(), reason="TRITON_INTERPRET is set: nothing is compiled"),
]


@pytest.fixture(autouse=True)
def _compile_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))


def check(made: ahead.Compiled) -> None:
    _, spilled = made.resources()
    assert made.cubin[:4] == b"\x7fELF"
    assert f".target sm_{made.target}" in made.ptx
    assert not spilled
    assert made.shared <= ahead.SHARED_KIB[made.target] * 1024


@pytest.mark.parametrize(("size", "span", "target"), [(64, 1, 80), (128, 128, 80)])
def test_attention_uses_the_tensor_cores(size: int, span: int, target: int) -> None:
    made = ahead.attention(torch.bfloat16, size, 4, span, target)
    check(made)
    assert made.matrix_products
    assert "cp.async" in made.ptx, "keys are to be fetched while others are multiplied"


def test_a_prompt_on_hopper_uses_its_own_matrix_products() -> None:
    made = ahead.attention(torch.bfloat16, 64, 4, 128, 90)
    check(made)
    assert "wgmma.mma_async" in made.ptx


def test_scoring_uses_the_tensor_cores() -> None:
    made = ahead.scoring(torch.bfloat16, 64, 4, 80)
    check(made)
    assert made.matrix_products


def test_float32_is_not_rounded_for_the_tensor_cores() -> None:
    made = ahead.attention(torch.float32, 64, 4, 1, 80)
    check(made)
    assert not made.matrix_products


def test_joining_compiles() -> None:
    check(ahead.joining(torch.bfloat16, 128, 90))
