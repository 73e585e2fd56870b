"""A planted retrieval head is found, kept under its model's fingerprint, and used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from app.cli import main
from egogpt.retrieval_heads import HeadsUnknown, by_heads, find_heads, heads_file, save_heads
from kernels.duo import Duo
from kernels.registry import using

LAYER, HEAD = 1, 1
"""Where the echo head is: the second key head of the second layer."""


@pytest.fixture(autouse=True)
def _kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOBUTLER_HEADS", str(tmp_path / "heads"))


def planted() -> Any:
    """A model without any attention but one head, in which each token looks for its like."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=200, hidden_size=64, intermediate_size=16, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, head_dim=16, max_position_embeddings=400,
        rope_parameters={"rope_type": "default", "rope_theta": 1e30},
    )  # fmt: skip
    model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa").eval()
    for name, weights in model.named_parameters():
        if "proj" in name:
            torch.nn.init.zeros_(weights)
    looking = torch.zeros(16, 64)
    looking[1:8] = torch.randn(7, 64)  # of each pair of channels the first turns the fastest
    attention = model.model.layers[LAYER].self_attn
    attention.k_proj.weight.data[16 * HEAD : 16 * HEAD + 16] = looking
    attention.q_proj.weight.data[32 * HEAD : 32 * HEAD + 16] = looking
    return model


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


def test_the_command_finds_keeps_and_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = planted()
    model.save_pretrained(tmp_path / "model")
    assert main(["heads", str(tmp_path / "model"), "--json"]) == 0
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert HEAD in said["needle_half"][LAYER]
    assert "reading prompt 8 of 8" in told.err
    assert by_heads(model, share=1 / 6) == Duo(heads=((), (HEAD,), ()))
    assert main(["heads", str(tmp_path / "model")]) == 0
    assert f"{LAYER}.{HEAD} " in capsys.readouterr().out
    assert main(["heads", str(tmp_path / "nothing")]) == 1
    assert "neither a folder" in capsys.readouterr().err
