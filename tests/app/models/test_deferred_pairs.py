"""What a language model reads waits for the first question, or is done without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.settings import Settings
from app.models.deferred_pairs import CannotRead, DeferredPairs
from app.models.model_set import ModelProvider
from app.models.shared_models import SharedModels
from egogpt.llm.causal_pairs import CausalPairs
from egogpt.weights.store import WeightStore
from egorag.answerability.pool import Statement

SAID = (Statement("Ann came.", "me", 0.0, 0.8, 1.0),)


class Loads:
    """Counts how often a model is loaded, which may fail."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.count = error, 0

    def __call__(self, *_: Any) -> Loads:
        self.count += 1
        if self.error is not None:
            raise self.error
        return self

    def scores(self, question: str, statements: list[str]) -> Any:
        return np.ones(len(statements), np.float32)


def test_it_is_loaded_once_for_all_homes_by_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CausalPairs, "load", loads := Loads())
    shared, weights = SharedModels(), WeightStore(tmp_path)
    homes = [DeferredPairs("qwen-0.5b", weights, shared, {}) for _ in range(2)]
    assert loads.count == 0
    assert [home.scores("who?", ["a", "b"]).tolist() for home in homes] == [[1.0, 1.0]] * 2
    assert loads.count == 1


def test_where_it_cannot_be_loaded_that_is_said_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WeightStore, "missing", lambda *_: ())
    monkeypatch.setattr(CausalPairs, "load", loads := Loads(OSError("the disk is full")))
    brains = ModelProvider(Settings(tmp_path / "home", "large", weights=tmp_path))
    reader = brains.statement_reader()
    assert reader is brains.statement_reader()
    assert reader is not None
    assert not brains.troubles()
    monkeypatch.setattr(ModelProvider, "chat", lambda _: None)
    brains.load_ahead()  # the app starts all the same
    with pytest.raises(CannotRead, match="full"):
        reader.read("who?", SAID)
    assert loads.count == 1
    assert brains.troubles() == (
        "What was found is read by a smaller model alone (the disk is full).",
    )


@pytest.mark.parametrize("preset", ["small", "large"])
def test_without_its_weights_nothing_reads(tmp_path: Path, preset: str) -> None:
    brains = ModelProvider(Settings(tmp_path / "home", preset, weights=tmp_path))
    assert brains.statement_reader() is None
