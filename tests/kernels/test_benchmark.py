"""The benchmark runs and says what it promises; how fast is not a test's business."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch

from benchmarks.attention import tokens as attention_tokens
from benchmarks.attention.__main__ import main


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_last_line_is_one_object_with_a_ratio_for_each_length(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--json", "--lengths", "32", "1024", "--repeats", "1", "--methods", "window"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    for mode in ("decode_ratio", "prefill_ratio"):
        assert list(said[mode]) == ["32", "1024"]
        assert all(ratio > 0 for ratio in said[mode].values())
    assert {row["method"] for row in said["timings"]} == {"window"}


def test_one_mode_can_be_asked_for_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--json", "--decode", "--lengths", "64", "--repeats", "1", "--methods", "default"])
    said = json.loads(capsys.readouterr().out)
    assert said["prefill_ratio"] == {}
    assert {row["mode"] for row in said["timings"]} == {"decode"}


def test_a_token_of_a_whole_model_is_measured_beside_the_stock_cache(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = {"hidden_size": 36, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 99}
    monkeypatch.setattr(attention_tokens, "GEOMETRY", attention_tokens.GEOMETRY | tiny)
    main(
        ["--json", "--tokens", "--lengths", "600", "--repeats", "1", "--methods", "dense", "quest"]
    )
    said = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in said["tokens"]] == ["dense", "quest"]
    assert all(row["milliseconds"] > 0 and row["ratio"] > 0 for row in said["tokens"])
    assert said["decode_ratio"] == {}
