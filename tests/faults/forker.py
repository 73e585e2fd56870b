"""Starts many short-lived egobutler processes: everything is imported once, then it forks.

Reads what is to be run as JSON objects from standard input, one a line: ``arguments``, and where
there is a need ``environment``, ``folder``, ``limit`` (bytes beyond which no file may grow),
``stdout`` and ``stderr`` (files). Prints the child's number, and its exit status at the end.
Backups of the children are locked so that to open them takes no time.
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
from memory.backup.encryption import BackupKey
from tests.memory.cheap_keys import cheap_key


def main() -> None:
    """Forks a child per line; ends with its input."""
    BackupKey.make = cheap_key
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
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    for number, stream in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(asked.get(stream, os.devnull), os.O_WRONLY | os.O_CREAT), number)
    os.environ.update(asked.get("environment", {}))
    os.chdir(asked.get("folder", "."))
    if limit := asked.get("limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        status = app.commands.main.main(asked["arguments"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    assert app.assistant
    assert ingest.vision.detectors.sound_events
    main()
