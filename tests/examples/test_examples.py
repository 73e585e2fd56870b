"""Every example does what it says, with the public names only."""

from __future__ import annotations

import ast
import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import egobutler
from app.assistant import Assistant
from tests.media import Image, make_video, scene

EXAMPLES = Path(__file__).parents[2] / "examples"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an example as a person does, without weights; return what it printed."""
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setenv("EGOBUTLER_PRESET", "small")

    def run_example(name: str, *words: object) -> str:
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        return printed.out

    return run_example


def diary(place: Path, *lines: str) -> Path:
    path = place / "diary.txt"
    path.write_text("\n".join(lines))
    return path


def plain(brightness: int) -> Image:
    return np.full((180, 320, 3), brightness, np.uint8)


def test_examples_are_short_and_use_public_names_only() -> None:
    examples = sorted(EXAMPLES.glob("*.py"))
    assert len(examples) == 6
    for path in examples:
        text = path.read_text()
        assert text.count("\n") <= 60, path.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module == "egobutler":
                assert {alias.name for alias in node.names} <= set(egobutler.__all__)
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = [getattr(node, "module", None) or node.names[0].name]
                ours = {"app", "ingest", "egogpt", "egorag", "memory", "kernels"}
                assert not {name.split(".")[0] for name in names} & ours


def test_ingest_and_ask(run: Run, tmp_path: Path) -> None:
    film = make_video(tmp_path / "VID_20260302_093000.mp4", [scene(1)], seconds=2, fps=2)
    printed = run("ingest_and_ask", tmp_path / "home", "What happened?", film)
    assert printed.startswith("indexed: VID_20260302_093000.mp4")
    assert "I have 2 seconds of Monday 2 March, at 09:30." in printed
    assert "  2026-03-02 09:30:00 UTC, VID_20260302_093000-" in printed


def test_import_text(run: Run, tmp_path: Path) -> None:
    lines = diary(tmp_path, "09:30 I fed the cat with tuna.", "12:00 I called the dentist.")
    printed = run(
        "import_text", tmp_path / "home", "2026-03-02", lines, "What did I feed the cat with?"
    )
    assert "2 lines imported" in printed
    assert "tuna" in printed.splitlines()[-1]


def test_custom_captioner(run: Run, tmp_path: Path) -> None:
    night = make_video(tmp_path / "night.mp4", [plain(10)], seconds=2, fps=2)
    printed = run("custom_captioner", tmp_path / "home", "When was it dark?", night)
    assert "dark around me" in printed
    with Assistant.open(tmp_path / "home") as assistant:
        (memory,) = assistant.store.as_of(time.time()).memories("clip")
    assert memory.text.startswith("It was dark around me.")


def test_custom_retriever(run: Run, tmp_path: Path) -> None:
    home, question = tmp_path / "home", "What did Ada bring?"
    lines = diary(tmp_path, "09:30 Ada brought a cake.", "12:00 Ada brought the mail.")
    assert "cake" in run("import_text", home, "2026-03-02", lines, question)
    printed = run("custom_retriever", home, question)
    assert "mail" in printed
    assert "cake" not in printed


def test_attention_method(run: Run) -> None:
    assert run("attention_method") == "512 tokens read, 4 written\n"


def test_webhook_client_takes_what_is_signed_and_nothing_else(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Assistant.open(tmp_path / "home") as assistant:
        hooks = [assistant.hooks.add(f"http://127.0.0.1:{port}/{n}") for n in range(2)]
        client = subprocess.Popen(
            [sys.executable, EXAMPLES / "webhook_client.py", str(port)],
            env={**os.environ, "EGOBUTLER_HOOK_SECRET": hooks[0].secret},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            wait_for(port)
            assert assistant.hooks.test(hooks[0].id) == ""
            assert "403" in assistant.hooks.test(hooks[1].id)  # signed with another secret
        finally:
            client.terminate()
            printed, _ = client.communicate(timeout=60)
    assert printed == "test \n"


def wait_for(port: int) -> None:
    """Return once somebody listens."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nobody listens")
