"""Homes that can only be read, and homes on disks without room: what is there is read and saved."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

import pytest

from app.commands.main import main
from memory.db import disk_space as disk
from memory.db.database import FILE_NAME
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.errors import StoreReadOnly, StoreTooNew
from tests.forks import forked
from tests.memory.keeping import CANARY, a_home, dump, hurry, under
from tests.memory.lives import NOON, add, recording

ON_THE_DAY = "2026-03-02"


def told(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output, and what the person was told; nothing of it is a stack."""
    status = main([words[0], "--home", str(home), "--preset", "small", *words[1:]])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return status, said.out, said.err.strip()


def written_in_a_process_that_died(home: Path) -> None:
    """One more caption, in a write-ahead log that nobody has taken in."""

    def written() -> None:
        store = Store.open(home)
        late = replace(recording(NOON + 3600, 1, "late"), kind="import")
        add(store, late, ["The kettle is in the attic."])
        os._exit(0)  # while the home is open

    assert forked(written) == 0
    assert (home / f"{FILE_NAME}-wal").stat().st_size


def read(home: Path) -> tuple[list[str], Store]:
    """What a home that is not written to remembers; it is left open."""
    store = Store(home, barred="a test wants it so")
    return [row.replace(str(home), "HOME") for row in store.dump()], store


def copies() -> set[str]:
    """What is left of copies where they are made."""
    return {path.name for path in Path(gettempdir()).glob(".egobutler-*")}


@pytest.mark.parametrize("log", ["none", "with -shm", "without -shm"])
def test_what_is_read_of_a_home_is_all_that_was_written_and_nothing_of_it_changes(
    tmp_path: Path, log: str
) -> None:
    home = tmp_path / "home"
    a_home(home)
    if log != "none":
        written_in_a_process_that_died(home)
        shutil.copytree(home, tmp_path / "other")
    if log == "without -shm":
        (home / f"{FILE_NAME}-shm").unlink()
    before, files = copies(), {name: _content(home / name) for name in under(home)}
    rows, store = read(home)
    assert verify(store).integrity == "ok"
    assert store.is_empty() is False
    with pytest.raises(StoreReadOnly, match="nothing can be added"), store.database.transaction():
        pass
    store.close()
    assert ("kettle" in str(rows)) == (log != "none")
    changed = {
        name for name in under(home) | set(files) if _content(home / name) != files.get(name)
    }
    assert changed <= {f"{FILE_NAME}-shm"}  # locks of those who read, where it may be written
    assert copies() == before
    assert rows == dump(tmp_path / "other" if log != "none" else home, home)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def test_a_home_of_an_older_version_is_read_and_one_of_a_newer_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    a_home(home)
    whole = dump(home)
    with closing(sqlite3.connect(home / FILE_NAME)) as db, db:
        db.execute("DROP TABLE doubt")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '021_doubts'")
    old = (home / FILE_NAME).read_bytes()
    rows, store = read(home)
    assert store.database.rows("SELECT count(*) FROM doubt")[0][0] == 0
    store.close()
    assert (home / FILE_NAME).read_bytes() == old
    assert rows == [row.replace(str(home), "HOME") for row in whole]
    with closing(sqlite3.connect(home / FILE_NAME)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('egobutler', '999')"
        )
    with pytest.raises(StoreTooNew, match=str(home)):
        Store(home, barred="a test wants it so")


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts folders, read-only or small, where the machine lets this test do so."""
    if shutil.which("mount") is None or os.getuid() != 0:
        pytest.skip("only root may mount a folder")

    def mount(*words: str, name: str) -> Path:
        place = tmp_path / name
        place.mkdir()
        if subprocess.run(["mount", *words, str(place)], capture_output=True).returncode:
            pytest.skip("this machine does not let root mount a folder")
        until.callback(subprocess.run, ["umount", "-l", str(place)], check=False)
        return place

    with ExitStack() as until:
        yield mount


def read_only(disks: Callable[..., Path], folder: Path) -> Path:
    place = disks("--bind", str(folder), name="mounted")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
    return place / "home"


@pytest.mark.parametrize("died", [False, True])
def test_a_home_on_a_disk_that_may_only_be_read_is_asked_checked_and_saved(
    tmp_path: Path,
    disks: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    died: bool,
) -> None:
    hurry(monkeypatch)
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "no-weights"))
    a_home(tmp_path / "disk" / "home")
    if died:
        written_in_a_process_that_died(tmp_path / "disk" / "home")
        (tmp_path / "disk" / "home" / f"{FILE_NAME}-shm").unlink()
    (tmp_path / "disk" / "other").mkdir()
    home = read_only(disks, tmp_path / "disk")
    secret, kept = tmp_path / "secret", tmp_path / "kept.tar"
    secret.write_text("correct horse battery\n")
    for words, wanted in (
        (("ask", "Where is the charger?"), CANARY),
        (("timeline", ON_THE_DAY), "I sit down."),
        (("verify",), '"sound": true'),
        (("verify", "--gone"), '"clean": true'),
        (("backup", str(kept), "--passphrase-file", str(secret)), f'"recordings": {2 + died}'),
        (("export", str(tmp_path / "all.zip"), "--originals"), f'"recordings": {2 + died}'),
        (("people",), '"people": []'),
    ):
        status, out, said = told(capsys, home, *words, "--json")
        assert status == 0, said
        assert wanted in out
        assert f"{home} is read-only (its disk is read-only)" in said
    for words in (
        ("forget", "--day", ON_THE_DAY, "--yes"),
        ("verify", "--repair"),
        ("queue", "pause"),
        ("serve", "--port", "0"),
        ("backup", str(home.parent / "other" / "kept.tar"), "--passphrase-file", str(secret)),
        ("export", str(home.parent / "other" / "all.zip")),
    ):
        status, _, said = told(capsys, home, *words)
        assert status == 1
        assert "cannot be written" in said.splitlines()[-1]
    subprocess.run(["umount", str(tmp_path / "mounted")], check=True)
    back = tmp_path / "back"
    assert told(capsys, back, "restore", str(kept), "--passphrase-file", str(secret))[0] == 0
    assert ("kettle" in str(dump(back))) == died
    assert not [name for name in under(tmp_path) if ".egobutler-" in name]


def test_a_home_whose_disk_has_no_room_is_backed_up_and_exported_to_another(
    tmp_path: Path,
    disks: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hurry(monkeypatch)
    home = disks("-t", "tmpfs", "-o", "size=12m", "tmpfs", name="small") / "home"
    a_home(home)
    ballast = home.parent / "ballast"
    ballast.write_bytes(b"x" * (disk.free(home) - 500_000))
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    passphrase = ("--passphrase-file", str(secret))
    for full in (False, True):
        if full:
            with ballast.open("ab") as file:
                file.write(b"x" * disk.free(home))
            assert disk.free(home) == 0
        status, _, said = told(capsys, home, "backup", str(tmp_path / f"{full}.tar"), *passphrase)
        assert status == 0, said
        status, _, said = told(capsys, home, "export", str(tmp_path / f"{full}.zip"))
        assert status == 0, said
        assert (tmp_path / f"{full}.tar").stat().st_size > 100_000
    status, _, said = told(capsys, home, "backup", str(home.parent / "b.tar"), *passphrase)
    assert status == 1
    assert "nearly full" in said
