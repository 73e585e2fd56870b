"""Ingesting in a process of its own, and what must hold of a home after any fault.

Most faults need no models: with an empty folder of weights speech and sights wait, sounds are
listened to and captions are written, by the real code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.job_types import Job
from memory.store import Store
from memory.types import Recording
from memory.verify import verify

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
        return Contents(list(store.dump()), store.recordings(), jobs, kept)
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
    return [sys.executable, "-m", "app", verb, *rest, *fixed]


def run(
    home: Path, *arguments: str | Path, weights: Path | None, limit: int | None = None
) -> tuple[int, dict[str, Any], str]:
    """Exit status, the JSON of the last line, and what the person was told.

    ``limit`` is the size in bytes beyond which no file may grow.
    """

    def restrict() -> None:
        if limit is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        command(home, *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment(weights),
        preexec_fn=restrict if limit is not None else None,
    )
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stdout.strip().splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr


def ingest(
    home: Path, paths: Sequence[Path], *, weights: Path | None, limit: int | None = None
) -> tuple[int, dict[str, Any], str]:
    """Ingests the files, the first of which began at a known time."""
    return run(home, "ingest", *paths, *START, weights=weights, limit=limit)
