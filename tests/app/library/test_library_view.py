"""What the Library page is told: the queue in words, where files are, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.view_models import LibraryEntry, QueueReport
from app.http.security import Guard
from app.pages.library.entries import title_of
from app.presentation.time_text import length_words
from app.routes.library.queue import queue_router
from app.views.library_view import entry_json
from app.views.queue_view import Storage, left_words, queue_words
from memory.types.core import Damage, Recording, RecordingState, Span, TimeSource
from memory.types.jobs import Job, JobState
from tests.app.homes import MORNING
from tests.app.some_routes import app_of

HOME = Path("/home/me/egobutler")


def recording(path: str = "/card/walk.mp4", **changes: object) -> Recording:
    known: dict[str, object] = {
        "id": "walk-1",
        "sha256": "0" * 64,
        "path": path,
        "start": MORNING,
        "timezone": "Asia/Kathmandu",
        "duration": 600.0,
        "time_source": TimeSource.CONTAINER,
        "state": RecordingState.READY,
    }
    return Recording(**known | changes)  # type: ignore[arg-type]


def entry(found: Recording, **more: object) -> LibraryEntry:
    return LibraryEntry("walk.mp4", found.path, found, status="partial", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (QueueReport(9, 0), "Nothing is waiting."),
        (QueueReport(0, 1), "1 file left"),
        (QueueReport(0, 3, paused=True, speed=4.0), "3 files left · paused"),
        (
            QueueReport(2, 3, speed=4.2, seconds_left=730.0),
            "3 files left · 4.2 minutes of recording per minute · about 12 minutes left",
        ),
    ],
)
def test_the_queue_is_put_into_one_line(report: QueueReport, words: str) -> None:
    assert queue_words(report) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(5, "less than a minute"), (70, "about 1 minute"), (3600, "about 60 minutes")],
        *[(3 * 3600 + 900, "about 3 hours"), (5 * 86_400, "about 5 days")],
    ],
)
def test_an_estimate_does_not_pretend_to_be_exact(seconds: float, words: str) -> None:
    assert left_words(seconds) == words


def test_stretches_that_could_not_be_read_are_named_in_local_time() -> None:
    where = [Span(MORNING + 10, MORNING + 44), Span(MORNING + 60, MORNING + 61.5)]
    damage = (
        Damage(where[0], "picture"),
        Damage(where[0], "sound"),
        Damage(where[1], "sound"),
    )
    told = entry_json(entry(recording(), damage=damage)).damage
    assert told == ["15:15:10–15:15:44 unreadable", "15:16:00–15:16:01 no sound"]
    message = "15:15:10–15:15:44 unreadable."
    told = entry_json(entry(recording(), damage=damage, message=message)).damage
    assert told == ["15:16:00–15:16:01 no sound"], "and what the message names is not said twice"


def test_the_page_says_whether_the_library_has_the_file_itself(tmp_path: Path) -> None:
    there = tmp_path / "walk.mp4"
    there.touch()
    for path, words in [
        (str(HOME / "originals" / "ab" / "abcd" / "walk.mp4"), "copied into the library"),
        (str(HOME / "uploads" / "walk.mp4"), "kept in the library"),
        (str(there), "left where it is"),
        ("/card/gone.mp4", "its file is not there at the moment"),
    ]:
        assert entry_json(entry(recording(path)), HOME).place == words


def test_an_import_is_told_apart_by_its_day_and_is_as_long_as_nothing() -> None:
    days = [recording(kind="import", start=at, timezone="UTC") for at in (0.0, 86_400.0)]
    titles = [title_of(entry(day)) for day in days]
    assert titles == [
        "Thu 1 Jan 1970, 00:00 · walk.mp4",
        "Fri 2 Jan 1970, 00:00 · walk.mp4",
    ]
    assert {(entry_json(entry(day)).length, entry_json(entry(day)).kind) for day in days} == {
        ("", "imported text")
    }


def test_a_take_of_several_files_is_as_long_as_all_of_them() -> None:
    one = entry(recording())
    assert entry_json(replace(one, seconds=70.0)).length == "1 min"
    assert entry_json(one).length == length_words(recording().duration)


@pytest.mark.parametrize("source", TimeSource)
@pytest.mark.parametrize("kind", ["video", "sound", "photo", "import"])
def test_every_kind_of_recording_and_clock_has_words(source: TimeSource, kind: str) -> None:
    told = entry_json(entry(recording(time_source=source, kind=kind)), HOME)
    assert told.source.startswith("time")
    assert told.when


@pytest.mark.parametrize(
    ("job", "words", "retry"),
    [
        (Job("1", "a", JobState.QUARANTINED), "Not added", True),
        (Job("1", "a", JobState.FAILED), "Will be tried again soon", True),
        (Job("1", "a", JobState.WAITING, waits_for="disk"), "Waiting for room", True),
        (Job("1", "a", JobState.WAITING, waits_for="models"), "Not added", False),
        (Job("1", "a", JobState.QUEUED), "Not added", False),
    ],
)
def test_a_job_says_what_becomes_of_it(job: Job, words: str, retry: bool) -> None:
    told = entry_json(LibraryEntry("a", "a", None, status="failed", job=job))
    assert (told.words, told.retry) == (words, retry)


def test_storage_is_counted_now_and_then(tmp_path: Path) -> None:
    now = [0.0]
    storage = Storage(tmp_path, clock=lambda: now[0])
    assert "takes 0 kB" in storage.json().words
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "film").write_bytes(bytes(3_000_000))
    assert "takes 0 kB" in storage.json().words
    now[0] = 61.0
    assert "takes 3 MB" in storage.json().words


@pytest.fixture
def web(butler: Assistant) -> Iterator[TestClient]:
    app = app_of(butler.home, queue_router(butler))
    app.add_middleware(Guard)
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


def test_the_queue_is_held_and_gone_on_with_over_http(web: TestClient, butler: Assistant) -> None:
    assert web.post("/api/queue/pause").json() == {"paused": True}
    assert butler.queue.paused
    assert web.get("/api/queue").json()["paused"] is True
    assert web.post("/api/queue/resume").json() == {"paused": False}
    assert not butler.queue.paused


def test_given_up_files_are_queued_again_over_http(
    web: TestClient, butler: Assistant, tmp_path: Path
) -> None:
    butler.queue.pause()
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"no film")
        job = butler.store.jobs.add(tmp_path / name, now=0.0)
        butler.store.jobs.finish(job, JobState.QUARANTINED, f"{name}: cannot be read.")
    told = {entry["name"]: entry for entry in web.get("/api/queue").json()["entries"]}
    assert told["a.mp4"]["message"] == "Cannot be read."
    one = told["a.mp4"]["job"]
    assert web.post("/api/queue/retry", json={"ids": [one]}).json() == {"queued": [one]}
    assert len(web.post("/api/queue/retry", json={"ids": None}).json()["queued"]) == 1
    assert web.post("/api/queue/retry", json={"ids": "all"}).status_code == 422
    assert [job.state for job in butler.queue.jobs()] == [JobState.QUEUED] * 2


def test_other_sites_cannot_hold_the_queue(web: TestClient, butler: Assistant) -> None:
    reply = web.post("/api/queue/pause", headers={"Origin": "http://evil.example"})
    assert (reply.status_code, butler.queue.paused) == (403, False)
