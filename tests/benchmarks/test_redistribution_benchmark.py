"""Planted sinks are what VAR helps against, and the benchmark says what it promises."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch

from benchmarks.sinks.act_unguarded import unguarded
from benchmarks.sinks.planted_sinks import SKY_DIMENSIONS, Task, planted
from benchmarks.sinks.redistribution import GUARDED, main
from egogpt.sinks.calibration import ActSettings, calibration
from egogpt.sinks.redistribution import VarSettings, redistribution
from egogpt.sinks.sinks import SinkProfile
from kernels.corrections.visual_redistribution import Redistribution

PROFILE = SinkProfile(SKY_DIMENSIONS, 5.0, "planted")


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def task() -> Task:
    learnt = Task(seed=0)
    assert learnt.train(steps=160, size=32) > 0.9
    return learnt


def test_var_wins_back_what_planted_sinks_cost_and_harms_nothing_without(task: Task) -> None:
    test = task.batch(300, 0.35, torch.Generator().manual_seed(7))
    rule = Redistribution.from_paper(p=0.6, rho=0.0)
    settings = VarSettings(PROFILE, rule, first_layer=0, last_layer_too=True)

    def accuracies(bias: float) -> tuple[float, float]:
        mask = planted(test, bias)
        off = task.accuracy(test, mask)
        with redistribution(task.model, settings, test.visual):
            return off, task.accuracy(test, mask)

    off, on = accuracies(4.0)
    assert on - off >= 0.08
    off, on = accuracies(0.0)
    assert abs(on - off) <= 0.01


def test_act_with_guards_finds_the_planted_sinks_and_without_them_does_harm(task: Task) -> None:
    test = task.batch(150, 0.25, torch.Generator().manual_seed(8))
    heads = {layer: range(4) for layer in range(3)}
    mask = planted(test, 4.0, "all")
    with calibration(task.model, ActSettings(heads, GUARDED), ~test.visual) as layers:
        task.accuracy(test, mask)
    for one in layers.values():
        assert one.sinks is not None
        found = one.sinks.any(dim=1)
        assert (found & test.sky).sum() >= 0.8 * test.sky.sum()
        assert (found & test.sky).sum() >= 0.8 * found.sum()
    quiet = planted(test, 0.0, "all")
    off = task.accuracy(test, quiet)
    with calibration(task.model, ActSettings(heads, GUARDED), ~test.visual):
        guarded = task.accuracy(test, quiet)
    with unguarded(task.model, "last row", GUARDED.beta, GUARDED.alpha):
        harmed = task.accuracy(test, quiet)
    assert harmed < off - 0.05
    assert guarded > harmed


def test_the_last_line_is_one_object_with_accuracies_and_ratios(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(
        ["--json", "--seeds", "1", "--steps", "2", "--prompts", "8", "--tokens", "150",
         "--repeats", "1"]
    )  # fmt: skip
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(said["var"]) == set(said["act"]) == {"0", "3", "4", "5"}
    assert {"off", "p=0.6 rho=0"} <= set(said["var"]["4"])
    assert {"off", "guarded, all heads", "unguarded, last row"} <= set(said["act"]["0"])
    assert {row["mode"] for row in said["overhead"]} == {"decode", "prefill"}
    assert all(row["ratio"] > 0 for row in said["overhead"])
