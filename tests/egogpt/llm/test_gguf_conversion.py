"""Weights of a GGUF file become a folder of safetensors, once, whole, and the same model."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from egogpt.llm.gguf_conversion import _described, converted
from egogpt.llm.transformers_models import LocalModelError, load_local_model
from egogpt.weights.gguf import GgufError, open_gguf
from egogpt.weights.store import WeightStore
from tests.egogpt.tiny_gguf import HEADS, KEY_HEADS, write_tiny_gguf


def in_llama_order(weight: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """As llama.cpp's convert_hf_to_gguf.py stores the rows of queries and keys."""
    halves = weight.reshape(heads, 2, len(weight) // heads // 2, weight.shape[1])
    return halves.swapaxes(1, 2).reshape(weight.shape)


@pytest.mark.parametrize("architecture", ["qwen2", "llama"])
def test_the_model_has_the_weights_of_the_file(architecture: str, tmp_path: Path) -> None:
    stored = write_tiny_gguf(tmp_path / "tiny.gguf", architecture)
    steps: list[tuple[int, int]] = []
    loaded = load_local_model(
        str(tmp_path / "tiny.gguf"),
        WeightStore(tmp_path / "weights"),
        on_conversion=lambda done, of: steps.append((done, of)),
    )
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1]
    weights = {name: weight.float().numpy() for name, weight in loaded.model.state_dict().items()}
    attention = "model.layers.1.self_attn"
    for name, of, heads in (("q", "q_proj", HEADS), ("k", "k_proj", KEY_HEADS)):
        weight = weights[f"{attention}.{of}.weight"]
        as_stored = in_llama_order(weight, heads) if architecture == "llama" else weight
        assert np.allclose(as_stored, stored[f"blk.1.attn_{name}.weight"], atol=2e-3)
    up = weights["model.layers.2.mlp.up_proj.weight"]
    assert np.allclose(up, stored["blk.2.ffn_up.weight"], atol=5e-3)
    head = "output.weight" if architecture == "qwen2" else "token_embd.weight"
    assert np.allclose(weights["lm_head.weight"], stored[head], atol=2e-3)
    assert loaded.tokenizer is not None
    assert loaded.tokenizer.decode(loaded.tokenizer("what").input_ids) == "what"
    assert loaded.longest == 256


def test_it_is_converted_once_and_again_when_anything_changed(tmp_path: Path) -> None:
    path, cache, runs = tmp_path / "tiny.gguf", tmp_path / "cache", []
    write_tiny_gguf(path)

    def convert(sha256: str) -> Path:
        return converted(path, sha256, cache, lambda done, of: done or runs.append(sha256))

    first = convert("a" * 64)
    assert convert("a" * 64) == first
    assert len(runs) == 1
    (first / "model.safetensors").write_bytes(b"cut")
    convert("a" * 64)
    assert len(runs) == 2
    write_tiny_gguf(path, seed=1)
    second = convert("b" * 64)
    assert not first.exists()
    assert second.is_dir()
    assert not list(cache.glob(".partial*"))


def test_what_cannot_be_converted_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, weights = tmp_path / "tiny.gguf", WeightStore(tmp_path / "weights")
    write_tiny_gguf(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-500])
    with pytest.raises(LocalModelError, match="cut short"):
        load_local_model(str(path), weights)
    path.write_bytes(whole.replace(b"qwen2", b"qwenX"))
    with pytest.raises(LocalModelError, match=r"qwenX.*folder of safetensors"):
        load_local_model(str(path), weights)
    path.write_bytes(whole.replace(b"blk.1.ffn_up", b"blk.1.ffn_xx"))
    with pytest.raises(LocalModelError, match=r"differ in 2 weights"):
        load_local_model(str(path), weights)
    path.write_bytes(whole)
    with monkeypatch.context() as patch:
        patch.setattr("egogpt.llm.gguf_conversion.sha256_of", lambda _: "0" * 64)
        with pytest.raises(GgufError, match="read back differently"):
            converted(path, "a" * 64, tmp_path / "weights" / "converted")
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(GgufError, match=r"disk is full.*EGOBUTLER_WEIGHTS"):
        converted(path, "a" * 64, tmp_path / "weights" / "converted")
    assert {place.suffix for place in (tmp_path / "weights" / "converted").iterdir()} == {".lock"}


def test_how_positions_are_told_apart_is_taken_from_the_file(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    file = open_gguf(tmp_path / "tiny.gguf")
    told = {"freq_base": 5e5, "scaling.type": "yarn", "scaling.factor": 4.0,
            "scaling.original_context_length": 64}  # fmt: skip
    file.metadata.update({f"qwen2.rope.{name}": value for name, value in told.items()})
    assert _described(file, "qwen2")["rope_parameters"] == {
        "rope_type": "yarn",
        "rope_theta": 5e5,
        "factor": 4.0,
        "original_max_position_embeddings": 64,
    }
