"""What ``egobutler queue`` says: each reason once, and at work only what somebody works on."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.commands.main import main
from app.commands.recordings.queue import job_line, report_line
from app.presentation.progress_line import IngestLine
from ingest.jobs.queue import queue_report
from memory.repositories.job_queue import LEASE
from memory.repositories.lease_owner import this_process
from memory.store.store import Store
from memory.types.ingest_progress import IngestProgress
from memory.types.jobs import Job, JobState

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def claimed(store: Store, tmp_path: Path) -> Job:
    """A file that this process works on."""
    film = tmp_path / "walk.mp4"
    film.write_bytes(b"film")
    store.jobs.add(film, now=time.time())
    job = store.jobs.claim(this_process(), now=time.time())
    assert job is not None
    return job


def test_a_file_that_nobody_works_on_any_more_is_not_said_to_be_at_work(
    store: Store, claimed: Job
) -> None:
    assert "at work" in job_line(claimed)
    assert "nothing is at work" not in report_line(queue_report(store))
    host, pid, begun = claimed.owner.rsplit(":", 2)
    gone = replace(claimed, owner=f"{host}:{pid}:{float(begun) - 1000}")  # a number used again
    store.jobs.finish(gone, JobState.RUNNING, owner=gone.owner, lease_until=time.time() + LEASE)
    line = job_line(gone)
    assert "queued" in line
    assert "at work on it has ended" in line
    report = queue_report(store)
    assert (report.left, report.running) == (1, ())
    assert "nothing is at work on it now; egobutler watch, or serve, goes on" in report_line(report)


def test_the_reason_for_giving_up_names_the_file_once(claimed: Job) -> None:
    given_up = replace(claimed, state=JobState.QUARANTINED, reason="walk.mp4: is empty (0 bytes).")
    assert job_line(given_up) == " GAVE UP  walk.mp4: is empty (0 bytes)."
    gone = replace(claimed, state=JobState.WAITING, reason="walk.mp4 is not there any more")
    assert job_line(gone) == " WAITING  walk.mp4: is not there any more"


def test_progress_of_a_stage_is_said_in_words(claimed: Job) -> None:
    at = replace(claimed, stage="voices", done=3, total=8)
    assert job_line(at) == " at work  walk.mp4: Telling voices apart 3/8"


def test_the_line_of_progress_says_how_much_is_left_of_all(
    store: Store, tmp_path: Path, claimed: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    line = IngestLine(lambda: queue_report(store))
    line.show(IngestProgress(tmp_path / "walk.mp4", "sights", 1, 8))
    assert capsys.readouterr().err == "walk.mp4: Looking 1/8\n", "it is the only one"
    for number in range(2):
        (tmp_path / f"{number}.mp4").write_bytes(b"film")
        store.jobs.add(tmp_path / f"{number}.mp4", now=time.time())
    store.jobs.note_speed(2.0)
    store.jobs.renew(replace(claimed, seconds=240.0), now=time.time())
    line = IngestLine(lambda: queue_report(store))
    line.show(IngestProgress(tmp_path / "walk.mp4", "sights", 1, 8))
    assert capsys.readouterr().err == "walk.mp4: Looking 1/8 · 3 files left, about 6 min\n"


def test_a_file_that_waits_its_turn_can_be_taken_off_the_list_by_its_name(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.wav", "two.wav"):
        store.jobs.add(tmp_path / name, now=time.time())
    retry = ["retry", "--home", str(tmp_path / "home"), "--preset", "small", "--forget"]
    assert main(retry) == 0
    assert len(store.jobs.all()) == 2, "what was not given up is only taken off by name"
    assert main([*retry, "one"]) == 0
    assert [Path(job.path).name for job in store.jobs.all()] == ["two.wav"]
    assert main([*retry, "three"]) == 1
    assert "no file that is on the list is called three" in capsys.readouterr().err
