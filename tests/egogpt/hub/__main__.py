"""Serve the tiny checkpoints to a person who tries what fetching and its mishaps look like.

    python -m tests.egogpt.hub --port 8765 --folder /tmp/checkpoints
    export HF_ENDPOINT=http://127.0.0.1:8765 HF_HUB_CACHE=/tmp/hub EGOBUTLER_HOME=/tmp/home
    export EGOBUTLER_WEIGHTS=/tmp/weights
    egobutler models fetch qwen-omni:Qwen/Qwen2.5-Omni-3B
    egobutler ingest walk.mp4 --captioner qwen-omni:Qwen/Qwen2.5-Omni-3B --explain
    egobutler import day.jsonl
    egobutler ask "what was said on 3 March 2026?" --json --explain \\
        --reading long:qwen-omni:Qwen/Qwen2.5-Omni-3B

The second explains with QuoTA and VAR; the last one under "reading" with the attention, which is
sparse where more than 4,096 tokens were said that day (day.jsonl: a hundred lines of start, end,
text and speaker). The folders keep tiny models from lying among real ones.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

from tests.egogpt.hub.server import Trouble
from tests.egogpt.hub.shelf import PICTURES, SEEING, shelf


def main() -> None:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.egogpt.hub",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--folder", type=Path, help="where checkpoints are made and stay")
    parser.add_argument("--cut", metavar="FILE=BYTES", action="append", default=[])
    parser.add_argument("--status", metavar="FILE_OR_NAME=CODE", action="append", default=[])
    parser.add_argument("--wrong", metavar="FILE", action="append", default=[])
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before every 64 KB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        hub = shelf(options.folder or Path(made))
        hub.trouble = Trouble(
            _numbers(options.cut), _numbers(options.status), set(options.wrong), options.pause
        )
        with hub.running(options.port):
            names = [*SEEING, *PICTURES, "small (speech)"]
            print(f"HF_ENDPOINT={hub.url}", *names, sep="\n  ", flush=True)
            threading.Event().wait()


def _numbers(pairs: list[str]) -> dict[str, int]:
    return {name: int(value) for name, _, value in (pair.rpartition("=") for pair in pairs)}


if __name__ == "__main__":
    main()
