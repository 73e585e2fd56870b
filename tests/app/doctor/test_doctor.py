"""The doctor finds what is wrong and says what to do about each of it."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.backup.service import LAST
from app.commands import main as cli
from app.core.settings import Settings
from app.doctor import machine as doctor_machine
from app.doctor.doctor import examine
from app.doctor.findings import Finding
from memory.db import network_disks
from memory.integrity.verify import repair
from memory.types.core import Recording, Span, TimeSource
from memory.types.jobs import JobState
from memory.vectors.card import choose_place
from tests.memory.lives import NOON, add, recording


def looked(butler: Assistant, port: int = 1) -> dict[str, Finding]:
    found = {one.what: one for one in examine(butler, port)}
    for one in found.values():
        assert one.good or one.remedy, one
    return found


def bad(butler: Assistant, port: int = 1) -> set[str]:
    return {what for what, one in looked(butler, port).items() if not one.good} - {"disk"}


def test_a_new_home_lacks_models_and_nothing_else(butler: Assistant) -> None:
    assert bad(butler) == {"models"}


def test_a_home_in_trouble_is_told_one_by_one(butler: Assistant, tmp_path: Path) -> None:
    store = butler.store
    away = recording(NOON, 2, "away")
    add(store, away, ["Something."])
    butler.home.chmod(0o755)
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    job = store.jobs.add(film, now=NOON)
    claimed = store.jobs.claim("a:1:1.0", now=NOON)
    assert claimed is not None
    store.jobs.finish(claimed, JobState.QUARANTINED, "It has no picture and no sound.")
    (tmp_path / "home.before-20260301T000000Z").mkdir()
    found = looked(butler)
    assert bad(butler) >= {
        "permissions", "originals", "queue", "summaries", "backup", "leftovers", "models"
    }  # fmt: skip
    assert found["permissions"].remedy == f"chmod 700 {butler.home}"
    assert "/recordings" in found["originals"].remedy
    assert "It has no picture" in found["queue"].remedy
    assert "egobutler retry" in found["queue"].remedy
    assert "egobutler backup" in found["backup"].remedy
    assert "home.before-2026" in found["leftovers"].detail
    assert store.jobs.get(job.id) is not None  # looking changes nothing


def test_what_waits_is_told_by_its_kind(butler: Assistant, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x")
    butler.store.jobs.add(film, now=NOON)
    assert looked(butler)["queue"].good
    butler.store.jobs.pause(True)
    assert looked(butler)["queue"].remedy == "egobutler queue resume"
    butler.store.jobs.pause(False)
    butler.store.jobs.claim("a:1:1.0", now=NOON)
    assert "a process that ended" in looked(butler)["queue"].detail


def test_a_home_that_lost_its_database_is_not_taken_for_a_new_one(butler: Assistant) -> None:
    butler.store.media.write(butler.store.media.thumbnail_path("walk-1", "walk-1-0000", 0), b"x")
    found = looked(butler)["store"]
    assert (found.good, found.serious) == (False, True)
    assert "1 picture of recordings that the database does not know" in found.detail
    assert found.remedy.startswith("bring your last good backup back")
    assert "--repair" not in found.remedy, "it would help nobody"
    repair(butler.store)
    assert not looked(butler)["store"].good
    assert list(butler.store.media.thumbnails.rglob("*.jpg"))


def test_a_backup_grows_old(butler: Assistant) -> None:
    kept = {"file": "/mnt/x.tar", "bytes": 12e6, "recordings": 1}
    butler.store.preferences.put(LAST, kept | {"at": time.time() - 3600})
    assert looked(butler)["backup"].detail == "the last one was made today (12 MB, /mnt/x.tar)"
    butler.store.preferences.put(LAST, kept | {"at": time.time() - 20 * 86_400})
    assert "20 days ago" in looked(butler)["backup"].detail
    assert not looked(butler)["backup"].good


def test_memories_without_vectors_are_counted(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(butler.store, recording(), ["One.", "Two."])
    monkeypatch.setattr(butler.brains, "embedder_name", lambda: "e5")
    assert looked(butler)["vectors"].detail.startswith("2 memories have none of e5")


def test_where_vectors_are_searched_is_said_and_two_packages_of_one_name_are_told(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_machine, "placement", lambda *_: choose_place(900_000, 384, 0, 0))
    said = doctor_machine.vector_search(butler.store)
    assert "texts by the processor: there is no card that FAISS can use" in said.detail
    monkeypatch.setattr(doctor_machine, "_is_installed", lambda name: name.startswith("faiss"))
    both = looked(butler)["index"]
    assert not both.good
    assert "pip install faiss-gpu" in both.remedy


def test_a_clock_that_is_behind_its_recordings_is_doubted(butler: Assistant) -> None:
    later = Recording("r", "0" * 64, "/r.mp4", time.time() + 1e6, "UTC", 60.0, TimeSource.USER)
    butler.store.recordings.add(later, [])
    assert "clock" in bad(butler)
    assert Span(0, 1).duration == 1


def test_a_port_is_free_ours_or_taken() -> None:
    class Reply(BaseHTTPRequestHandler):
        text = b'{"ok": true}'

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.text)

        def log_message(self, *what: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Reply) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        assert doctor_machine.port(port).detail == f"EgoButler is at http://127.0.0.1:{port}"
        Reply.text = b"<h1>another</h1>"
        assert "--port" in doctor_machine.port(port).remedy
        server.shutdown()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert doctor_machine.port(free.getsockname()[1]).good


def test_what_leaves_the_computer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Settings(tmp_path, chat="openai:big@https://models.example/v1")
    here = Settings(tmp_path, chat="openai:big@http://127.0.0.1:8000/v1")
    assert doctor_machine.remote(here).good
    monkeypatch.setenv("EGOBUTLER_ALLOW_REMOTE", "1")
    assert doctor_machine.remote(here).good
    found = doctor_machine.remote(there)
    assert not found.good
    assert "models.example" in found.detail


def test_a_look_that_fails_costs_no_other(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(store: object) -> Finding:
        raise sqlite3.DatabaseError("disk image is malformed")

    monkeypatch.setattr("app.doctor.home.queue", broken)
    found = looked(butler)
    assert "malformed" in found["queue"].detail
    assert found["sqlite"].good


def test_a_home_that_does_not_open_is_looked_at_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "memory.sqlite3").write_bytes(b"no database" * 1000)
    assert cli.main(["doctor", "--json", "--home", str(tmp_path)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["store"]["ok"]
    assert "damaged" in report["store"]["detail"]
    assert "egobutler restore" in report["store"]["remedy"]
    assert report["disk"]["detail"]


def test_json_is_all_that_is_said_when_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    home = tmp_path / "home"
    cli.main(["doctor", "--json", "--home", str(home)])
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert {"store", "disk", "sqlite", "packages", "models"} <= set(report)
    assert report["models"]["remedy"] == "egobutler models fetch"
    assert "LOOK" not in told.err
    cli.main(["doctor", "--home", str(home)])
    assert "      → egobutler models fetch" in capsys.readouterr().out


def test_a_home_on_a_network_disk_is_serious(
    butler: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert looked(butler)["file system"].good
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"60 1 0:50 / {tmp_path} rw - nfs4 nas:/homes rw\n")
    monkeypatch.setattr(network_disks, "MOUNTS", mounts)
    found = looked(butler)["file system"]
    assert found.serious
    assert not found.good
    assert "nfs4" in found.detail
    assert str(butler.home) in found.detail
    assert "egobutler backup" in found.remedy
