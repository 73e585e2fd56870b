"""Where choosing begins to pay is measured, and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from kernels.analysis import dense_threshold as break_even
from kernels.analysis.dense_threshold import Shape, with_break_even
from kernels.methods.quest import Quest

SMALL = Shape(4, 2, 16, torch.float32)


def test_it_is_measured_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(break_even, "LENGTHS", (512, 1024))
    method = Quest(tokens=128, sinks=16, window=48)
    first = break_even.break_even(method, SMALL, tmp_path)
    assert first in (0, 512, 1024)
    (kept,) = tmp_path.iterdir()
    kept.write_text(json.dumps({"tokens": 777}))
    assert break_even.break_even(method, SMALL, tmp_path) == 777
    kept.write_text("cut sho")
    assert break_even.break_even(method, SMALL, tmp_path) in (0, 512, 1024)


@pytest.mark.parametrize(("costs", "expected"), [
    ([(1, 2), (2, 2), (3, 2)], 2048),
    ([(2, 1)], 0),
    ([(1, 2)] * len(break_even.LENGTHS), break_even.LENGTHS[-1]),
])  # fmt: skip
def test_it_ends_where_dense_costs_more(
    costs: list[tuple[float, float]], expected: int, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    told = iter(costs)
    monkeypatch.setattr(break_even, "_interleaved", lambda calls: list(next(told)))
    method = with_break_even(Quest(), SMALL, tmp_path)
    assert method.dense_below == expected
    assert with_break_even(Quest(dense_below=10**6), SMALL, tmp_path).dense_below == 10**6
