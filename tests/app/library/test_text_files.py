"""Files of lines among the recordings: read by the queue, and answered from."""

from __future__ import annotations

import json
from pathlib import Path

from app.assistant import Assistant
from app.library.admission import content_refusal, name_refusal
from memory.types.deletion import DeletionRequest
from memory.types.jobs import JobState
from tests.ingest.importers.test_gpx import even, gpx, track


def test_a_track_that_was_uploaded_answers_how_far(butler: Assistant) -> None:
    path = gpx(butler.store.media.uploads, track(even(5200, 31), "<type>running</type>"))
    (result,) = butler.ingest([path])
    assert (result.status, result.path) == ("indexed", path)
    assert not path.exists(), "what is forgotten of it later would stay in it"
    answer = butler.ask("How far did I run on 10 March 2026?")
    assert "5.2 km" in answer.text
    assert answer.citations
    (again,) = butler.ingest(
        [gpx(butler.store.media.uploads, track(even(5200, 31), "<type>running</type>"))]
    )
    assert again.status == "already"


def test_a_file_of_lines_elsewhere_is_left_there(butler: Assistant, tmp_path: Path) -> None:
    said = [{"start": "2026-03-10T09:00:00Z", "text": "The spare key is in the tin."}]
    path = tmp_path / "said.json"
    path.write_text(json.dumps(said))
    assert [one.status for one in butler.ingest([path])] == ["indexed"]
    assert path.exists()
    assert "tin" in butler.ask("Where is the spare key?").text


def test_what_holds_no_lines_says_so_and_is_kept(butler: Assistant) -> None:
    path = butler.store.media.uploads / "settings.json"
    path.write_text("{}")
    (result,) = butler.ingest([path])
    assert result.status == "failed"
    assert "settings.json: it holds no lines with times" in result.message
    assert path.exists()


def test_lines_may_be_uploaded_and_documents_may_not() -> None:
    assert name_refusal("run.GPX") == content_refusal("run.GPX", b"<?xml") == ""
    assert "lines with times" in name_refusal("notes.txt")
    assert content_refusal("walk.mp4", b"<?xml")


def test_an_upload_of_what_was_forgotten_is_thrown_away_until_it_is_allowed(
    butler: Assistant, tmp_path: Path
) -> None:
    def added() -> str:
        path = gpx(butler.store.media.uploads, track(even(5200, 31), "<type>running</type>"))
        (result,) = butler.ingest([path])
        assert not path.exists()
        return f"{result.status} {result.message}"

    assert added().startswith("indexed")
    (run,) = butler.store.recordings.all()
    butler.privacy.forget(DeletionRequest(recording_id=run.id))
    assert "you have had this recording, or a part of it, forgotten" in added()
    assert butler.store.recordings.all() == []
    elsewhere = gpx(tmp_path, track(even(5200, 31), "<type>running</type>"))
    assert butler.privacy.allow(elsewhere)
    assert not butler.privacy.allow(elsewhere), "it is not barred any more"
    assert added().startswith("indexed")


def test_a_process_that_dies_once_lines_are_read_leaves_a_job_that_is_done(
    butler: Assistant,
) -> None:
    path = gpx(butler.store.media.uploads, track(even(5200, 31), "<type>running</type>"))
    butler.ingest([path])
    (job,) = butler.store.jobs.all()
    butler.store.jobs.finish(job, JobState.QUEUED)
    runner = butler.queue.work
    (result,) = runner.work(lambda progress: None, [job.id])
    assert (result.status, result.recording_id) == ("already", job.recording_id)
    assert [one.state for one in butler.store.jobs.all()] == [JobState.DONE]
