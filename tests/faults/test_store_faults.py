"""Disks that are full or read-only, weights that are missing, databases that are old or broken."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.db.database import FILE_NAME
from memory.store.store import Store
from memory.types.core import RecordingState
from memory.types.jobs import JobState
from tests.faults.homes import check, ingest, run
from tests.media import make_video, silence, truncated


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("card") / "VID_20260302_100000.mp4"
    return make_video(path, seconds=70, fps=2, audio=silence(70.0))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Path:
    """A home with the film, made without any fault or weights; not to be written to."""
    home = tmp_path_factory.mktemp("whole") / "home"
    status, results, told = ingest(home, [video], weights=home.with_name("weights"))
    assert status == 0
    assert "egobutler models fetch whisper-tiny.en" in told
    assert results["results"][0]["status"] == "indexed"
    return home


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB, where the machine lets this test have one."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if shutil.which("mount") is None or os.getuid() != 0:
        pytest.skip("only root may mount a small disk")
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_ingest_goes_on_when_there_is_room(
    tmp_path: Path, video: Path, small_disk: Path, whole: Path
) -> None:
    weights, home = tmp_path / "weights", small_disk / "home"
    Store.open(home).close()
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 150_000))
    status, _, told = ingest(home, [video], weights=weights)
    assert status == 1
    assert "full" in told
    ballast.unlink()
    check(home)
    status, _, told = ingest(home, [video], weights=weights)
    assert status == 0, told
    assert check(home) == check(whole)


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_says_so(tmp_path: Path, video: Path) -> None:
    home = tmp_path / "home"
    Store.open(home).close()
    home.chmod(0o500)
    status, _, told = ingest(home, [video], weights=tmp_path / "weights")
    home.chmod(0o700)
    assert status == 1
    assert "cannot be written" in told


def test_missing_weights_make_their_stage_wait_and_nothing_else(
    tmp_path: Path, video: Path, whole: Path
) -> None:
    found = check(whole)
    assert found.recordings[0].state == RecordingState.READY
    assert found.jobs[video.name].state == JobState.WAITING
    assert found.jobs[video.name].waits_for == "models"
    status, answer, _ = run(whole, "ask", "What happened?", "--json", weights=tmp_path / "weights")
    assert status == 0
    assert answer["coverage"]["pending_seconds"] == 0


def test_a_database_that_is_damaged_is_not_written_to(
    tmp_path: Path, video: Path, whole: Path
) -> None:
    weights, home = tmp_path / "weights", shutil.copytree(whole, tmp_path / "home")
    database = home / FILE_NAME
    data = bytearray(database.read_bytes())
    data[: 4096 * 2] = b"\xff" * 4096 * 2
    database.write_bytes(data)
    status, _, told = ingest(home, [video], weights=weights)
    assert status == 1
    assert "damaged" in told
    assert database.read_bytes() == bytes(data)


def test_a_home_of_the_first_version_is_brought_up_to_date(tmp_path: Path, video: Path) -> None:
    """What version 1 wrote is found again, and a file it left half done is finished."""
    from memory.db.migrations import _statements
    from memory.db.schema import SCHEMA

    home = tmp_path / "home"
    home.mkdir()
    with sqlite3.connect(home / FILE_NAME) as connection:
        for statement in _statements(SCHEMA):
            connection.execute(statement)
        connection.execute(
            "CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)"
        )
        connection.execute(
            "INSERT INTO _sqlite_migrations VALUES "
            "('egobutler', '001_recordings_clips_memories', '2026-01-01')"
        )
        connection.execute(
            "INSERT INTO recording VALUES ('old-0123456789', 'ab', '/old.mp4', 1772452800.0, "
            "'UTC', 30.0, 'user', '', 1, 1, 'ready', '')"
        )
        connection.execute(
            "INSERT INTO clip VALUES ('old-0123456789-0000', 'old-0123456789', 1772452800.0, "
            "1772452830.0)"
        )
        connection.execute(
            "INSERT INTO memory VALUES (7, 'clip', 1772452800.0, 1772452830.0, "
            "'the charger is in the drawer', '[]', 'composed', 'old-0123456789-0000', "
            "'old-0123456789')"
        )
    assert ingest(home, [video], weights=tmp_path / "weights")[0] == 0
    assert {one.id.split("-")[0] for one in check(home).recordings} == {
        "old",
        "VID_20260302_100000",
    }


def test_a_bad_file_is_put_aside_with_its_reason_and_the_others_go_on(
    tmp_path: Path, video: Path
) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    bad = truncated(video, tmp_path / "VID_20260302_110000.mp4", keep=0.5)
    status, results, told = ingest(home, [bad, video], weights=weights)
    assert status == 1
    assert [one["status"] for one in results["results"]] == ["failed", "indexed"]
    found = check(home)
    assert found.jobs[bad.name].state == JobState.QUARANTINED
    assert "moov" in found.jobs[bad.name].reason
    assert len(found.recordings) == 1
    shutil.copy(video, bad)  # mended, say: the file has changed and is taken up
    make_video(bad, seconds=33, fps=2)
    status, results, told = run(home, "retry", weights=weights)
    assert status == 0, told
    assert len(check(home).recordings) == 2
