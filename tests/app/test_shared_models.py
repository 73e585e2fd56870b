"""Homes of one process load a model once, whoever needs it first."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.models import model_set as brains
from app.models.model_set import ModelProvider
from app.models.shared_models import SharedModels
from egogpt.registry import PRESETS, Usable


def test_two_homes_that_need_a_model_at_once_load_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []

    def slow(name: str, weights: object) -> object:
        loads.append(name)
        time.sleep(0.1)
        return object()

    monkeypatch.setattr(brains, "load_embedder", slow)
    monkeypatch.setattr(brains, "usable", lambda *_, **__: Usable(PRESETS["small"], ()))
    shared = SharedModels()
    homes = [ModelProvider(Settings(tmp_path / name, weights=tmp_path), shared) for name in "abcd"]
    alone = ModelProvider(Settings(tmp_path / "e", weights=tmp_path))
    got: list[object] = []
    threads = [threading.Thread(target=lambda one=one: got.append(one.embedder())) for one in homes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(loads), len(set(map(id, got)))) == (1, 1)
    assert alone.embedder() not in got, "nothing is shared that was not handed over"


def test_a_model_that_could_not_be_loaded_is_tried_again_by_the_next(tmp_path: Path) -> None:
    shared = SharedModels()

    def broken() -> str:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        shared.get("chat", "tiny", tmp_path, broken)
    assert shared.get("chat", "tiny", tmp_path, lambda: "it") == "it"
    assert shared.get("chat", "tiny", tmp_path, broken) == "it"
    assert shared.get("chat", "tiny", tmp_path / "other", lambda: "another") == "another"
    assert shared.get("embedder", "tiny", tmp_path, lambda: "no chat") == "no chat"
