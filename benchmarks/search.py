"""Time answers from lives of a day to a year, up to the wording of an answer.

    python -m benchmarks.search --sizes 10000,100000,700000 --home FOLDER

Lives are made up and the same at every run (``benchmarks/homes/long_lives.py``); each is built
once into FOLDER and used again. Questions go the real way: plan, retrieve, read, judge. The
vectors and the embedder are made up: what is measured is speed, memory, and recall of the index
against comparing everything; nothing is said about how good answers are. Times are per question,
in wall clock and in processor time; each size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scoring.measuring import run_apart

SIZES = (10_000, 100_000, 700_000)
_ROWS = (
    ("clips", "clips", "{:,.0f}"),
    ("a question, median (ms)", "all.wall_p50", "{:.0f}"),
    ("a question, 95th percentile (ms)", "all.wall_p95", "{:.0f}"),
    ("… in processor time, median (ms)", "all.cpu_p50", "{:.0f}"),
    ("… in processor time, 95th percentile (ms)", "all.cpu_p95", "{:.0f}"),
    ("without the embedder, median (ms)", "without.wall_p50", "{:.0f}"),
    ("without the embedder, 95th percentile (ms)", "without.wall_p95", "{:.0f}"),
    ("… in processor time, median (ms)", "without.cpu_p50", "{:.0f}"),
    ("… in processor time, 95th percentile (ms)", "without.cpu_p95", "{:.0f}"),
    ("planning (ms, median / 95th)", "plan", "stage"),
    ("what is covered", "coverage", "stage"),
    ("by words", "words", "stage"),
    ("by meaning", "meaning", "stage"),
    ("retrieving and reading in all", "retrieve", "stage"),
    ("to the evidence cards", "first", "stage"),
    ("judging and scoring", "judge", "stage"),
    ("of these, in the embedder", "model", "stage"),
    ("opening the home (ms)", "open_ms", "{:.0f}"),
    ("loading the index (ms)", "index_ms", "{:.0f}"),
    ("the first question (ms)", "first_ms", "{:.0f}"),
    ("memory of the index (MB)", "index_mb", "{:.0f}"),
    ("… its own bytes (MB)", "index_bytes_mb", "{:.0f}"),
    ("the home on disk (MB)", "home_mb", "{:.0f}"),
    ("recall of the index at 10", "recall_10", "{:.3f}"),
    ("… at 100", "recall_100", "{:.3f}"),
    ("recall of the best 10 against scoring everything", "recall_all", "{:.3f}"),
)


def table(runs: Sequence[dict[str, Any]]) -> str:
    """A line per figure, a column per size."""
    lines = []
    for name, key, form in _ROWS:
        cells = [_cell(one, key, form) for one in runs]
        lines.append(f"{name:50}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def _cell(run: dict[str, Any], key: str, form: str) -> str:
    if form == "stage":
        stage = run["stages"][key]
        return f"{stage['wall_p50']:.0f} / {stage['wall_p95']:.0f}"
    first, _, second = key.partition(".")
    value = run["stages"][first][second] if second else run[first]
    return "-" if value is None else form.format(value)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="clips, by commas")
    parser.add_argument("--home", type=Path, help="where the lives are kept for the next run")
    parser.add_argument("--exhaustive", type=int, default=12, help="questions scored in full")
    parser.add_argument("--questions", type=int, default=120, help="how many are put, 120 at most")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.home or Path(scratch)
        found = [
            run_apart(
                "benchmarks.homes.one_search",
                [str(folder), size, str(options.exhaustive), str(options.questions)],
            )
            for size in options.sizes.split(",")
        ]
    if not options.json:
        say(table(found))
    say(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
