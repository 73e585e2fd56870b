"""Putting a finished folder in the place of a home, at every instant one of the two is there.

The old home is moved beside and kept as the restore point. A process that is killed between the two
moves leaves no home at all; whoever opens it next puts the old one back (``recover``).
"""

from __future__ import annotations

import glob
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from memory.db import disk_space as disk
from memory.types.errors import StoreBusy, StoreError, StoreUnwritable


class NotReplaced(StoreError):
    """The new home could not be put in place; the old one is back."""


def place_of(home: Path) -> Path:
    """The absolute path of a home. Raises StoreUnwritable for one that leads nowhere."""
    try:
        return home.expanduser().resolve()
    except (OSError, RuntimeError) as error:  # a link to itself, or the folder of nobody
        raise StoreUnwritable(
            f"{home} cannot be used as the folder of the store ({error}). Name another one with "
            "--home."
        ) from error


def restore_points(home: Path) -> list[Path]:
    """The old homes that are kept beside a home, oldest first."""
    return sorted(p for p in home.parent.glob(f"{glob.escape(home.name)}.before-*") if p.is_dir())


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """An empty folder beside the home, private, gone afterwards unless it took the home's place.

    Raises:
        StoreBusy: somebody else is restoring to the same place.
        StoreUnwritable: the folder around the home cannot be written, or is on another disk.
    """
    coming = _coming(home)
    if home.is_mount():
        raise StoreUnwritable(
            f"{home} is where a disk is mounted and cannot be replaced as a whole. Name a folder "
            f"on it instead: --home {home / 'home'}"
        )
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            shutil.rmtree(coming, ignore_errors=True)
            coming.mkdir(mode=0o700)
            try:
                yield coming
            finally:
                shutil.rmtree(coming, ignore_errors=True)
    except PermissionError as error:
        raise StoreUnwritable(
            f"{home.parent} cannot be written ({error.strerror}); choose another place with --home."
        ) from error


def put_in_place(coming: Path, home: Path, check: Callable[[Path], None]) -> Path | None:
    """Makes ``coming`` the home. Returns where the old one is kept, None where there was none.

    Call it inside ``staging``. ``check`` looks at the home in its new place.

    Raises:
        NotReplaced: ``check`` raised; the old home is back and the new one is gone.
    """
    if hasattr(os, "sync"):  # all of it is on the disk before it takes the place of anything
        os.sync()
    point = None
    if home.exists():
        point = home.with_name(
            f"{home.name}.before-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        )
    mark = _mark(home)
    _write(mark, "" if point is None else point.name)
    if point is not None:
        os.rename(home, point)
    os.rename(coming, home)
    disk.fsync_directory(home.parent)
    try:
        check(home)
    except Exception as error:
        os.rename(home, coming)
        if point is not None:
            os.rename(point, home)
        mark.unlink()
        raise NotReplaced(
            f"the restored home does not open ({error}); the old one is back"
        ) from error
    mark.unlink()
    return point


def recover(home: Path) -> None:
    """Ends a replacement that was killed: the old home is back, or the new one is whole.

    Raises:
        StoreBusy: a process is at it right now.
    """
    mark, coming = _mark(home), _coming(home)
    if not os.path.lexists(mark) and not os.path.lexists(coming):
        return
    with _alone(home):
        if mark.exists():
            name = os.fsdecode(mark.read_bytes())
            point = home.parent / name
            if name and point.is_dir() and not home.exists():
                os.rename(point, home)
        shutil.rmtree(coming, ignore_errors=True)
        mark.unlink(missing_ok=True)
        disk.fsync_directory(home.parent)


def _coming(home: Path) -> Path:
    return home.with_name(f".{home.name}.coming")


def _mark(home: Path) -> Path:
    return home.with_name(f".{home.name}.replacing")


def _write(mark: Path, name: str) -> None:
    with mark.open("wb") as file:
        file.write(os.fsencode(name))
        file.flush()
        os.fsync(file.fileno())  # else a power cut could leave no home, and nobody who knows why
    disk.fsync_directory(mark.parent)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = FileLock(home.with_name(f".{home.name}.replace.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy(
            f"a backup is being restored to {home}. Wait until that has finished."
        ) from None
    try:
        yield
    finally:
        lock.release()
