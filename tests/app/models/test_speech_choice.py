"""Choosing a speech recogniser: what cannot be had is said, and the default listens meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.main import main
from tests.media import make_audio, tone


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, no weights, and a hub that is out of reach."""
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path / "home"


def test_a_recogniser_that_does_not_exist_is_refused_before_any_work(
    offline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = make_audio(tmp_path / "walk.wav", tone(2.0))
    words = ["ingest", str(sound), "--home", str(offline), "--preset", "small"]
    assert main([*words, "--speech", "larg-v3"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "larg-v3" in told.err
    assert "large-v3" in told.err, "those that exist are named"


def test_one_that_cannot_be_fetched_now_is_told_and_ingest_goes_on(
    offline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = make_audio(tmp_path / "walk.wav", tone(2.0))
    words = ["ingest", str(sound), "--home", str(offline), "--preset", "small"]
    assert main([*words, "--speech", "large-v3"]) == 0
    told = capsys.readouterr()
    assert "could not be fetched from huggingface.co" in told.err
    assert "  done  walk.wav" in told.out


def test_models_fetch_brings_larger_recognisers_too_or_says_why_not(
    offline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "fetch", "large-v3", "--home", str(offline)]) == 1
    told = capsys.readouterr()
    assert "fetching the speech model large-v3" in told.err
    assert "could not be fetched" in told.err
    assert "Traceback" not in told.err
