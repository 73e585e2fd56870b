"""A home that is renamed or moved plays, shares, forgets, keeps and restores its own recordings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_app
from memory.deletion.files import digest
from tests.app.conftest import ADDRESS
from tests.faults.homes import START, check, run
from tests.media import make_video, scene, tone


@dataclass(frozen=True)
class Moved:
    """A home with a copied, an uploaded and a linked film, that was moved to another folder."""

    old: Path
    home: Path
    weights: Path
    films: dict[str, Path]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    folder = tmp_path_factory.mktemp("moved")
    old, weights = folder / "home", folder / "none"
    (old / "uploads").mkdir(parents=True)
    films = {"copied": folder / "copied.mp4", "linked": folder / "linked.mp4"}
    films["uploaded"] = old / "uploads" / "uploaded.mp4"
    for number, film in enumerate(films.values()):
        pictures = [scene(number), scene(number + 3), scene(number + 6)]
        seconds = 20 if number == 0 else 3  # two clips, so that one can be forgotten
        make_video(film, pictures, seconds=seconds, fps=5, audio=tone(seconds, 300 + 100 * number))
    assert run(old, "ingest", films["copied"], "--copy", *START, weights=weights)[0] == 0
    assert run(old, "ingest", films["linked"], films["uploaded"], weights=weights)[0] == 0
    home = folder / "another disk" / "life"
    home.parent.mkdir()
    shutil.copy(films["uploaded"], folder / "uploaded.mp4")
    os.rename(old, home)
    return Moved(old, home, weights, films | {"uploaded": folder / "uploaded.mp4"})


def test_a_moved_home_plays_every_recording_and_works_on_none_again(moved: Moved) -> None:
    butler = Assistant.open(Settings(moved.home, weights=moved.weights))
    with TestClient(create_app(butler), base_url=ADDRESS) as client:
        for one in butler.store.recordings.all():
            reply = client.get(f"/media/{one.id}")
            assert reply.status_code == 200, one
            assert reply.content == moved.films[Path(one.path).stem].read_bytes()
        shown = {
            entry["name"]: entry["place"] for entry in client.get("/api/queue").json()["entries"]
        }
    assert shown == {
        "copied.mp4": "copied into the library",
        "uploaded.mp4": "kept in the library",
        "linked.mp4": "left where it is",
    }
    assert butler.queue._unfinished() == []
    jobs = {Path(job.path) for job in butler.queue.jobs()}
    assert jobs == {
        moved.films["copied"],
        moved.films["linked"],
        moved.home / "uploads/uploaded.mp4",
    }
    butler.close()
    assert not moved.old.exists()


def test_a_moved_home_shares_and_forgets_parts_of_its_recordings(moved: Moved) -> None:
    for name in ("copied.mp4", "uploaded.mp4"):
        clip = moved.home.parent / f"a piece of {name}"
        words = ("--from", "1", "--to", "2", "--out", clip, "--blur", "none")
        assert run(moved.home, "share", name, *words, weights=moved.weights)[0] == 0
        assert clip.stat().st_size
    time = ("--from", "2026-03-02 09:58:46", "--to", "2026-03-02 09:58:50")
    kept = next((moved.home / "originals").rglob("copied.mp4"))
    status, found, stderr = run(moved.home, "forget", *time, "--yes", weights=moved.weights)
    assert status == 0, stderr
    assert [(one["path"], one["fate"]) for one in found["forgotten"]["files"]] == [
        (str(kept), "cut")
    ]
    (left,) = [one for one in check(moved.home).recordings if one.name == "copied.mp4"]
    assert Path(left.path) == kept
    assert left.sha256 == digest(kept) != digest(moved.films["copied"])


def test_a_moved_home_is_backed_up_restored_and_sound(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", "a long passphrase")
    kept, back = moved.home.parent / "kept.tar", moved.home.parent / "back"
    assert run(moved.home, "backup", kept, weights=moved.weights)[0] == 0
    assert run(back, "restore", kept, weights=moved.weights)[0] == 0
    for home in (moved.home, back):
        status, found, stderr = run(home, "verify", weights=moved.weights)
        assert (status, found["file_faults"]) == (0, []), stderr
        uploaded = next(one for one in check(home).recordings if one.name == "uploaded.mp4")
        assert Path(uploaded.path) == home / "uploads/uploaded.mp4"
