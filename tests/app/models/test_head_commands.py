"""``egobutler heads``: a model's retrieval heads are found, kept and told, or it says why not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from app.commands.main import main
from egogpt.attention.retrieval_heads import by_heads
from kernels.methods.duo_attention import Duo
from tests.egogpt.planted_heads import HEAD, LAYER, planted


@pytest.fixture(autouse=True)
def _kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path / "heads"))


def test_the_command_finds_keeps_and_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = planted()
    model.save_pretrained(tmp_path / "model")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["heads", str(tmp_path / "model"), "--json"]) == 0
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert HEAD in said["needle_half"][LAYER]
    assert (said["losses"], said["pay"]) == ({}, False), "it has no tokenizer to ask it with"
    assert "Reading:" in told.err
    assert by_heads(model, share=1 / 6) == Duo(heads=((), (HEAD,), ()))
    assert main(["heads", str(tmp_path / "model")]) == 0
    assert f"{LAYER}.{HEAD} " in capsys.readouterr().out
    assert main(["heads", str(tmp_path / "nothing")]) == 1
    assert "neither a folder" in capsys.readouterr().err
