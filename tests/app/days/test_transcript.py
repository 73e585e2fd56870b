"""Transcripts by command and by address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands.main import main
from app.days.transcripts import NoSuchTranscript, find_recording
from app.routes.library.transcript import transcript_router
from memory.types.core import Recording
from tests.app.some_routes import app_of

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture(scope="module")
def web(assistant: Assistant) -> Iterator[TestClient]:
    app = app_of(assistant.home, transcript_router(assistant))
    with TestClient(app) as client:
        yield client


def run(assistant: Assistant, *words: str) -> int:
    return main(["transcript", *words, "--home", str(assistant.home)])


def test_a_recording_is_found_by_its_id_or_a_part_of_its_name(
    assistant: Assistant, breakfast: Recording
) -> None:
    assert find_recording(assistant.store, breakfast.id) == breakfast
    assert find_recording(assistant.store, "BREAK") == breakfast
    assert find_recording(assistant.store, "breakfast.mp4") == breakfast


def test_a_name_that_fits_several_or_none_lists_them(assistant: Assistant) -> None:
    with pytest.raises(NoSuchTranscript, match=r"3 recordings .*breakfast-"):
        find_recording(assistant.store, ".mp4")
    with pytest.raises(NoSuchTranscript, match=r"no recording .*walk\.mp4"):
        find_recording(assistant.store, "holiday")


def test_the_track_of_a_recording_is_served_as_webvtt(
    web: TestClient, breakfast: Recording
) -> None:
    answer = web.get(f"/api/recordings/{breakfast.id}/transcript.vtt")
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.text.startswith("WEBVTT\n\n00:00:04.000 --> 00:00:12.000\nFirst a cup of coffee.")
    assert web.get("/api/recordings/nothing/transcript.vtt").status_code == 404


def test_hostile_speech_is_escaped_in_the_track(web: TestClient, assistant: Assistant) -> None:
    recording = find_recording(assistant.store, "hostile")
    text = web.get(f"/api/recordings/{recording.id}/transcript.vtt").text
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_the_command_prints_the_transcript_and_nothing_else(
    assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(assistant, "breakfast") == 0
    assert capsys.readouterr().out.splitlines()[0] == "[00:00:04] First a cup of coffee."
    assert run(assistant, "breakfast", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["utterances"][0]["start"] == 4.0
    assert run(assistant, "breakfast", "--format", "srt") == 0
    assert capsys.readouterr().out.startswith("1\n00:00:04,000 -->")


def test_days_are_given_as_text_with_the_time_of_day(
    web: TestClient, assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    reply = web.get("/api/transcript", params={"from": "2026-03-03", "to": "2026-03-03"})
    assert (
        reply.headers["content-disposition"] == 'attachment; filename="transcript-2026-03-03.txt"'
    )
    title, _, first, *_ = reply.text.splitlines()
    assert title == "Tuesday 3 March 2026 (2026-03-03)"
    assert first == "09:30:04  First a cup of coffee."
    assert web.get("/api/transcript", params={"from": "2025-01-01"}).text == ""
    assert run(assistant, "--from", "2026-03-03") == 0
    assert capsys.readouterr().out == reply.text
    assert run(assistant) == 1
    assert "egobutler transcript --from" in capsys.readouterr().err


def test_the_command_writes_a_file_and_says_so(
    assistant: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "breakfast.vtt"
    assert run(assistant, "breakfast", "--format", "vtt", "--out", str(file), "--json") == 0
    assert file.read_text(encoding="utf-8").startswith("WEBVTT")
    written = json.loads(capsys.readouterr().out)
    assert (written["sentences"], written["file"]) == (2, str(file))


def test_what_cannot_be_done_is_said_in_a_sentence(
    assistant: Assistant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(assistant, "holiday") == 1
    assert "holiday" in capsys.readouterr().err
    assert run(assistant, "breakfast", "--out", str(tmp_path / "no" / "such" / "folder.vtt")) == 1
    told = capsys.readouterr()
    assert "cannot be written" in told.err
    assert told.out == ""
