"""How well tasks are read from sentences, and closed by later ones, by labels of a person.

    python -m benchmarks.training.tasks [--list] [--most SHARE]

``datasets/task_lines.tsv`` has sentences that take something on or do not, ``task_deeds.tsv`` tasks
with a later sentence that tells of their being done or of something near. Half of them, by their
hash, is "tuned" on; the other is "held out". ``--list`` prints what is misread, ``--most`` tries
another `completion.MOST`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from egorag.tasks import completion
from egorag.tasks.commitments import commitments

_DATASETS = Path(__file__).parents[1] / "datasets"


def rows(name: str) -> Iterator[tuple[str, list[str]]]:
    """The half and the fields of each row of a data set."""
    for line in (_DATASETS / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            odd = hashlib.sha256(line.encode()).digest()[0] % 2
            yield "held out" if odd else "tuned", line.split("\t")


def read_as(sentence: str) -> str:
    """Who is to do something by a sentence: "own", "asked", "due"; "no" where nobody is."""
    return next((found.by for found in commitments(sentence)), "no")


def closed_by(task: str, deed: str) -> str:
    """Whether a task is "done" by a later sentence or "open"."""
    return (
        "done" if any(completion.tells_done(found, deed) for found in commitments(task)) else "open"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="what is misread")
    parser.add_argument("--most", type=float, default=completion.MOST, metavar="SHARE")
    options = parser.parse_args(arguments)
    completion.MOST = options.most
    right, all_ = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for name, read in (("task_lines", read_as), ("task_deeds", closed_by)):
        for half, (language, label, *sentences) in rows(f"{name}.tsv"):
            got = read(*sentences)
            of = label if name == "task_deeds" else "no" if label == "no" else "task"
            for key in ((name, half, language), (name, half, of), (name, half, "all")):
                all_[key] += 1
                right[key] += got == label
            if options.list and got != label:
                print(f"{half:9} {label:5} read as {got:5} {' | '.join(sentences)}")
    print(json.dumps({" ".join(key): f"{right[key]}/{n}" for key, n in all_.items()}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
