"""A planted retrieval head is found, kept under its model's fingerprint, and used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from egogpt.attention.retrieval_heads import (
    HeadsUnknown,
    by_heads,
    find_heads,
    heads_file,
    save_heads,
)
from kernels.methods.duo_attention import Duo
from kernels.registry import using
from tests.egogpt.planted_heads import HEAD, LAYER, planted


@pytest.fixture(autouse=True)
def _kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path / "heads"))


def test_the_planted_head_is_the_best_of_all_by_what_it_does() -> None:
    told = []
    found = find_heads(planted(), tell=lambda number, of: told.append((number, of)))
    assert told == [(n, 8) for n in range(1, 9)]
    for kind in ("echo", "needle"):
        assert found.best(kind, 1 / 6) == ((), (HEAD,), ())
        score = found.scores[kind][LAYER][HEAD]
        assert score is not None
        assert score > 5 * max(x or 0.0 for x in found.scores[kind][0])
    echo, induction = (found.scores[kind][LAYER][HEAD] for kind in ("echo", "induction"))
    assert (echo or 0) > 5 * (induction or 1)


def test_what_was_found_builds_methods_that_the_model_runs_by() -> None:
    model = planted()
    with pytest.raises(HeadsUnknown, match="egobutler heads"):
        by_heads(model)
    save_heads(find_heads(model))
    method = by_heads(model, share=1 / 6, sinks=1, window=3)
    assert method == Duo(1, 3, heads=((), (HEAD,), ()))
    ids = torch.arange(40)[None]
    with using(model, method), torch.no_grad():
        assert model(ids).logits.isfinite().all()
    with pytest.raises(ValueError, match="does not go by heads"):
        by_heads(model, "window")
    with pytest.raises(ValueError, match="between 0 and 1"):
        by_heads(model, share=2)


def test_another_model_and_a_damaged_file_are_told_apart() -> None:
    model = planted()
    found = find_heads(model)
    save_heads(found)
    file = heads_file(found.model)
    file.write_text(json.dumps({"model": found.model, "name": "x", "scores": {"needle": [["a"]]}}))
    with pytest.raises(HeadsUnknown, match="damaged"):
        by_heads(model)
    model.model.embed_tokens.weight.data.mul_(2)
    with pytest.raises(HeadsUnknown, match="not been found"):
        by_heads(model)
