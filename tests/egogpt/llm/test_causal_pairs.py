"""Statements are read with a question by a language model, here a tiny one of random weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from egogpt.llm import causal_pairs
from egogpt.llm.causal_pairs import CausalPairs, block_scores, lower_layers, pack_blocks
from egogpt.llm.transformers_models import load_local_model
from tests.egogpt import tiny_long

QUESTION, LINES = "who?", ("me: Ann came.", "me: it was late, Bob stayed at home", "Ann: no")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save(tmp_path_factory.mktemp("tiny"))


def parts(folder: Path) -> tuple[Any, Any, dict[str, Tensor]]:
    loaded = load_local_model(str(folder), tiny_long.NO_WEIGHTS)
    width = loaded.model.config.hidden_size
    torch.manual_seed(1)
    head = {"out.w": torch.randn(1, width), "out.b": torch.zeros(1)}
    return lower_layers(loaded.model), loaded.tokenizer, head


def test_statements_read_at_once_score_as_each_alone(folder: Path) -> None:
    model, tokenizer, head = parts(folder)
    reader = CausalPairs(model, tokenizer, head)
    together = reader.scores(QUESTION, LINES)
    alone = [reader.scores(QUESTION, [line])[0] for line in LINES]
    assert np.allclose(together, alone, atol=1e-4)
    blocks = pack_blocks(tokenizer, [(QUESTION, LINES)])
    length = blocks.ids.shape[1]
    causal = torch.full((length, length), -3e4).triu(1)[None, None]
    with torch.inference_mode():
        mixed = block_scores(model, head, replace(blocks, mask=causal)).numpy()
    assert mixed[0] == pytest.approx(together[0], abs=1e-4)
    assert not np.allclose(mixed[1:], together[1:], atol=1e-2), "others would be seen"


def test_questions_of_a_batch_score_as_each_alone(folder: Path) -> None:
    model, tokenizer, head = parts(folder)
    asked = [(QUESTION, LINES), ("and when?", LINES[:1])]
    with torch.inference_mode():
        batch = block_scores(model, head, pack_blocks(tokenizer, asked))
        alone = [block_scores(model, head, pack_blocks(tokenizer, [one])) for one in asked]
    assert torch.allclose(batch, torch.cat(alone), atol=1e-4)


def test_an_adapter_changes_what_is_read_and_only_its_beginning_counts(folder: Path) -> None:
    model, tokenizer, head = parts(folder)
    plain = CausalPairs(model, tokenizer, head).scores(QUESTION, LINES)
    name = "layers.0.mlp.up_proj"
    rows, columns = model.get_submodule(name).weight.shape
    down, up = torch.randn(2, columns), torch.randn(rows, 2)
    adapted = CausalPairs(model, tokenizer, {**head, f"{name}.down": down, f"{name}.up": up})
    changed = adapted.scores(QUESTION, LINES)
    assert not np.allclose(plain, changed, atol=1e-2)
    long = "me: " + "a" * 400
    assert np.allclose(*adapted.scores(QUESTION, [long, f"{long} Bob"]))


def test_lower_layers_leave_the_upper_ones_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = len(parts(folder)[0].layers)
    monkeypatch.setattr(causal_pairs, "LAYERS", 1)
    assert len(parts(folder)[0].layers) == 1 < every


def test_it_is_loaded_from_a_folder(folder: Path) -> None:
    _, _, head = parts(folder)
    reader = CausalPairs.load(str(folder), tiny_long.NO_WEIGHTS, head)
    assert reader.scores(QUESTION, LINES).shape == (3,)


def test_of_what_was_said_before_a_line_the_end_is_read(folder: Path) -> None:
    model, tokenizer, head = parts(folder)
    reader = CausalPairs(model, tokenizer, head)
    line, far = "me: eleven", "> Ann: " + "b" * 400
    alone, behind, other = reader.scores(QUESTION, [line, f"> Ann: how?\n{line}", f"{far}\n{line}"])
    assert abs(alone - behind) > 1e-3
    assert abs(behind - other) > 1e-3
    further = reader.scores(QUESTION, [f"> Bob: oh\n{far}\n{line}"])[0]
    assert further == pytest.approx(other, abs=1e-4)
    long = "me: " + "a" * 400
    same = reader.scores(QUESTION, [f"> Ann: how?\n{long}", f"> Ann: how?\n{long} Bob"])
    assert np.allclose(*same, atol=1e-4)
