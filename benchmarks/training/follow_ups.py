"""Fit what tells that a question hangs on the one before it: ``egorag/conversation/hanging.json``.

    python -m benchmarks.training.follow_ups --weights e5-small-q4.bin [--save]

Questions that follow another one (``contrast/`` files with "first") against those that stand alone:
the first ones, those of the written lives and other contrasts, each after any other of its
language. Asked by folds; the threshold lets three in a hundred of the others pass.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import egorag.conversation
from benchmarks.training.beliefs import fit
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import WRITTEN
from benchmarks.training.pair_groups import CONTRAST
from egogpt.embedders.e5 import E5Embedder
from egorag.conversation.follow_up import MARKS, points_back
from egorag.conversation.hanging import FITTED, plain
from egorag.language.language import language_of
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Turn

_NOW = 1_762_800_000.0
_FOLDS, _PASS = 5, 0.03
_EACH = 400  # questions that stand alone, of a file of contrasts or the lives
_SHRUNK, _POINTS = 0.1, 0.3  # how long the features are, beside a ridge of 1
Asked = tuple[str, str, bool]  # the question before, the question, whether it hangs on it


def questions(chance: random.Random) -> list[Asked]:
    """What is learned from."""
    rows = {
        path: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(CONTRAST.glob("*.jsonl"))
    }
    every = [row for some in rows.values() for row in some]
    follow = [(row["first"], row["q"], True) for row in every if "first" in row]
    alone = [first for first, _, _ in follow]
    for path in sorted(path for path in WRITTEN.glob("*.json") if not path.match("test-*")):
        alone += [asked["text"] for asked in json.loads(path.read_text("utf-8"))["questions"]]
    for some in rows.values():
        said = [row["q"] for row in some if "first" not in row]
        alone += chance.sample(said, min(len(said), _EACH // 2))
    by_language: dict[str, list[str]] = {}
    for question in alone:
        by_language.setdefault(language_of(question).code, []).append(question)
    others = [(chance.choice(by_language[language_of(q).code]), q, False) for q in alone]
    return [*follow, *others]


def features(asked: Sequence[Asked], encoder: E5Embedder) -> NDArray[np.float64]:
    """Of each the question's vector (384,), and whether it points back by its words."""
    local = LocalTime.of(_NOW, "UTC")
    words = [question.strip().rstrip(MARKS) for _, question, _ in asked]
    back = [points_back(w, Turn(first, _NOW), local) for w, (first, *_) in zip(words, asked)]
    return np.column_stack([encoder.embed_queries([plain(w) for w in words]), back])


def fitted(
    values: NDArray[np.float64], hangs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Weights of the features and the bias, each side counting as much."""
    length = np.r_[_SHRUNK / values[:, :-1].std(0), _POINTS]
    often = np.where(hangs > 0, round((hangs == 0).sum() / hangs.sum()), 1)
    *weights, bias = fit(np.repeat(values * length, often, 0), np.repeat(hangs, often))
    return np.array(weights) * length, float(bias)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    asked = questions(random.Random(3))
    values = features(asked, E5Embedder(options.weights))
    hangs = np.array([one[2] for one in asked], float)
    fold = np.random.default_rng(1).integers(_FOLDS, size=len(asked))
    logits = np.zeros(len(asked))
    for number in range(_FOLDS):
        weights, bias = fitted(values[fold != number], hangs[fold != number])
        logits[fold == number] = values[fold == number] @ weights + bias
    least = float(np.quantile(logits[hangs == 0], 1 - _PASS))
    weights, bias = fitted(values, hangs)
    about: dict[str, Any] = {
        "by": "python -m benchmarks.training.follow_ups --weights e5-small-q4.bin --save",
        "held out": {
            "auc": round(separation(hangs, logits), 3),
            "known": round(float((logits[hangs == 1] >= least).mean()), 3),
            "by words": [round(float(values[hangs == side, -1].mean()), 3) for side in (1, 0)],
            "n": [int(hangs.sum()), int((1 - hangs).sum())],
        },
    }
    *of_vector, pointing = (round(float(one), 3) for one in weights)
    found: dict[str, Any] = {"weights": of_vector, "points_back": pointing, "bias": round(bias - least, 3)}
    file = Path(egorag.conversation.__path__[0]) / FITTED if options.save else None
    report_fit(found, about, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
