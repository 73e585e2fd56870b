"""``egobutler sinks``, ``calibrate-act``: a model of this disk is measured, or it says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.commands.main import main
from tests.egogpt import tiny_gguf_vl
from tests.egogpt.tiny_decoders import text_model
from tests.egogpt.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model and a tokenizer that knows bytes."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2Tokenizer

    path = tmp_path_factory.mktemp("model")
    text_model(vocab_size=300).save_pretrained(path)
    letters = sorted(ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*letters, "<|endoftext|>"])}
    Qwen2Tokenizer(vocab=vocabulary, merges=[]).save_pretrained(path)
    return path


def ran(*words: Any) -> int:
    return main([*map(str, words)])


def test_a_folder_is_measured_and_told_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran("sinks", folder, "--texts", 2) == 0
    told = capsys.readouterr().out
    assert "Qwen2ForCausalLM: 5 layers of 4 heads, 2 texts of 64 tokens" in told
    assert "VAR can do nothing: the model takes no pictures" in told


def test_json_is_one_line_with_the_measure_and_the_verdicts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran("sinks", folder, "--texts", 2, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["epsilon"] == 0.3
    assert len(said["by_position"]) == said["length"] == 64
    assert said["sink_1"] == said["by_position"][0]
    assert said["var"]["can_help"] is False
    assert len(said["fingerprint"]) == 64


def test_a_model_without_tokenizer_reads_random_tokens_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text_model().save_pretrained(tmp_path)
    assert ran("sinks", tmp_path, "--texts", 2, "--json") == 0
    told = capsys.readouterr()
    assert "random tokens" in told.err
    assert json.loads(told.out)["texts"] == 2
    (tmp_path / "a.txt").write_text("words")
    assert ran("sinks", tmp_path, "--text", tmp_path / "a.txt") == 1
    assert "no tokenizer" in capsys.readouterr().err


def broken(kind: str, path: Path, folder: Path) -> Path:
    """A model that is none, in one of several ways."""
    if kind == "pickled":
        (path / "config.json").write_text((folder / "config.json").read_text())
        (path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    elif kind == "cut short":
        (path / "config.json").write_text((folder / "config.json").read_text())
        whole = (folder / "model.safetensors").read_bytes()
        (path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    elif kind == "unheard of":
        (path / "config.json").write_text('{"architectures": ["NeverHeardOf"]}')
    elif kind == "not json":
        (path / "config.json").write_text("{")
    elif kind == "no gguf":
        (path / "model.gguf").write_bytes(b"MZ" * 20)
        return path / "model.gguf"
    return path


def test_a_model_that_is_none_is_refused_with_its_name_and_what_to_do(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind, says in (
        ("empty", "config.json"),
        ("pickled", "safetensors"),
        ("cut short", "could not be loaded"),
        ("unheard of", "NeverHeardOf"),
        ("not json", "architectures"),
        ("no gguf", "not a GGUF file"),
    ):
        (place := tmp_path / kind).mkdir()
        assert ran("sinks", broken(kind, place, folder)) == 1
        told = capsys.readouterr().err
        assert says in told
        assert str(place) in told
        assert "Traceback" not in told


def test_a_name_that_is_nothing_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("sinks", "no-such-model") == 1
    told = capsys.readouterr().err
    assert "qwen-0.5b" in told
    assert "not fetched" in told
    assert ran("sinks", "lmms-lab/EgoGPT-7b") == 1
    assert "models fetch long:lmms-lab/EgoGPT-7b" in capsys.readouterr().err


def test_a_gguf_file_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "weights"))
    write_tiny_gguf(file := tmp_path / "tiny.gguf")
    assert ran("sinks", f"gguf:{file}", "--texts", 2, "--json") == 0
    assert json.loads(capsys.readouterr().out)["layers"] == 3
    assert ran("sinks", f"gguf-vl:{tiny_gguf_vl.save(tmp_path / 'seeing')}") == 1
    assert "runs in llama.cpp, which shows no attention" in capsys.readouterr().err


def test_heads_are_calibrated_and_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"context": "the cup is blue " * 12, "question": "is the cup", "choices": ["blue", "red"]}
    task = tmp_path / "task.jsonl"
    task.write_text("\n".join(json.dumps(one | {"answer": i % 2}) for i in range(2)))
    words = (
        "calibrate-act",
        folder,
        task,
        "--out",
        tmp_path / "h.json",
        "--json",
        "--layers",
        2,
        "--budget",
        1,
    )
    assert ran(*words) == 0
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert said["finished"]
    assert said["task"].startswith("task.jsonl")
    assert "measure it on others" in told.err
    task.write_text("{")
    assert ran(*words) == 1
    assert "line 1" in capsys.readouterr().err
