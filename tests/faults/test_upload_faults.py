"""Uploads through kills, full disks and two senders at once: the file that came is the one sent."""

from __future__ import annotations

import base64
import hashlib
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.uploads.errors import FileTooLarge, Unwritable, UploadDiskFull
from app.uploads.tus import Announcement
from app.uploads.uploads import UploadFolder
from tests.app.upload_server import TUS, about, completed_files, serve
from tests.forks import forked

WHEN = 1_700_000_000.25
FILM = random.Random(5).randbytes(1_000_000)
PIECE = 200_000
SERVERS = multiprocessing.get_context("forkserver")
# What ``serve`` imports: each server is a fork of a process that has nothing else.
SERVERS.set_forkserver_preload([serve.__module__, "uvicorn", "app.routes.library.upload"])
WALK = Announcement("walk.mp4", len(FILM), WHEN)


def sends(folder: Path, step: str, count: int, when: str) -> None:
    """Sends FILM and dies before (or after) the nth call of one function of ``os``."""
    left, real = count, getattr(os, step)

    def deadly(*args: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "after":
            real(*args, **more)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)

    setattr(os, step, deadly)
    uploads = UploadFolder(folder)
    upload = uploads.begin(WALK).upload.id
    for at in range(0, len(FILM), PIECE):
        uploads.append(upload, at, FILM[at : at + PIECE])
    uploads.finish(upload)


def checksum(piece: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(piece).digest()).decode()


def completed(uploads: Path) -> None:
    """Sends what is missing and checks that there is one file, and nothing else."""
    folder = UploadFolder(uploads, reserve=0)
    for arrival in folder.unfinished():
        assert arrival.offset <= (uploads / ".partial" / f"{arrival.upload.id}.data").stat().st_size
    arrival = folder.begin(WALK)
    if arrival.path is None:
        folder.append(arrival.upload.id, arrival.offset, FILM[arrival.offset :])
        arrival = folder.finish(arrival.upload.id)
    assert (path := arrival.path) is not None
    assert path.read_bytes() == FILM
    assert path.stat().st_mtime == WHEN
    assert completed_files(uploads) == [path]


@pytest.mark.parametrize(
    ("step", "count", "when"),
    [
        *[("replace", 1, "before"), ("replace", 1, "after")],  # announcing
        *[("fsync", n, "before") for n in (1, 4, 7, 8)],  # the note, a piece, the time of change
        *[("fsync", 3, "after"), ("utime", 2, "before"), ("utime", 2, "after")],
        *[("link", 1, "before"), ("link", 1, "after")],
        *[("unlink", n, "before") for n in (2, 3)],  # the note, the data,
    ],
)
def test_an_upload_killed_between_write_sync_and_name_goes_on(
    tmp_path: Path, step: str, count: int, when: str
) -> None:
    uploads = tmp_path / "uploads"
    status = forked(lambda: sends(uploads, step, count, when))
    if status == 0:
        pytest.skip(f"this system gets by without a {step} no. {count}")
    assert status == -signal.SIGKILL
    completed(uploads)


@contextmanager
def server(home: Path) -> Iterator[tuple[Callable[[], None], str]]:
    """The routes in a process of their own: what kills it, and where they are.

    A fork of this one would not do: it serves from threads, and inherits what locks those of this
    process hold.
    """
    reading, writing = SERVERS.Pipe(duplex=False)
    serving = SERVERS.Process(target=serve, args=(home, writing), daemon=True)
    serving.start()
    writing.close()
    try:
        yield serving.kill, f"http://127.0.0.1:{reading.recv()}/api/uploads"
    finally:
        serving.kill()
        serving.join()


def send(web: httpx.Client, address: str, film: bytes, *, slow: float = 0.0) -> None:
    """Sends a file as a page does, until it is whole or the server is gone."""
    while True:
        begun = web.post(address, headers=about("walk.mp4", len(film), modified=WHEN))
        upload = httpx.URL(address).join(begun.raise_for_status().headers["location"])
        there = web.head(upload, headers=TUS)
        if there.status_code != 404:  # another sender has finished it meanwhile
            break
    at = int(there.raise_for_status().headers["upload-offset"])
    while at < len(film):
        time.sleep(slow)
        piece = film[at : at + PIECE]
        headers = {"Upload-Offset": str(at), "Upload-Checksum": checksum(piece)}
        headers["Content-Type"] = "application/offset+octet-stream"
        reply = web.patch(upload, content=piece, headers=TUS | headers)
        assert reply.status_code in (204, 409), reply.text
        at = int(reply.headers["upload-offset"])


def test_a_server_killed_at_random_moments_gets_the_file_in_the_end(tmp_path: Path) -> None:
    rng, kills = random.Random(11), 0
    for _ in range(3):
        with server(tmp_path) as (kill, address), httpx.Client(timeout=30) as web:
            killer = threading.Timer(rng.uniform(0.01, 0.12), kill)
            web.post(address, headers=about("walk.mp4", len(FILM), modified=WHEN))
            killer.start()
            try:
                send(web, address, FILM, slow=0.02)
            except httpx.HTTPError:
                kills += 1
            killer.join()
    assert kills, "the uploads were over too soon to be killed"
    completed(tmp_path / "uploads")


def test_three_senders_of_one_file_to_two_processes_make_one_original(tmp_path: Path) -> None:
    told: list[str] = []

    def page(address: str) -> None:
        with httpx.Client(timeout=30) as web:
            send(web, address, FILM)
        told.append(address)

    with server(tmp_path) as (_, first), server(tmp_path) as (_, second):
        pages = [threading.Thread(target=page, args=[one]) for one in (first, first, second)]
        for one in pages:
            one.start()
        for one in pages:
            one.join(timeout=60)
    assert sorted(told) == sorted([first, first, second])
    completed(tmp_path / "uploads")


def test_a_file_system_that_takes_no_larger_file_keeps_what_fits(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    upload = UploadFolder(uploads).begin(WALK).upload.id

    def appends() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
        with pytest.raises(FileTooLarge, match="the disk takes no more than 500 kB of") as told:
            UploadFolder(uploads).append(upload, 0, bytes(PIECE * 4))
        assert told.value.offset == 500_000

    assert forked(appends) == 0
    folder = UploadFolder(uploads)
    assert folder.status(upload).offset == 500_000
    folder.cancel(upload)
    completed(uploads)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_up_on_the_way_keeps_what_arrived(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        uploads = disk / "uploads"
        folder = UploadFolder(uploads, reserve=100_000)
        with pytest.raises(UploadDiskFull, match=r"nearly full: huge\.mp4 needs 3 MB more"):
            folder.begin(Announcement("huge.mp4", 3_000_000, WHEN))
        upload = folder.begin(WALK).upload.id
        folder.append(upload, 0, FILM[:PIECE])
        others = disk / "others"
        others.write_bytes(bytes(1_400_000))
        with pytest.raises(UploadDiskFull) as refused:
            folder.append(upload, PIECE, FILM[PIECE : PIECE * 4])
        assert (refused.value.offset, refused.value.missing) == (PIECE, len(FILM) - PIECE)
        reckless = UploadFolder(uploads, reserve=-(2**40))  # somebody else took the room meanwhile
        with pytest.raises(UploadDiskFull) as broken:
            reckless.append(upload, PIECE, FILM[PIECE:])
        kept = broken.value.offset
        assert kept is not None
        assert PIECE < kept < len(FILM)
        assert folder.status(upload).offset == kept
        assert broken.value.missing == len(FILM) - kept
        others.unlink()
        completed(uploads)


def test_a_folder_that_may_not_be_written_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        uploads = disk / "uploads"
        folder = UploadFolder(uploads, reserve=0)
        upload = folder.begin(WALK).upload.id
        folder.append(upload, 0, FILM[:PIECE])
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(OSError, match="Read-only"):
            os.open(disk / "x", os.O_CREAT | os.O_WRONLY)
        with pytest.raises(Unwritable, match=r"cannot be written \(Read-only"):
            folder.append(upload, PIECE, FILM[PIECE:])
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        completed(uploads)
