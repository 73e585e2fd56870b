"""The tools of the library: pages of many recordings, watched folders, clocks, and deleting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.result_cache import ResultCaches
from app.library import clocks, deleting
from app.library.library import PAGE, Counts, library, shelf
from app.library.watched import CannotWatch, WatchedFolders, check
from app.privacy.service import PrivacyService
from app.routes.library.library import library_router
from app.routes.library.queue import queue_router
from app.routes.system.api import api_router
from app.views.library_tools_view import exact_length, removal_json
from ingest.errors import WasForgotten
from memory.repositories.lease_owner import this_process
from memory.repositories.library_shelf import LibraryFilter
from memory.store.store import Store
from memory.types.core import RecordingState, TimeSource
from memory.types.jobs import JobState
from memory.types.paths import sha256_of
from tests.app.some_routes import app_of
from tests.memory.lives import NOON, add, recording, say

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def web(butler: Assistant) -> Iterator[TestClient]:
    app = app_of(butler.home, library_router(butler), queue_router(butler), api_router(butler))
    with TestClient(app) as client:
        yield client


def many(store: Store, count: int) -> None:
    with store.database.transaction():
        for n in range(count):
            one = recording(NOON + n * DAY, 1, f"film{n:03}")
            state = RecordingState.PARTIAL if n % 40 == 0 else RecordingState.READY
            store.recordings.add(replace(one, state=state, device="GoPro" if n % 2 else ""), [])


def test_a_page_of_many_recordings_is_what_the_whole_library_is(store: Store) -> None:
    many(store, 120)
    first = shelf(store, LibraryFilter())
    states = {"ready": 117, "partial": 3, "undated": 0, "stuck": 0, "coming": 0}
    assert first.counts == states | {"there": 120, "all": 120}
    assert [one.name for one in first.there] == [one.name for one in library(store)[:PAGE]]
    last = shelf(store, LibraryFilter(offset=100)).there
    assert [one.name for one in last][-1] == "film000.mp4"
    assert len(last) == 20


def test_what_waits_is_counted_and_not_all_listed(store: Store, tmp_path: Path) -> None:
    for n in range(12):
        (tmp_path / f"{n}.mp4").write_bytes(b"film")
        store.jobs.add(tmp_path / f"{n}.mp4", now=0.0)
    job = store.jobs.claim(this_process(), now=time.time())
    assert job is not None
    failed = store.jobs.claim(this_process(), now=time.time())
    assert failed is not None
    store.jobs.finish(failed, JobState.QUARANTINED, "it is empty.")
    found = shelf(store, LibraryFilter())
    assert (found.counts["coming"], len(found.coming), len(found.stuck)) == (11, 8, 1)
    assert found.coming[0].path == job.path, "what is at work comes first"


def test_counts_of_what_nobody_works_on_are_kept_until_somebody_does(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.result_cache.time.monotonic", lambda: 1.0)
    found = replace(recording(NOON), state=RecordingState.READY)
    clips = add(store, found, ["I walk.", "I sit."])
    caches = ResultCaches(store.database)
    counts = Counts(store, caches)

    def shown() -> dict[str, tuple[int, int]]:
        (entry,) = shelf(store, LibraryFilter(), counts).entries
        return dict(entry.progress)

    before = shown()
    store.ledger.enter([clips[0].id], "speech", "1")
    assert shown() == before, "kept"
    job = store.jobs.add(tmp_path / "walk.mp4", now=0.0)
    store.jobs.finish(job, JobState.QUEUED, recording_id=found.id)
    assert shown()["speech"] == (1, 2), "read anew while somebody works on it"
    store.ledger.enter([clips[1].id], "speech", "1")
    store.jobs.finish(job, JobState.DONE, recording_id=found.id)
    assert shown()["speech"] == (2, 2), "and when that has ended"
    store.ledger.enter([clips[1].id], "sights", "1")
    caches.clear()
    assert "sights" in shown(), "nothing is kept of what was forgotten"


def test_a_page_over_http_is_bounded(web: TestClient, butler: Assistant) -> None:
    many(butler.store, 60)
    told = web.get("/api/queue?offset=50").json()
    assert (len(told["entries"]), told["counts"]["there"], told["limit"]) == (10, 60, 50)
    for odd in ("offset=-1", "limit=0", "limit=100000", "status=x", f"words={'x' * 300}"):
        assert web.get(f"/api/queue?{odd}").status_code == 422


def test_programs_get_the_library_in_pages(web: TestClient, butler: Assistant) -> None:
    many(butler.store, 5)
    butler.queue.pause()
    broken = butler.store.home / "uploads" / "broken.mp4"
    broken.write_bytes(b"no film")
    job = butler.store.jobs.add(broken, now=0.0)
    butler.store.jobs.finish(job, JobState.QUARANTINED, "broken.mp4: it is no film")
    pages = [web.get(f"/api/library?limit=4&offset={n}").json() for n in (0, 4, 8)]
    names = [one["name"] for page in pages for one in page["entries"]]
    assert names == ["broken.mp4", *(f"film{n:03}.mp4" for n in (4, 3, 2, 1, 0))]
    assert {page["total"] for page in pages} == {6}
    assert web.get("/api/library?limit=0").status_code == 422


def test_a_folder_is_watched_from_then_on(tmp_path: Path, store: Store) -> None:
    taken: list[tuple[str, bool]] = []

    def take(paths: object, copy: bool) -> None:
        taken.extend((path.name, copy) for path in paths)  # type: ignore[attr-defined]

    card = tmp_path / "card"
    card.mkdir()
    watched = WatchedFolders(store, take, settle=0.05)
    try:
        assert watched.add(f" {card} ", True).path == str(card)
        (card / "a.wav").write_bytes(b"sound")
        _until(lambda: taken)
        assert taken == [("a.wav", True)]
        (state,) = watched.states()
        assert (state.there, state.files) == (True, 0)
        card.rename(tmp_path / "gone")
        assert watched.states()[0].there is False
        assert watched.remove(str(card))
        assert not watched.remove(str(card))
        assert watched.states() == []
    finally:
        watched.stop()


def test_folders_are_still_watched_at_the_next_start(tmp_path: Path, store: Store) -> None:
    (tmp_path / "card").mkdir()
    first = WatchedFolders(store, lambda *_: None)
    first.add(str(tmp_path / "card"))
    first.stop()
    taken: list[object] = []
    (tmp_path / "card" / "b.wav").write_bytes(b"sound")
    second = WatchedFolders(store, lambda paths, _: taken.extend(paths), settle=0.05)
    second.start()
    _until(lambda: taken)
    second.stop()
    assert taken == [tmp_path / "card" / "b.wav"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "full name"),
        ("Videos", "full name"),
        ("/no/such/folder", "no folder /no/such/folder"),
        ("/", "holds the system"),
        ("/proc/self", "holds the system"),
        ("{home}", "belongs to the library"),
        ("{home}/uploads", "belongs to the library"),
        ("{link}", "belongs to the library"),
        ("{file}", "is a file"),
        ("/x\0y", "full name"),
        ("/" + "x" * 5000, "full name"),
        ("/" + "x" * 300, "cannot be used"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    tmp_path: Path, store: Store, name: str, says: str
) -> None:
    (tmp_path / "link").symlink_to(store.home, target_is_directory=True)
    (tmp_path / "file").touch()
    named = name.replace("{home}", str(store.home))
    named = named.replace("{link}", str(tmp_path / "link")).replace(
        "{file}", str(tmp_path / "file")
    )
    with pytest.raises(CannotWatch, match=says):
        check(named, store.home)


def test_folders_over_http(web: TestClient, tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    path = str(tmp_path / "card")
    (told,) = web.post("/api/library/folders", json={"path": path}).json()["folders"]
    assert told["words"] == "Watched; no recordings in it yet."
    refused = web.post("/api/library/folders", json={"path": "Videos"})
    assert (refused.status_code, "full name" in refused.json()["detail"]) == (422, True)
    assert web.post("/api/library/folders", content=b'{"path": "/\\ud800"}').status_code == 422
    assert web.post("/api/library/folders/remove", json={"path": path}).json() == {"folders": []}
    assert web.post("/api/library/folders/remove", json={"path": path}).status_code == 404


def filmed(store: Store) -> None:
    for n, source in enumerate((TimeSource.CONTAINER, TimeSource.FILE_NAME, TimeSource.USER)):
        one = replace(
            recording(NOON + n * DAY, 1, f"film{n}"), device="GoPro HD9", time_source=source
        )
        clips = add(store, one, ["A tree."])
        say(store, clips[0], "Hello there.")


def test_a_clock_is_set_as_the_preview_said_and_can_be_taken_back(store: Store) -> None:
    filmed(store)
    before = list(store.dump())
    told = clocks.preview(store, "GoPro HD9", 8 * HOUR)
    assert (len(told.moves), told.kept) == (2, 1)
    assert list(store.dump()) == before, "looking changes nothing"
    moved = clocks.set_clock(store, "GoPro HD9", 8 * HOUR)
    assert {(one.id, one.start) for one in moved} == {
        (move.recording.id, move.start) for move in told.moves
    }
    (device,) = clocks.devices(store)
    assert (device.offset, device.before, device.movable) == (8 * HOUR, 0.0, 2)
    assert device.before is not None
    clocks.set_clock(store, device.name, device.before)
    assert [one.start for one in store.recordings.all()] == [NOON, NOON + DAY, NOON + 2 * DAY]


def test_clocks_over_http(web: TestClient, butler: Assistant) -> None:
    filmed(butler.store)
    (told,) = web.get("/api/library/devices").json()["devices"]
    assert (told["words"], told["correction"]) == ("3 recordings · Mon 2 Mar – Wed 4 Mar", "")
    asked = {"device": "GoPro HD9", "seconds": -90}
    assert (
        web.post("/api/library/clock", json=asked).json()["words"] == "2 recordings were re-dated."
    )
    told = web.get("/api/library/devices").json()["devices"][0]
    assert (told["correction"], told["before"]) == ("corrected by −1 min 30 s", 0.0)
    for address, body in [
        ("clock", {"device": "Kodak", "seconds": 1}),
        ("clock", {"device": "GoPro HD9", "seconds": 40 * 365 * DAY}),
        ("clock", {"device": "GoPro HD9", "seconds": "inf"}),
        ("clock", {"device": "GoPro HD9", "seconds": 1e300}),
    ]:
        refused = web.post(f"/api/library/{address}", json=body)
        assert refused.status_code == 422, (address, body)
        assert "egobutler" not in refused.text


def test_what_has_no_date_is_listed_and_dated_over_http(web: TestClient, butler: Assistant) -> None:
    filmed(butler.store)
    lost = replace(recording(NOON + 5 * DAY, 1, "lost"), time_source=TimeSource.ARRIVAL)
    add(butler.store, lost, ["A tree."])
    (told,) = web.get("/api/library/undated").json()["undated"]
    assert (told["recording"], told["shown"]) == (lost.id, "Sat 7 Mar 2026, 12:00:00")
    page = web.get("/api/queue?status=undated").json()
    assert page["counts"]["undated"] == 1
    (entry,) = (one for one in page["entries"] if one["undated"])
    assert (entry["name"], entry["source"]) == ("lost.mp4", "time when it was added, date unknown")
    asked = {"recording": lost.id, "start": "2025-05-01T10:30"}
    for odd in ({"start": "soon"}, {"start": "1906-01-01T00:00"}, {"recording": "nobody"}):
        assert web.post("/api/library/start", json=asked | odd).status_code == 422, odd
    said = web.post("/api/library/start", json=asked).json()
    assert said["words"] == "1 recording was re-dated."
    assert web.get("/api/library/undated").json() == {"undated": []}
    assert web.get("/api/queue?status=undated").json()["counts"]["undated"] == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (28_800, "8 h"), (90_061, "1 d 1 h 1 min 1 s")]
)
def test_a_correction_is_said_to_the_second(seconds: float, words: str) -> None:
    assert exact_length(seconds) == words


def forgetting(store: Store) -> deleting.Forget:
    return lambda request: PrivacyService(store, lambda: None).forget(request).files


def kept(store: Store, path: Path, name: str = "film") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"all of the film")
    one = replace(recording(NOON, 1, name), path=str(path), sha256=sha256_of(path))
    clips = add(store, one, ["I put the plover into the drawer."])
    say(store, clips[0], "The plover is in the drawer.")
    job = store.jobs.add(path, now=0.0)
    store.jobs.finish(job, JobState.DONE, recording_id=one.id)
    return one.id


def test_deleting_takes_what_the_library_keeps_and_all_that_was_made_of_it(store: Store) -> None:
    path = store.home / "uploads" / "film.mp4"
    one = kept(store, path)
    going = deleting.of_recording(store, one)
    assert (going.clips, going.sentences, going.removed, going.kept) == (1, 1, (path,), ())
    assert path.exists(), "looking deletes nothing"
    deleting.delete_recording(store, forgetting(store), one)
    assert not path.exists()
    assert [line for line in store.dump() if "plover" in line] == []
    home = b"".join(f.read_bytes() for f in store.home.rglob("*") if f.is_file())
    assert b"plover" not in home
    with pytest.raises(deleting.NothingToDelete):
        deleting.of_recording(store, one)
    deed = store.audit.newest()[0]
    assert (deed.what, deed.detail[:10]) == ("forget", "moments: 1")


def test_a_linked_original_stays(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "card" / "film.mp4"
    one = kept(store, path)
    assert deleting.of_recording(store, one).kept == (path,)
    deleting.delete_recording(store, forgetting(store), one)
    assert path.read_bytes() == b"all of the film"
    job = store.jobs.add(path, now=1.0)
    assert job.state == JobState.DONE, "nor does a watched folder bring it back"


def test_a_link_in_the_library_does_not_lead_out_of_it(store: Store, tmp_path: Path) -> None:
    """The name in uploads may be a link: the link goes, what it names stays."""
    (tmp_path / "film.mp4").write_bytes(b"elsewhere")
    one = kept(store, tmp_path / "other.mp4")
    link = store.home / "uploads" / "film.mp4"
    link.symlink_to(tmp_path / "film.mp4")
    store.recordings.update(
        replace(store.recordings.all()[0], path=str(link), sha256=sha256_of(link))
    )
    deleting.delete_recording(store, forgetting(store), one)
    assert not link.exists()
    assert (tmp_path / "film.mp4").exists()


def test_deleting_over_http(web: TestClient, butler: Assistant) -> None:
    store = butler.store
    one = kept(store, store.home / "uploads" / "film.mp4")
    told = removal_json(deleting.of_recording(store, one)).model_dump()
    assert told["goes"][0] == "everything remembered of its 30 s: 1 moment, 1 sentence"
    assert told["goes"][-1] == "the file that the library keeps: film.mp4"
    assert web.post("/api/library/delete", json={"recording": one}).status_code == 200
    assert web.post("/api/library/delete", json={"recording": one}).status_code == 404
    back = store.home / "uploads" / "again.mp4"
    back.write_bytes(b"all of the film")
    job = store.jobs.add(back, now=0.0)
    store.jobs.finish(job, JobState.QUARANTINED, str(WasForgotten(back)))
    (entry,) = web.get("/api/queue").json()["entries"]
    assert (entry["forgotten"], entry["message"][-22:]) == (True, "it is not added again.")
    assert store.forgotten.holds(sha256_of(back))
    butler.queue.pause()
    assert web.post("/api/library/allow", json={"job": entry["job"]}).json() == {"queued": True}
    assert not store.forgotten.holds(sha256_of(back))
    assert web.post("/api/library/allow", json={"job": entry["job"]}).status_code == 404
    broken = store.home / "uploads" / "broken.mp4"
    broken.write_bytes(b"no film")
    job = store.jobs.add(broken, now=0.0)
    assert web.post("/api/library/delete", json={"job": job.id}).json()["name"] == "broken.mp4"
    assert not broken.exists()
    assert store.jobs.get(job.id) is None
    assert web.post("/api/library/delete", json={}).status_code == 404


def _until(there: object, seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not there():  # type: ignore[operator]
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)
