"""The benchmark of long reading gives every method the same text, and times what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmarks.long_reading import Steps, captions, main, measure, text_of
from tests.egogpt import tiny_long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save(tmp_path_factory.mktemp("long") / "model", longest=600)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    told = [
        {"s": 36_000 + 20 * n, "e": 36_010 + 20 * n, "k": "c", "t": f"I pass house {n}."}
        for n in range(60)
    ]
    told[1] |= {"sp": "Jake", "t": "Okay."}
    lines = "".join(json.dumps(event) + "\n" for event in told)
    (tmp_path / "events_DAY1.jsonl").write_text(lines)
    return tmp_path


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_captions_are_laid_out_by_the_minute(events: Path) -> None:
    lines = list(captions(sorted(events.glob("events_DAY*.jsonl"))))
    assert lines[:3] == [
        "DAY1\n",
        '[10:00] I pass house 0. Jake: "Okay." I pass house 2.\n',
        "[10:01] I pass house 3. I pass house 4. I pass house 5.\n",
    ]


def test_both_methods_read_the_same_and_dense_all_at_once(
    events: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = tiny_long.ready(folder)
    text = text_of(ready, sorted(events.glob("*.jsonl")), 700)
    passes: list[int] = []
    hook = ready.model.register_forward_pre_hook(
        lambda _, args, options: passes.append(options["input_ids"].shape[1]), with_kwargs=True
    )
    costs = {}
    for method, chunks in (("quest", [512, 188]), ("sdpa", [700])):
        passes.clear()
        costs[method] = cost = measure(ready, method, text, 6)
        assert passes[: len(chunks)] == chunks
        assert (cost.length, cost.beyond_trained) == (700, True)
        assert 0 < cost.again_s < cost.first_token_s
        assert cost.tokens_per_s > 0
    hook.remove()
    assert costs["quest"].kept_mb == costs["sdpa"].kept_mb > 0
    with pytest.raises(ValueError, match="were asked for"):
        text_of(ready, sorted(events.glob("*.jsonl")), 10**6)


def test_the_last_line_compares_with_dense_attention(
    events: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--captions", str(events), "--model", str(folder), "--lengths", "300", "500"]
    assert main([*words, "--answer", "5", "--layers", "1", "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("read after") == 4
    found = json.loads(printed.out.splitlines()[-1])
    assert found["layers"] == 1
    assert {row["kept_mb"] for row in found["costs"]} == {0.1}
    rows = {(row["method"], row["length"]): row for row in found["costs"]}
    assert set(rows) == {(m, n) for m in ("default", "sdpa") for n in (300, 500)}
    sparse, dense = rows["default", 500], rows["sdpa", 500]
    assert sparse["first_token_ratio"] == pytest.approx(
        dense["first_token_s"] / sparse["first_token_s"], rel=0.1
    )
    assert "first_token_ratio" not in dense
    assert not sparse["beyond_trained"]


def test_what_is_absent_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--captions", str(tmp_path)]) == 0
    assert "holds no events_DAY" in capsys.readouterr().err
    (tmp_path / "events_DAY1.jsonl").write_text("")
    assert main(["--captions", str(tmp_path), "--model", str(tmp_path / "none")]) == 0
    assert "neither a folder" in capsys.readouterr().err


def test_steps_are_told_apart_by_their_ends(folder: Path) -> None:
    ready = tiny_long.ready(folder)
    with Steps(ready.model) as steps, torch.inference_mode():
        for _ in range(3):
            ready.model(input_ids=torch.tensor([[1, 2]]))
    assert steps.ends == sorted(steps.ends)
    assert len(steps.ends) == 3
