"""After a forgetting no byte of it is in the home, whatever died in the middle of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.commands import main as cli
from app.core.settings import Settings
from app.privacy.service import PrivacyService
from app.server.server import create_app
from ingest.editing import file_erasure as forgetting
from memory.db.database import FILE_NAME, HomeDatabase
from memory.integrity.verify import verify
from memory.repositories.tombstones import DeletionLog
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.deletion import DeletionRequest
from memory.types.paths import sha256_of
from tests.app.conftest import ADDRESS
from tests.app.homes import MORNING
from tests.app.secrets import PHRASE, SECRET, SecretHome, everything, traces
from tests.forks import forked
from tests.media import make_video, scene


@pytest.fixture
def home(secrets: SecretHome) -> Path:
    return secrets.fresh()


@pytest.fixture
def morning(secrets: SecretHome) -> Recording:
    """The recording in whose middle the secret is."""
    return secrets.recording


def desk(store: Store) -> PrivacyService:
    return PrivacyService(store, lambda: None)


def test_no_byte_of_a_forgotten_minute_is_left_in_the_home(home: Path, morning: Recording) -> None:
    before = traces(home)
    kinds = ("words", "face", "picture")
    assert all(any(found.endswith(kind) for found in before) for kind in kinds)
    assert any(f"uploads/{PHRASE} party.mp4" in found for found in before)
    assert any("gradio" in found for found in before)
    store = Store.open(home)
    assert not desk(store).proof(PHRASE).clean
    done = desk(store).forget(DeletionRequest(span=SECRET))
    assert (done.loss.clips, done.sealed, done.failed) == (3, True, False)
    assert sorted(one.fate for one in done.files) == ["cut", "deleted"]
    assert traces(home) == []
    assert desk(store).proof(PHRASE).clean
    old = home.with_name(f"{home.name}.before-20260303")  # what a restore keeps beside
    old.mkdir()
    assert any(str(old) in one for one in desk(store).proof().kept)
    old.rmdir()
    assert verify(store).sound
    assert store.audit.newest(1)[0].what == "forget"
    kept = store.recordings.get(morning.id)
    assert kept is not None
    assert kept.sha256 == sha256_of(Path(kept.path)) != morning.sha256
    assert store.original(kept) is not None
    assert [clip.id[-1] for clip in store.recordings.clips(kept.id)] == ["0", "1", "4", "5"]
    assert all(PHRASE not in one.text for one in store.memories.overlapping("day"))
    assert "plant number" in store.memories.overlapping("day")[0].text
    store.close()
    assert traces(home) == []


def test_the_file_does_not_play_the_forgotten_minute(home: Path, morning: Recording) -> None:
    store = Store.open(home)
    desk(store).forget(DeletionRequest(span=SECRET))
    recording = store.recordings.get(morning.id)
    assert recording is not None
    with av.open(recording.path) as container:
        times = [float(f.pts * f.time_base) for f in container.decode(video=0)]  # type: ignore[operator]
    with av.open(recording.path) as container:
        for frame in container.decode(audio=0):
            at = float(frame.pts * frame.time_base)  # type: ignore[operator]
            if 60.1 < at < 119.9:
                assert not np.abs(frame.to_ndarray()).max() > 0.01
    assert [at for at in times if 60 <= at < 120] == []
    assert 59.5 in times
    assert 120.0 in times
    assert recording.start == MORNING
    store.close()


def _calls(killer: Callable[[], None]) -> None:
    """Lets ``killer`` run before and after each step of a forgetting."""

    def wrap(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*args: object, **words: object) -> object:
            killer()
            result = real(*args, **words)
            killer()
            return result

        setattr(owner, name, wrapped)

    for owner, name in (
        (os, "replace"), (forgetting, "cut_out"), (forgetting, "sweep_thumbnails"),
        (forgetting, "_settle"), (DeletionLog, "begin"), (DeletionLog, "note"),
        (DeletionLog, "finish"),
        (summaries, "rebuild"),
        (HomeDatabase, "compact"), (Path, "unlink"),
    ):  # fmt: skip
        wrap(owner, name)


def _dies(home: Path, at: int) -> bool:
    """Forgets in a child that is killed at its ``at``-th step. False where it got to the end."""
    left = at

    def killer() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def forgets() -> None:
        store = Store.open(home)
        _calls(killer)
        desk(store).forget(DeletionRequest(span=SECRET))

    status = forked(forgets)
    assert status in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forgetting_that_is_killed_at_any_step_is_finished_at_the_next_start(
    home: Path, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    shutil.copytree(home, start)
    store = Store.open(home)
    desk(store).forget(DeletionRequest(span=SECRET))
    whole = list(store.dump())
    films = {n: c for n, c in everything(home).items() if n.endswith(".mp4")}
    store.close()
    step, begun = 0, 0
    while True:
        shutil.rmtree(home)
        shutil.copytree(start, home)
        if not _dies(home, step):
            break
        store = Store.open(home)
        desk(store).resume_pending_deletions()
        if store.forgotten.spans(store.recordings.all()[0].id):
            begun += 1
            assert list(store.dump()) == whole, step
            assert store.forgotten.unfinished() == []
            store.close()
            assert {n: c for n, c in everything(home).items() if n.endswith(".mp4")} == films
            assert traces(home) == [], step
        else:  # nothing had been promised yet
            assert len(store.recordings.all()) == 2
            store.close()
        step += 7
    assert begun > 4


def test_a_file_outside_the_home_is_left_alone_unless_told_otherwise(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "VID_20260302_100000.mp4", [scene(1, 96, 64)], seconds=100, fps=2, gop=4
    )
    before = path.read_bytes()
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "none"))
    try:
        opened.ingest([path], timezone="UTC")
        (one,) = opened.store.recordings.all()
        clips = opened.store.recordings.clips(one.id)
        first = opened.privacy.forget(DeletionRequest(span=clips[1].span))
        assert [left.path for left in first.undeleted] == [str(path)]
        assert path.read_bytes() == before
        again = opened.ingest([path])
        assert again[0].status == "already"
        assert len(opened.store.recordings.clips(one.id)) == len(clips) - 1
        second = opened.privacy.forget(DeletionRequest(span=clips[0].span), originals=True)
        assert second.undeleted == ()
        now = opened.store.recordings.get(one.id)
        assert now is not None
        assert now.start == pytest.approx(clips[1].span.start, abs=0.1)
        assert path.read_bytes() != before
        opened.privacy.forget(DeletionRequest(recording_id=one.id), originals=True)
        assert not path.exists()
        path.write_bytes(before)
        assert opened.ingest([path])[0].status == "failed"
        assert opened.privacy.allow(path)
        assert opened.ingest([path])[0].status in ("indexed", "partial")
    finally:
        opened.close()


def test_a_file_that_cannot_be_cut_is_told_of_and_stays(home: Path, morning: Recording) -> None:
    store = Store.open(home)
    path = Path(morning.path)
    path.write_bytes(b"something else" * 1000)
    done = desk(store).forget(DeletionRequest(span=SECRET))
    assert done.failed
    assert [one.why for one in done.undeleted] == [forgetting.ANOTHER]
    assert path.read_bytes().startswith(b"something else")
    assert store.forgotten.unfinished() == []
    store.close()


# Routes and the command line


@pytest.fixture
def client(home: Path, tmp_path: Path) -> Iterator[TestClient]:
    opened = Assistant.open(Settings(home, weights=tmp_path / "none"))
    with TestClient(create_app(opened), base_url=ADDRESS) as served:
        yield served
    opened.close()


SPAN = {"kind": "span", "begins": "2026-03-03T09:31", "ends": "2026-03-03T09:32"}


def test_a_page_looks_first_and_then_forgets(client: TestClient) -> None:
    seen = client.post("/api/privacy/preview", json=SPAN).json()
    assert seen["clips"] == 3
    assert "3 moments go: 2 min of recordings." in seen["lines"]
    assert "A file will be deleted." in seen["lines"]
    wrong = client.post("/api/privacy/forget", json=SPAN | {"clips": 2})
    assert (wrong.status_code, "Look again" in wrong.json()["detail"]) == (409, True)
    done = client.post("/api/privacy/forget", json=SPAN | {"clips": 3}).json()
    assert done["clean"]
    assert not done["failed"]
    assert client.post("/api/privacy/proof", json={"phrase": PHRASE}).json()["clean"]
    asked = client.post("/api/ask", json={"question": f"Where is the {PHRASE}?"}).json()
    assert asked["abstained"]
    assert client.get("/api/privacy/log").json()[0]["what"] == "forget"
    again = client.post("/api/privacy/forget", json=SPAN | {"clips": 0})
    assert again.headers["clear-site-data"] == '"cache"'  # pictures and films that were seen
    person = {"kind": "person", "name": "1"}
    assert "1 voice" not in " ".join(
        client.post("/api/privacy/preview", json=person).json()["lines"]
    )
    done = client.post("/api/privacy/forget", json=person | {"clips": 0}).json()
    assert done["clean"]
    assert client.post("/api/privacy/preview", json=person).status_code == 422
    assert client.post("/api/privacy/preview", json=SPAN).json()["nothing"]


def test_a_part_of_one_recording_goes_without_what_another_recorded_then(
    client: TestClient, morning: Recording
) -> None:
    other = f"{PHRASE} party.mp4"
    part = SPAN | {"recording": morning.id}
    seen = client.post("/api/privacy/preview", json=part).json()
    assert [one["id"] for one in seen["recordings"]] == [morning.id]
    assert (seen["clips"], len(seen["beside"])) == (2, 1)
    assert f"Other recordings of that time stay as they are: {other}." in seen["lines"]
    done = client.post("/api/privacy/forget", json=part | {"clips": 2}).json()
    assert (done["clips"], done["failed"], done["clean"]) == (2, False, True)
    assert not [one for one in done["files"] if other in one["path"]]
    left = client.post("/api/privacy/preview", json=SPAN).json()
    assert [one["id"] for one in left["recordings"]] == seen["beside"]
    again = client.post("/api/privacy/preview", json=part).json()
    assert (again["nothing"], other in " ".join(again["lines"])) == (True, True)


BAD: tuple[dict[str, object], ...] = (
    {"kind": "span", "start": 10, "end": 5},
    {"kind": "span", "begins": "2026-03-03T09:31", "ends": "2026-03-03T09:31"},
    {**SPAN, "recording": "nobody's"},
    {**SPAN, "recording": "a\x00b"},
    {"kind": "span", "begins": "soon", "ends": "later than that"},
    {"kind": "span", "start": 1e300, "end": 2e300},
    {"kind": "day"},
    {"kind": "day", "day": "0001-01-01"},
    {"kind": "recording", "name": "../../etc/passwd"},
    {"kind": "person", "name": "Nobody"},
    {"kind": "place", "name": "  "},
    {"kind": "place", "name": "a\x00b"},
    {"kind": "everything"},
    {"kind": "place", "name": "x" * 2000},
)


def test_bad_wishes_are_refused_and_rules_kept(client: TestClient, home: Path) -> None:
    for body in BAD:
        for where in ("preview", "forget"):
            reply = client.post(f"/api/privacy/{where}", json=body | {"clips": 0})
            assert reply.status_code == 422, body
    kept = client.post("/api/privacy/rules", json={"originals_days": 36500}).json()
    assert kept["due"]["nothing"]
    assert client.post("/api/privacy/rules", json={"all_days": -1}).status_code == 422
    due = client.post("/api/privacy/rules", json={"originals_days": 5}).json()
    assert due["due"]["files"] == 2
    assert len(list((home / "uploads").glob("*.mp4"))) == 2
    client.post("/api/privacy/rules", json={"originals_days": None})
    assert client.get("/api/privacy").json()["rules"] == {}


def test_the_command_line_forgets_a_day_proves_it_and_keeps_rules(
    home: Path,
    morning: Recording,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fixed = ["--home", str(home), "--preset", "small", "--json"]

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        status = cli.main([*words, *fixed])
        return status, json.loads(capsys.readouterr().out.splitlines()[-1])

    assert cli.main(["forget", "--from", "2026-03-03 09:31", *fixed]) == 1
    assert "say what" in capsys.readouterr().err
    assert cli.main(["forget", "--day", "2026-03-03", *fixed]) == 1  # nobody is there to confirm
    assert "--yes" in capsys.readouterr().err
    empty = ("--from", "2026-03-03 09:31", "--to", "2026-03-03 09:31")
    assert cli.main(["forget", *empty, "--yes", *fixed]) == 1
    assert "must begin before it ends" in capsys.readouterr().err
    span = ("--from", "2026-03-03 09:31", "--to", "2026-03-03 09:32")
    part = run("forget", *span, "--recording", "morning.mp4", "--dry-run")[1]["preview"]
    assert (part["clips"], len(part["beside"])) == (2, 1)
    assert run("forget", *span, "--dry-run")[1]["preview"]["clips"] == 3
    assert run("verify", "--gone", "--phrase", PHRASE)[0] == 1
    status, done = run("forget", *span, "--yes", "--json")
    assert (status, done["forgotten"]["clean"]) == (0, True)
    assert run("verify", "--gone", "--phrase", PHRASE)[0] == 0
    film = home / "proxies" / morning.id / "proxy.mp4"
    film.parent.mkdir(parents=True)
    film.write_bytes(b"film")
    status, kept = run("retain", "--originals-days", "5")
    assert (status, kept["due"]["files"], kept["rules"]) == (0, 1, {"originals_days": 5})
    assert list((home / "uploads").glob("*.mp4")) == []
    assert list((home / "proxies").glob("*")) == []  # a film of what the rule deletes
    assert run("retain", "--originals-days", "0")[1]["rules"] == {}


def test_a_piece_is_shared_as_a_file_and_nothing_of_it_stays(
    client: TestClient, home: Path, morning: Recording
) -> None:
    piece = {"recording": morning.id, "start": 10, "end": 14, "blur": []}
    sent = client.post("/api/share", json=piece)
    assert sent.status_code == 200
    assert sent.content[4:8] == b"ftyp"
    assert list((home / "tmp").glob("share-*")) == []
    with ThreadPoolExecutor(4) as pool:  # each would take a processor, and room on the disk
        at_once = list(pool.map(lambda _: client.post("/api/share", json=piece), range(4)))
    assert sorted({one.status_code for one in at_once}) == [200, 429]
    for wrong, status in (
        ({"end": 9}, 422), ({"start": 500, "end": 501}, 422), ({"recording": "../x"}, 422),
        ({"end": 5000}, 422), ({"blur": ["souls"]}, 422), ({"blur": ["faces"]}, 409),
    ):  # fmt: skip
        assert client.post("/api/share", json=piece | wrong).status_code == status, wrong
    assert list((home / "tmp").glob("share-*")) == []


def test_a_page_that_is_damaged_neither_stops_a_forgetting_nor_passes_for_proof(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(home / FILE_NAME)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'hook'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with (home / FILE_NAME).open("r+b") as file:  # of a table that forgetting never reads
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    words = ["--from", "2026-03-03 09:31", "--to", "2026-03-03 09:32", "--yes", "--preset", "small"]
    assert cli.main(["forget", "--home", str(home), *words]) == 1
    told = capsys.readouterr().out
    assert "3 moments are forgotten." in told
    assert "the database is damaged" in told
    assert not told.endswith("}\n"), "no JSON where none was asked for"
