"""A backup is whole or is none, of one instant, and holds what it should."""

from __future__ import annotations

import os
import resource
import sqlite3
import threading
from pathlib import Path

import pytest

from memory.backup import format as backup_parts
from memory.backup.backup import back_up
from memory.backup.check import read_through
from memory.backup.encryption import BackupError, BackupKey
from memory.backup.restore import restore
from memory.db import disk_space as disk
from memory.db.database import FILE_NAME
from memory.db.snapshot import KeepingBusy, copy_database, keeping
from memory.integrity.file_faults import FileFault
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.errors import StoreBusy, StoreDamaged, StoreError, StoreUnwritable
from tests.memory.backup.making import made, posix
from tests.memory.keeping import CANARY, a_home, dump, killed_at
from tests.memory.lives import NOON, add, recording


def test_a_damaged_database_is_not_kept_in_place_of_a_good_backup(
    tmp_path: Path, key: BackupKey
) -> None:
    a_home(tmp_path / "home")
    made(tmp_path / "home", tmp_path / "kept.tar", key)
    good = (tmp_path / "kept.tar").read_bytes()
    store = Store.open(tmp_path / "home")
    with (tmp_path / "home" / "memory.sqlite3").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 20)
    with pytest.raises(StoreDamaged):
        back_up(store, tmp_path / "kept.tar", key)
    assert (tmp_path / "kept.tar").read_bytes() == good
    assert not (tmp_path / "home" / "tmp" / "keeping").exists()


def test_a_backup_of_a_home_that_is_written_is_of_one_instant(
    tmp_path: Path, key: BackupKey
) -> None:
    a_home(tmp_path / "home")
    store = Store.open(tmp_path / "home")
    going, written = threading.Event(), []

    def write() -> None:
        while not going.is_set():
            name = f"more{len(written)}"
            add(store, recording(NOON + 1e4 + 60 * len(written), 2, name), ["One.", "Two."])
            written.append(name)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            back_up(store, tmp_path / f"{number}.tar", key)
    finally:
        going.set()
        writer.join()
        store.close()
    restore(tmp_path / "2.tar", tmp_path / "back", key)
    back = Store.open(tmp_path / "back")
    assert verify(back).sound
    came = [one.id.split("-")[0] for one in back.recordings.all() if one.id.startswith("more")]
    assert sorted(came, key=lambda name: int(name[4:])) == written[: len(came)]
    assert len(came) < len(written)
    back.close()


def test_a_picture_deleted_meanwhile_is_told(tmp_path: Path, key: BackupKey) -> None:
    a_home(tmp_path / "home")
    gone = next((tmp_path / "home" / "thumbnails").rglob("*.jpg"))
    gone.unlink()
    faults = made(tmp_path / "home", tmp_path / "kept.tar", key)
    assert faults == (FileFault(str(gone.relative_to(tmp_path / "home")), "missing"),)


def test_other_peoples_homes_links_and_passing_files_are_left_out(
    tmp_path: Path, key: BackupKey
) -> None:
    home = tmp_path / "home"
    a_home(home)
    for name in ("homes/anna/memory.sqlite3", "tmp/x", "proxies/y.mp4", "uploads/.z.part"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x")
    (home / "link").symlink_to("/etc/passwd")
    with sqlite3.connect(home / "accounts.sqlite3") as db:
        db.execute("CREATE TABLE account (name)")
    db.close()
    names = [name for name, _ in backup_parts.files(home, originals=True)]
    assert names == ["accounts.sqlite3", "originals/ab/abcd/wa\nlk ü.mp4"]
    made(home, tmp_path / "kept.tar", key)
    restore(tmp_path / "kept.tar", tmp_path / "back", key)
    with sqlite3.connect(tmp_path / "back" / "accounts.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM account").fetchone() == (0,)
    db.close()


def test_one_backup_is_made_at_a_time(tmp_path: Path, key: BackupKey) -> None:
    a_home(tmp_path / "home")
    with keeping(tmp_path / "home"), pytest.raises(KeepingBusy, match="Wait"):
        made(tmp_path / "home", tmp_path / "kept.tar", key)
    with pytest.raises(BackupError, match="create it"):
        made(tmp_path / "home", tmp_path / "nowhere" / "kept.tar", key)


@posix
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_backup(
    tmp_path: Path, key: BackupKey
) -> None:
    a_home(tmp_path / "home", os.urandom(3_000_000))
    (tmp_path / "kept.tar").write_bytes(b"an older one")

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        with pytest.raises(disk.DiskNearlyFull, match="nearly full"):
            made(tmp_path / "home", tmp_path / "kept.tar", key)

    assert not killed_at(10_000, tmp_path, work)
    assert (tmp_path / "kept.tar").read_bytes() == b"an older one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["films", "home", "kept.tar"]


@posix
def test_a_backup_killed_anywhere_leaves_the_old_one_or_is_whole(
    tmp_path: Path, key: BackupKey
) -> None:
    home, file = tmp_path / "home", tmp_path / "kept.tar"
    a_home(home)
    before = dump(home)
    step, whole, left = 1, False, list[list[str]]()
    file.write_bytes(b"an older one")
    while killed_at(step, tmp_path, lambda: made(home, file, key)):
        if file.read_bytes() != b"an older one":
            assert read_through(file, key).about.recordings == 2
            whole = True
        assert dump(home) == before
        left.append(sorted(path.name for path in (tmp_path).glob(".egobutler-*")))
        assert len(left[-1]) <= 2  # one folder and its lock: each backup sweeps what is there
        step += 5
    assert step > 10
    assert whole
    assert any(left), "it was never killed while a copy was there"
    assert not list(tmp_path.glob(".egobutler-*"))


@posix
def test_while_a_backup_is_written_no_file_beside_it_can_be_read(
    tmp_path: Path, key: BackupKey
) -> None:
    a_home(tmp_path / "home")
    place, seen = tmp_path / "stick", set[str]()
    place.mkdir()

    def look(doing: str, done: int, total: int) -> None:
        seen.add(doing)
        for path in place.rglob("*"):
            assert not path.is_file() or CANARY.encode() not in path.read_bytes()

    store = Store.open(tmp_path / "home")
    back_up(store, place / "kept.tar", key, on_progress=look)
    assert seen == {"writing", "checking"}
    store.close()


class _Failing(sqlite3.OperationalError):
    """An error as SQLite raises it."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__(words)
        self.sqlite_errorcode, self.sqlite_errorname = getattr(sqlite3, name), name


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (_Failing("database or disk is full", "SQLITE_FULL"), disk.DiskNearlyFull, "nearly full"),
        (_Failing("disk I/O error", "SQLITE_IOERR_READ"), StoreUnwritable, "may be failing"),
        (_Failing("disk I/O error", "SQLITE_IOERR_WRITE"), StoreUnwritable, "place cannot be writ"),
        (_Failing("database is locked", "SQLITE_BUSY"), StoreBusy, "in use"),
        (_Failing("database disk image is malformed", "SQLITE_CORRUPT"), StoreDamaged, "damaged"),
    ],
)
def test_only_a_full_disk_is_called_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type, words: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    a_home(tmp_path / "home")
    (tmp_path / "place").mkdir()
    monkeypatch.setattr("memory.db.snapshot.copy_to", fail)
    with pytest.raises(StoreError, match=words) as raised:
        copy_database(tmp_path / "home" / FILE_NAME, tmp_path / "place" / "copy")
    assert type(raised.value) is kind
    assert list((tmp_path / "place").iterdir()) == []
