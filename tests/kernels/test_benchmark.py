"""The benchmark runs and says what it promises; how fast is not a test's business."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch

from benchmarks.attention import main


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_last_line_is_one_object_with_a_ratio_for_each_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--json", "--lengths", "32", "2048", "--repeats", "1", "--methods", "window"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    for mode in ("decode_ratio", "prefill_ratio"):
        assert list(said[mode]) == ["32", "2048"]
        assert all(ratio > 0 for ratio in said[mode].values())
    assert {row["method"] for row in said["timings"]} == {"window"}


def test_one_mode_can_be_asked_for_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--json", "--decode", "--lengths", "64", "--repeats", "1"])
    said = json.loads(capsys.readouterr().out)
    assert said["prefill_ratio"] == {}
    assert {row["mode"] for row in said["timings"]} == {"decode"}
