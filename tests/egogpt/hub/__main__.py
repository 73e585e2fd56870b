"""Serve the tiny checkpoints to a person who tries what fetching and its mishaps look like.

    python -m tests.egogpt.hub --port 8765
    HF_ENDPOINT=http://127.0.0.1:8765 egobutler models fetch qwen-vl:Qwen/Qwen2.5-VL-3B-Instruct
    HF_ENDPOINT=… egobutler ingest walk.mp4 --captioner qwen-vl:Qwen/Qwen2.5-VL-3B-Instruct

Give HF_HUB_CACHE a folder of its own, so that tiny models do not lie among real ones.
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
    parser = argparse.ArgumentParser(prog="python -m tests.egogpt.hub", description=__doc__)
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
