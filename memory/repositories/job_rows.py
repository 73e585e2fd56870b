"""Turns jobs into rows of their table and back, and asks files for what their rows hold."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from memory.types.jobs import Job, JobOptions, JobState
from memory.types.messages import decode_message, encode_message
from memory.types.paths import HomePaths, shown

_COLUMNS = Job.__slots__
PUT_JOB = (  # new, or in place of the one before
    f"INSERT INTO job ({', '.join(_COLUMNS)}) VALUES (:{', :'.join(_COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = :{name}' for name in _COLUMNS)}"
)


def state_of(path: str | Path) -> tuple[int, float]:
    """Size and time of change, or zeros where there is no such file."""
    try:
        stat = os.stat(path)
    except (OSError, ValueError):
        return 0, 0.0
    return stat.st_size, stat.st_mtime


def job_row(job: Job, paths: HomePaths) -> dict[str, Any]:
    """The columns of a job; options as JSON."""
    values = {name: getattr(job, name) for name in _COLUMNS}
    return values | {
        "path": paths.stored(job.path),
        "reason": shown(encode_message(job.reason)),
        "state": str(job.state),
        "options": json.dumps(asdict(job.options)),
    }


def to_job(row: sqlite3.Row, paths: HomePaths) -> Job:
    """A job from its columns."""
    values = dict(row)
    return Job(
        **values
        | {
            "path": paths.real(values["path"]),
            "state": JobState(values["state"]),
            "reason": decode_message(values["reason"]),
            "options": _options(values["options"]),
        }
    )


@lru_cache(64)  # most jobs have the same
def _options(text: str) -> JobOptions:
    return JobOptions(**json.loads(text))
