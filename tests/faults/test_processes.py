"""Processes that are killed, work side by side, or find the disk full or the store held."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from memory.db.database import FILE_NAME
from memory.store.store import Store
from memory.types.jobs import JobState
from tests.faults.homes import Child, Contents, check, command, forker, ingest, run
from tests.media import make_audio, make_video, scene, silence, tone

KILLS = int(os.environ.get("EGOBUTLER_KILLS", "5"))  # fifty, now and then


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three files with names that say when they were made, one of them of two blocks."""
    folder = tmp_path_factory.mktemp("card")
    music = np.concatenate([tone(2, hertz) for hertz in (262, 330, 392, 523)] * 4)
    return [
        make_video(
            folder / "VID_20260302_100000.mp4",
            [scene(n, 64, 48) for n in range(4)],
            seconds=70,
            fps=2,
            audio=silence(70.0),
        ),
        make_video(folder / "VID_20260302_120000.mp4", seconds=10, fps=2, audio=silence(10.0)),
        make_audio(folder / "REC_20260302_140000.wav", music),
    ]


@pytest.fixture(scope="module")
def timed(
    tmp_path_factory: pytest.TempPathFactory, recordings: list[Path]
) -> tuple[Contents, float]:
    """What one process makes of them that nobody kills, and the seconds that it takes."""
    place = tmp_path_factory.mktemp("undisturbed")
    words = command(place / "home", "ingest", *recordings, "--timezone", "UTC")
    process = forker().start(words, place / "weights")
    begun = time.monotonic()  # it has imported everything by now
    assert process.wait() == 0
    seconds = time.monotonic() - begun
    return check(place / "home"), seconds


@pytest.fixture(scope="module")
def undisturbed(timed: tuple[Contents, float]) -> Contents:
    return timed[0]


def _ingest(home: Path, files: list[Path], weights: Path) -> tuple[int, str]:
    status, _, told = run(home, "ingest", *files, "--timezone", "UTC", weights=weights)
    return status, told


def test_kills_of_one_of_many_at_random_moments_change_nothing_in_the_end(
    tmp_path: Path, recordings: list[Path], timed: tuple[Contents, float]
) -> None:
    weights, broken, undisturbed = tmp_path / "weights", tmp_path / "broken", timed[0]
    rng, counts = random.Random(3), []

    def start(home: Path) -> Child:
        words = command(home, "ingest", *recordings, "--timezone", "UTC")
        return forker().start(words, weights)

    length = 1.25 * timed[1]  # another run may take longer
    shares = [(n + rng.random()) / KILLS for n in range(KILLS)]
    rng.shuffle(shares)
    for share in shares:
        process = start(broken)
        time.sleep(length * share)
        if process.kill() == 0:  # it takes less by now, on a machine that has less to do
            length *= 0.9
        counts.append(len(check(broken).dump))
        if counts[-1] == len(undisturbed.dump):
            broken = tmp_path / f"broken-{len(counts)}"  # done: begin again, to be killed
    assert len(set(counts)) > 1, "the kills all fell at the same moment"
    _ingest(broken, recordings, weights)
    assert check(broken) == undisturbed


def test_two_processes_share_the_work_on_one_folder(
    tmp_path: Path, recordings: list[Path], undisturbed: Contents
) -> None:
    shared, told = tmp_path / "shared", tmp_path / "told"
    words = command(shared, "ingest", recordings[0].parent, "--timezone", "UTC")
    both = forker().start(words, tmp_path / "weights", stderr=str(told), twice=True)
    assert both.wait() == 0, told.read_text()
    assert check(shared) == undisturbed
    assert all(job.state != JobState.RUNNING for job in check(shared).jobs.values())


def test_a_file_that_may_not_grow_is_a_full_disk_too(
    tmp_path: Path, recordings: list[Path], undisturbed: Contents
) -> None:
    weights, home, told = tmp_path / "weights", tmp_path / "home", tmp_path / "told"
    Store.open(home).close()
    # What is written goes to the log beside it first: that is what must not grow far.
    limit = (home / FILE_NAME).stat().st_size // 2
    words = command(home, "ingest", *recordings, "--timezone", "UTC")
    assert forker().start(words, weights, limit=limit, stderr=str(told)).wait() == 1
    assert "full" in told.read_text() or "cannot be written" in told.read_text()
    check(home)
    status, said = _ingest(home, recordings, weights)
    assert status == 0, said
    assert check(home) == undisturbed


def test_a_store_that_is_locked_for_a_while_is_waited_for(
    tmp_path: Path, recordings: list[Path]
) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    Store.open(home).close()
    connection = sqlite3.connect(home / FILE_NAME, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(1.0, connection.rollback)
    release.start()
    status, told = _ingest(home, recordings[2:], weights)
    release.join()
    connection.close()
    assert status == 0, told
    assert len(check(home).recordings) == 1


def test_an_interrupted_run_lets_go_of_its_file(
    tmp_path: Path, recordings: list[Path], undisturbed: Contents
) -> None:
    weights, home, told = tmp_path / "weights", tmp_path / "home", tmp_path / "told"
    words = command(home, "ingest", *recordings, "--timezone", "UTC")
    process = forker().start(words, weights, stderr=str(told))
    while not (home / "writer.pid").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    status = process.kill(signal.SIGINT)
    assert status in (0, 130, -signal.SIGINT), told.read_text()  # the last: as it was ending anyway
    assert "Traceback" not in told.read_text()
    assert all(job.state != JobState.RUNNING for job in check(home).jobs.values())
    _ingest(home, recordings, weights)
    assert check(home) == undisturbed


INTERRUPTED = """
import os, signal, sys

class CtrlC:
    @staticmethod
    def find_spec(name, *rest):
        if name == "app.commands.recordings.ingest":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC)
from app.__main__ import main
sys.exit(main())
"""


def test_an_interrupt_while_programs_are_loaded_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "ingest", "--home", str(tmp_path / "home")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "egobutler: stopped before anything was done\n"
    assert not (tmp_path / "home").exists()


def test_work_that_is_held_is_not_begun_and_goes_on_when_it_may(
    tmp_path: Path, recordings: list[Path]
) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    assert run(home, "queue", "pause", weights=weights)[0] == 0
    _, results, told = ingest(home, recordings[1:2], weights=weights)
    assert results["results"][0]["status"] == "waiting", told
    assert "egobutler queue resume" in told
    assert run(home, "queue", "resume", weights=weights)[0] == 0
    status, told = _ingest(home, recordings[1:2], weights)
    assert status == 0, told
