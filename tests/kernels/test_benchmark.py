"""The benchmark runs and says what it promises; how fast is not a test's business."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import torch

from benchmarks.attention import decode as attention_decode
from benchmarks.attention import tokens as attention_tokens
from benchmarks.attention.__main__ import main


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_every_part_that_is_asked_for_is_measured_beside_dense_attention(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = {"hidden_size": 36, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 99}
    monkeypatch.setattr(attention_tokens, "GEOMETRY", attention_tokens.GEOMETRY | tiny)
    monkeypatch.setattr(attention_decode, "COLD", 1 << 20)
    parts = ["--json", "--decode", "--prefill", "--tokens"]
    main([*parts, "--lengths", "600", "--repeats", "1", "--methods", "window", "quest"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    for mode in ("decode_ratio", "prefill_ratio"):
        assert list(said[mode]) == ["600"]
        assert all(ratio > 0 for ratio in said[mode].values())
    assert {row["method"] for row in said["timings"]} == {"window", "quest"}
    assert [row["method"] for row in said["tokens"]] == ["window", "quest"]
    assert all(row["milliseconds"] > 0 and row["ratio"] > 0 for row in said["tokens"])
