"""Fit what tells that a question hangs on the one before it: ``egorag/conversation/hanging.json``.

    python -m benchmarks.training.conversation.follow_ups --weights e5-small-q4.bin [--save]

Questions that follow another one (``contrast/`` files with "first") against those that stand alone:
short ones (``alone/``), the first ones, those of the written lives and other contrasts. Asked by
folds; the threshold lets two in a hundred of the short ones pass.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import egorag.conversation
from benchmarks.training.beliefs import fit
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import WRITTEN
from benchmarks.training.pair_groups import CONTRAST
from egogpt.embedders.e5 import E5Embedder
from egorag.conversation.follow_up import MARKS
from egorag.conversation.hanging import FITTED, plain

ALONE = Path(__file__).with_name("alone")
_FOLDS, _PASS = 5, 0.02
_EACH = 200  # questions that stand alone, of a file of contrasts
_SHRUNK = 0.1  # the deviation of each number of a vector, beside a ridge of 1
Floats = NDArray[np.float64]


def questions(chance: random.Random) -> tuple[list[str], list[str], list[str]]:
    """Those that follow another one, short ones that stand alone, and others that do."""
    follow, others = [], []
    for path in sorted(CONTRAST.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        follow += [row["q"] for row in rows if "first" in row]
        others += [row["first"] for row in rows if "first" in row]
        said = [row["q"] for row in rows if "first" not in row]
        others += chance.sample(said, min(len(said), _EACH))
    for path in sorted(path for path in WRITTEN.glob("*.json") if not path.match("test-*")):
        others += [asked["text"] for asked in json.loads(path.read_text("utf-8"))["questions"]]
    short = [q for path in sorted(ALONE.glob("*.txt")) for q in path.read_text("utf-8").split("\n")]
    return follow, [question for question in short if question], others


def fitted(values: Floats, hangs: Floats, counted: NDArray[np.int64]) -> tuple[Floats, float]:
    """Weights of a vector and the bias, of rows that count so often."""
    length = _SHRUNK / values.std(0)
    *weights, bias = fit(np.repeat(values * length, counted, 0), np.repeat(hangs, counted))
    return np.array(weights) * length, float(bias)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    parts = questions(random.Random(3))
    part = np.repeat(range(len(parts)), [len(some) for some in parts])
    asked = [plain(words.strip().rstrip(MARKS)) for some in parts for words in some]
    values = E5Embedder(options.weights).embed_queries(asked) * 1.0
    hangs = (part == 0) * 1.0
    counted = np.where(part == 2, 1, round(len(parts[2]) / len(parts[0]) / 2))
    fold = np.random.default_rng(1).integers(_FOLDS, size=len(asked))
    logits = np.zeros(len(asked))
    for number in range(_FOLDS):
        learned = fold != number
        weights, bias = fitted(values[learned], hangs[learned], counted[learned])
        logits[~learned] = values[~learned] @ weights + bias
    least = float(np.quantile(logits[part == 1], 1 - _PASS))
    weights, bias = fitted(values, hangs, counted)
    about = {
        "by": "python -m benchmarks.training.conversation.follow_ups --save",
        "held out": {
            "auc": round(separation(hangs[part != 2], logits[part != 2]), 3),
            "taken": [round(float((logits[part == n] >= least).mean()), 3) for n in range(3)],
            "n": [len(some) for some in parts],
        },
    }
    numbers = [round(float(one), 3) for one in weights]
    file = Path(egorag.conversation.__path__[0]) / FITTED if options.save else None
    report_fit({"weights": numbers, "bias": round(bias - least, 3)}, about, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
