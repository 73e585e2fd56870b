"""Processes that are killed, that work side by side, or that find the store held by another one."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from psutil import Process

from memory.database import FILE_NAME
from memory.job_types import JobState
from memory.types import RecordingState
from tests.faults.homes import check, command, environment, ingest, run
from tests.media import make_audio, make_video, scene, silence, tone

KILLS = int(os.environ.get("EGOBUTLER_KILLS", "16"))  # fifty, now and then


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Three files with names that say when they were made, one of them of two blocks."""
    folder = tmp_path / "card"
    folder.mkdir()
    music = np.concatenate([tone(2, hertz) for hertz in (262, 330, 392, 523)] * 4)
    return [
        make_video(
            folder / "VID_20260302_100000.mp4",
            [scene(n) for n in range(4)],
            seconds=250,
            fps=2,
            audio=silence(250.0),
        ),
        make_video(folder / "VID_20260302_120000.mp4", seconds=40, fps=2, audio=silence(40.0)),
        make_audio(folder / "REC_20260302_140000.wav", music),
    ]


class Child:
    """A process that the forker has started."""

    def __init__(self, forker: subprocess.Popen[str]) -> None:
        assert forker.stdout is not None
        self._told = forker.stdout
        self._pid = int(self._told.readline())

    def wait(self) -> None:
        """Waits until it has ended."""
        assert self._told.readline() == "over\n"

    def kill(self) -> None:
        """Kills it and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        self.wait()


@contextmanager
def forker(weights: Path) -> Iterator[Callable[[Path, list[Path]], Child]]:
    """A function that starts an ingest at once, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(weights),
    ) as process:

        def start(home: Path, files: list[Path]) -> Child:
            assert process.stdin is not None
            words = command(home, "ingest", *files, "--timezone", "UTC")[3:]
            process.stdin.write(json.dumps(words) + "\n")
            process.stdin.flush()
            return Child(process)

        try:
            yield start
        finally:
            for one in Process(process.pid).children():
                one.kill()
            process.kill()


def _ingest(home: Path, files: list[Path], weights: Path) -> tuple[int, str]:
    status, _, told = run(home, "ingest", *files, "--timezone", "UTC", weights=weights)
    return status, told


def test_kills_of_one_of_many_at_random_moments_change_nothing_in_the_end(
    tmp_path: Path, recordings: list[Path]
) -> None:
    weights, whole, broken = (tmp_path / name for name in ("weights", "whole", "broken"))
    _ingest(whole, recordings, weights)
    undisturbed = check(whole)
    rng, counts = random.Random(3), []
    with forker(weights) as start:
        begun = time.monotonic()
        start(tmp_path / "timed", recordings).wait()
        length = time.monotonic() - begun
        for _ in range(KILLS):
            process = start(broken, recordings)
            time.sleep(rng.uniform(0.0, length))
            process.kill()
            counts.append(len(check(broken).dump))
            if counts[-1] == len(undisturbed.dump):
                broken = tmp_path / f"broken-{len(counts)}"  # done: begin again, to be killed
    assert len(set(counts)) >= min(5, KILLS // 4), "the kills all fell at the same moment"
    _ingest(broken, recordings, weights)
    assert check(broken) == undisturbed


def test_two_processes_share_the_work_on_one_folder(tmp_path: Path, recordings: list[Path]) -> None:
    weights, alone, shared = (tmp_path / name for name in ("weights", "alone", "shared"))
    _ingest(alone, recordings, weights)
    words = command(shared, "ingest", recordings[0].parent, "--timezone", "UTC")
    both = [
        subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(weights),
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert check(shared) == check(alone)
    assert all(job.state != JobState.RUNNING for job in check(shared).jobs.values())


def test_a_store_that_is_locked_for_a_while_is_waited_for(
    tmp_path: Path, recordings: list[Path]
) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    _ingest(home, recordings[1:2], weights)
    connection = sqlite3.connect(home / FILE_NAME, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(4.0, connection.rollback)
    release.start()
    status, told = _ingest(home, recordings[2:], weights)
    release.join()
    connection.close()
    assert status == 0, told
    assert len(check(home).recordings) == 2


def test_an_interrupted_run_lets_go_of_its_file(tmp_path: Path, recordings: list[Path]) -> None:
    weights, home = tmp_path / "weights", tmp_path / "home"
    process = subprocess.Popen(
        command(home, "ingest", *recordings, "--timezone", "UTC"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(weights),
    )
    while not (home / "writer.pid").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode in (0, 130), told
    assert "Traceback" not in told
    assert all(job.state != JobState.RUNNING for job in check(home).jobs.values())
    _ingest(home, recordings, weights)
    assert {one.state for one in check(home).recordings} == {RecordingState.READY}


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
