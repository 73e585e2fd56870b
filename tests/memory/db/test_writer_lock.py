"""One process writes: whoever uses filelock and whoever uses flock keep each other out."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from memory.db.writer_lock import WriterLock
from memory.types.errors import StoreBusy, StoreUnwritable
from tests.forks import forking


def test_it_keeps_out_others_of_its_kind_and_filelock(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, 0.0)
    with lock:
        with pytest.raises(StoreBusy, match=str(os.getpid())), WriterLock(tmp_path, 0.0):
            pass
        with pytest.raises(Timeout):
            FileLock(tmp_path / "writer.lock", timeout=0).acquire()
    with FileLock(tmp_path / "writer.lock", timeout=0), pytest.raises(StoreBusy):
        lock.acquire()
    with lock:
        pass


def test_it_waits_for_its_turn(tmp_path: Path) -> None:
    first = WriterLock(tmp_path, 0.0)
    first.acquire()
    threading.Timer(0.2, first.release).start()
    with WriterLock(tmp_path, 60.0):
        pass


def test_a_child_that_was_forked_does_not_keep_it(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path, 0.0)
    lock.acquire()
    with forking(lambda: time.sleep(600)):
        lock.release()
        with WriterLock(tmp_path, 0.0):
            pass


def test_a_file_that_was_deleted_locks_nobody_out(tmp_path: Path) -> None:
    with WriterLock(tmp_path, 0.0):
        (tmp_path / "writer.lock").unlink()
        with WriterLock(tmp_path, 0.0):
            pass


def test_a_file_that_is_deleted_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, flock = tmp_path / "writer.lock", fcntl.flock
    deleted: list[int] = []

    def late(descriptor: int, operation: int) -> None:
        if not deleted:
            file.unlink()
            deleted.append(descriptor)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with WriterLock(tmp_path, 60.0):
        assert file.exists()
        with pytest.raises(StoreBusy), WriterLock(tmp_path, 0.0):
            pass


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable, match="gone"):
        WriterLock(tmp_path / "gone", 0.0).acquire()
