"""The needle is found with a quarter of the tokens when they go to the right frames."""

from __future__ import annotations

import json

import pytest

from benchmarks.quota.__main__ import QUARTER, main
from benchmarks.quota.layout import EGOGPT_FRAMES, prefill_work, sizing_cost
from benchmarks.quota.needle import FULL, WAYS, Setting, accuracies

TRIALS = 30


def test_a_dot_is_read_at_a_quarter_of_the_tokens_with_a_quota_and_not_without() -> None:
    exact, noisy, full = (
        Setting("dot", QUARTER),
        Setting("dot", QUARTER, 0.25),
        Setting("dot", FULL),
    )
    ways = [way for way in WAYS if way.name in ("uniform", "quota", "quota+floor", "random")]
    read = accuracies([exact, noisy, full], ways, TRIALS)
    assert read[full]["uniform"] >= 0.95
    assert read[exact]["uniform"] <= 0.80
    assert read[exact]["quota"] >= 0.95
    assert read[noisy]["quota+floor"] >= 0.90
    assert read[exact]["random"] < read[exact]["uniform"]


def test_a_patch_is_read_at_48_tokens_and_the_floor_withstands_a_wrong_scorer() -> None:
    few, wrong = Setting("patch", 48), Setting("patch", 192, 1.0)
    ways = [way for way in WAYS if way.name in ("uniform", "quota", "quota+floor", "topk")]
    read = accuracies([few, wrong], ways, TRIALS)
    assert read[few]["quota"] >= read[few]["uniform"] + 0.05
    assert read[wrong]["quota+floor"] >= 0.85
    assert read[wrong]["quota+floor"] > read[wrong]["quota"] > read[wrong]["topk"] - 0.05


def test_a_quarter_of_the_tokens_is_less_than_a_quarter_of_the_work() -> None:
    assert 4 < prefill_work(8000, layers=1) / prefill_work(2000, layers=1) < 5


def test_what_sharing_out_costs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = sizing_cost(channels=8, repeats=1)
    assert found["stock_tokens"] == EGOGPT_FRAMES * 182
    assert found["tokens"] <= found["stock_tokens"] / 4
    main(["--only", "needle", "--trials", "2", "--json"])
    rows = json.loads(capsys.readouterr().out)["needle"]
    assert {"needle", "tokens", "scorer_noise", "quota", "uniform"} <= set(rows[0])
