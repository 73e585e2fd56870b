"""Ingesting, also in a process of its own, and what must hold of a home after any fault.

Most faults need no models: with an empty folder of weights speech and sights wait, sounds are
listened to and captions are written, by the real code.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from psutil import NoSuchProcess, Process

from app.commands.main import main
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.jobs import Job
from tests.memory.keeping import hurry

CLIPS = 2  # of a block
START = ("--start", "2026-03-02 09:58:45", "--timezone", "UTC")


@dataclass(frozen=True)
class Contents:
    """All that a home holds: rows, recordings, jobs, and thumbnails by their content."""

    dump: list[str]
    recordings: list[Recording]
    jobs: dict[str, Job]
    thumbnails: dict[str, bytes]

    def __eq__(self, other: object) -> bool:
        """Jobs have times of their own and do not count."""
        assert isinstance(other, Contents)
        return (self.dump, self.thumbnails) == (other.dump, other.thumbnails)


def check(home: Path) -> Contents:
    """The invariants: the store opens, is whole, and its rows, ledger and files agree."""
    store = Store.open(home)
    try:
        verdict = verify(store)
        assert verdict.sound, verdict
        kept = {
            row["path"]: store.media.resolve(row["path"]).read_bytes()
            for row in store.database.rows("SELECT path FROM thumbnail")
        }
        jobs = {Path(job.path).name: job for job in store.jobs.all()}
        return Contents(list(store.dump()), store.recordings.all(), jobs, kept)
    finally:
        store.close()


def environment(weights: Path | None) -> dict[str, str]:
    """The environment of a child; ``weights`` None leaves the weights of this machine."""
    here = dict(os.environ)
    if weights is not None:
        weights.mkdir(exist_ok=True)
        here["EGOBUTLER_WEIGHTS"] = str(weights)
    return here


def command(home: Path, *arguments: str | Path) -> list[str]:
    """An egobutler command line for this home."""
    verb, *rest = map(str, arguments)
    fixed = ["--home", str(home), "--preset", "small", "--language", "en"]
    fixed += [] if arguments[0] in ("serve", "demo", "mcp") else ["--json"]
    return [sys.executable, "-m", "app", verb, *rest, *fixed]


class Child:
    """A process that a forker has started."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker
        self._pid = int(forker.line())

    def wait(self, seconds: float = 120.0) -> int:
        """Waits until it has ended, and kills it where that takes longer. Its exit status."""
        late = Timer(seconds, self._kill)
        late.start()
        try:
            return int(self._forker.line())
        finally:
            late.cancel()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Kills it and all that it has started, or sends them another signal. Its exit status: 0
        where it had ended before."""
        self._kill(number)
        return self.wait()

    def _kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._pid, number)


class Forker:
    """Starts egobutler processes at once, one after the other: it has imported everything."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.end)

    def line(self) -> str:
        """What it says next."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def start(self, words: Sequence[str], weights: Path | None, **more: object) -> Child:
        """Starts what a ``command`` is; ``more`` is described in ``forker.py``."""
        here = {"environment": environment(weights), "folder": os.getcwd(), "clips": CLIPS}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"arguments": words[3:], **here, **more}) + "\n")
        self._process.stdin.flush()
        return Child(self)

    def end(self) -> None:
        """Ends it and what it has started."""
        with suppress(NoSuchProcess):
            for one in Process(self._process.pid).children():
                one.kill()
        self._process.kill()
        self._process.wait()


@cache
def forker() -> Forker:
    """The one of these tests."""
    return Forker()


def run(
    home: Path, *arguments: str | Path, weights: Path | None
) -> tuple[int, dict[str, Any], str]:
    """A command in this process: exit status, the JSON of the last line, what the person was told.

    Backups are locked so that to open them takes no time.
    """
    out, told = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(told):
        for name, value in environment(weights).items():
            patch.setenv(name, value)
        hurry(patch)
        status = main(command(home, *arguments)[3:])
    said, lines = (stream.buffer.getvalue().decode().strip() for stream in (told, out))
    assert "Traceback" not in said, said
    return status, json.loads(lines.splitlines()[-1]) if lines else {}, said


def ingest(
    home: Path, paths: Sequence[Path], *, weights: Path | None
) -> tuple[int, dict[str, Any], str]:
    """Ingests the files, the first of which began at a known time."""
    return run(home, "ingest", *paths, *START, weights=weights)
