"""Starts many short-lived egobutler processes: everything is imported once, then it forks.

Reads what is to be run as JSON objects from standard input, one a line: ``arguments``, and where
there is a need ``environment``, ``folder``, ``limit`` (bytes beyond which no file may grow),
``clips`` (of a block), ``twice`` (another process does the same beside it) and ``stderr`` (a
file). Prints the child's number, and its exit status at the end.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from typing import Any

import app.assistant
import app.commands.main
import ingest.vision.detectors.sound_events
from ingest.stages import pipeline


def main() -> None:
    """Forks a child per line; ends with its input."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_be(json.loads(line)))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be(asked: dict[str, Any]) -> int:
    """Does in the child what ``python -m app`` does, and ends as it does."""
    os.setsid()
    for number, place in enumerate((os.devnull, os.devnull, asked.get("stderr", os.devnull))):
        os.dup2(os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    os.environ.update(asked.get("environment", {}))
    os.chdir(asked.get("folder", "."))
    pipeline.CLIPS_PER_BLOCK = asked.get("clips", pipeline.CLIPS_PER_BLOCK)
    if limit := asked.get("limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    twin = os.fork() if asked.get("twice") else 0
    try:
        status = app.commands.main.main(asked["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if twin:
        status |= os.waitstatus_to_exitcode(os.waitpid(twin, 0)[1])
    return status


if __name__ == "__main__":
    assert app.assistant
    assert ingest.vision.detectors.sound_events
    main()
