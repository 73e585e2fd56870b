"""Whole hours and days are read where the owner chose so, by a model on this disk."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.models.setting_choices import parse_reading
from app.presentation.answer_text import answer_text
from app.presentation.progress_line import ReadingLine
from app.presentation.rendering import answer_json
from egogpt.vlm.base import VisionLanguageModel
from ingest.importers import ImportOptions, import_paths
from memory.types.core import Span
from memory.types.deletion import DeletionRequest
from tests.command_words import parsed
from tests.egogpt import tiny_long, tiny_models

DAY = "2026-03-03"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_long.save(tmp_path_factory.mktemp("long") / "model", longest=2000)


def opened(tmp_path: Path, reading: str | None) -> Assistant:
    assistant = Assistant.open(
        Settings(
            tmp_path / "home", preset="small", weights=tmp_path / "no-weights", reading=reading
        )
    )
    lines = tmp_path / "day.jsonl"
    told = [
        {
            "start": f"{DAY}T10:{minute:02}:00",
            "end": f"{DAY}T10:{minute:02}:09",
            "text": f"Kettle number {minute} stands on the blue shelf of the kitchen.",
            "speaker": "Anna",
        }
        for minute in range(30)
    ]
    lines.write_text("".join(json.dumps(line) + "\n" for line in told))
    import_paths(assistant.store, [lines], ImportOptions(timezone="UTC"))
    return assistant


@pytest.mark.parametrize(
    ("name", "meant"),
    [(None, (None, "")), ("notes", (None, "")), ("long", ("long", "")), ("auto", ("auto", "")),
     ("long:qwen-1.5b", ("long", "qwen-1.5b"))],
)  # fmt: skip
def test_how_is_read_is_told_by_a_word_and_perhaps_a_model(
    name: str | None, meant: tuple[str | None, str]
) -> None:
    assert parse_reading(name) == meant


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("all", "notes, long, auto"),
        ("notes:qwen-1.5b", "notes, long, auto"),
        ("long:no-such-folder", r"qwen-1\.5b.*qwen-vl"),
        ("long:owner/no-such-model", "models fetch long:owner/no-such-model"),
        ("long:qwen-vl:/no/such", "no folder /no/such"),
        ("long:qwen-0.5b?memory=much", "such as 2GB"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(
    name: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=says):
        Assistant.open(Settings(tmp_path / "home", preset="small", reading=name))


def test_a_day_is_read_whole_and_its_progress_is_told(folder: Path, tmp_path: Path) -> None:
    assistant = opened(tmp_path, f"long:{folder}")
    told: list[tuple[int, int]] = []
    assistant.on_reading_progress(lambda done, of: told.append((done, of)))
    answer = assistant.ask(f"What did Anna say on {DAY}?")
    assert told
    assert told[-1][0] == told[-1][1] > 1500
    assert answer.explanation.reading.level == "moments"
    assert answer.explanation.reading.method.endswith(", renumbered beyond 2,000 tokens")
    assert "kettle" in answer.text.lower()
    told.clear()
    assistant.ask(f"What did Anna say about the kettle on {DAY}?")
    assert not told
    files = assistant.home / "reading"
    assert list(files.rglob("*.safetensors"))
    begun = datetime.fromisoformat(f"{DAY}T10:00:00+00:00").timestamp()
    assistant.privacy.forget(DeletionRequest(span=Span(begun, begun + 10)))
    assert not files.exists()
    assistant.close()


def test_a_captioner_that_reads_long_is_loaded_once(tmp_path: Path) -> None:
    name = f"smolvlm:{tiny_models.save('smolvlm', tmp_path / 'model')}"
    assistant = Assistant.open(
        Settings(
            tmp_path / "home", preset="small", weights=tmp_path / "no-weights",
            captioner=f"{name}?frames=2", reading=f"long:{name}?method=quest",
        )
    )  # fmt: skip
    captioner, _ = assistant.brains.captioner()
    chat = assistant.by_choice.long.chat()
    assert isinstance(captioner, VisionLanguageModel)
    assert chat is not None
    chat.prepare()
    assert captioner.is_loaded
    assert chat._held is captioner.shared
    assistant.close()


def test_by_default_nothing_is_read_whole(tmp_path: Path) -> None:
    assistant = opened(tmp_path, None)
    answer = assistant.ask(f"What did Anna say on {DAY}?")
    assert answer.explanation.reading is None
    assert answer_json(answer, assistant.store, "UTC")["reading"] == ""
    assistant.close()


def test_without_a_model_the_answer_is_the_usual_one_and_why_is_told(tmp_path: Path) -> None:
    assistant = opened(tmp_path, "long")
    answer = assistant.ask(f"What did Anna say on {DAY}?")
    assert "kettle" in answer.text.lower()
    assert any("--reading long:qwen-0.5b" in note for note in assistant.asking_notes)
    assistant.close()


def test_a_model_that_is_damaged_is_told_beside_the_answer(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_bytes((folder / "config.json").read_bytes())
    assistant = opened(tmp_path, f"long:{broken}")
    answer = assistant.ask(f"What did Anna say on {DAY}?")
    assert "kettle" in answer.text.lower()
    assert "holds no .safetensors file" in answer_text(answer, assistant.store, "UTC")
    assert "safetensors" in answer_json(answer, assistant.store, "UTC")["reading"]
    assistant.close()


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 12.0, 12.0, 13.0])
    monkeypatch.setattr("app.presentation.progress_line.time.monotonic", lambda: next(clock))
    with ReadingLine() as line:
        for done in (512, 1024, 1536):
            line.show(done, 12_000)
    assert capsys.readouterr().err == "Reading: 1,024 of 12,000 tokens\n"


def test_the_command_line_takes_how_is_read(tmp_path: Path) -> None:
    words = ["ask", "Who came on Monday?", "--home", str(tmp_path / "home"), "--preset", "small"]
    assert parsed([*words, "--reading", "long"])["reading"] == "long"
    assert main([*words, "--reading", "everything"]) == 1
