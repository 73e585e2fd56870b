"""Starts many short-lived egobutler processes: everything is imported once, then it forks.

Reads command lines as JSON lists from standard input, one a line, and prints the child's number.
"""

from __future__ import annotations

import json
import os
import sys

import app.assistant
import app.cli
import ingest.detectors.sounds


def main() -> None:
    """Forks a child per line; ends with its input."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.setsid()
            quiet = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(quiet, stream)
            os._exit(app.cli.main(json.loads(line)))
        print(child, flush=True)
        os.waitpid(child, 0)
        print("over", flush=True)


if __name__ == "__main__":
    assert app.assistant
    assert ingest.detectors.sounds
    main()
