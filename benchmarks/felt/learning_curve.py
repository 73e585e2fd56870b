"""Learning curves of how talks felt: what 10 to 200 marks teach, by each learner.

    python -m benchmarks.felt.learning_curve --meld DIR --mams DIR --json

``--meld`` holds ``train_sent_emo.csv``, ``dev_…`` and ``test_…``, ``--mams`` ``train.xml`` and
``test.xml`` of MAMS-ATSA; neither is part of this project. Marks are drawn anew for each seed from
the training part; macro F1 and balanced accuracy are of the test part. "let through" is how often
``judging.py`` would use marks that are shuffled, and as they are, and "judged" the balanced
accuracy of what it then judges.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from benchmarks.felt.examples import LABELS, Example, centre, encode, mams, meld
from benchmarks.felt.judging import judge
from benchmarks.felt.learners import (
    AttentionLearner,
    LogisticLearner,
    RidgeLearner,
    labels_of,
)
from benchmarks.scoring.qa import Say
from egogpt.embedders.e5 import E5Embedder
from egogpt.weights.store import WeightStore

SIZES = (10, 20, 50, 100, 200)
Predict = Callable[[Sequence[Example], Sequence[Example]], NDArray[np.int64]]
Parts = tuple[list[Example], list[Example]]  # to learn from, to test


@dataclass(frozen=True, slots=True)
class Score:
    """Macro F1 and balanced accuracy, in percent, means over seeds, with standard errors of F1."""

    f1: float
    error: float
    balanced: float


def learners(seed: int) -> Mapping[str, Predict]:
    """What is compared; the settings were chosen on the development parts."""
    return {
        "ridge": RidgeLearner().predict,
        "logistic": LogisticLearner().predict,
        "attention": AttentionLearner(seed=seed).predict,
        "PSSA": AttentionLearner(pull=0.5, seed=seed).predict,
    }


def f1_and_balanced(labels: NDArray[np.int64], predicted: NDArray[np.int64]) -> tuple[float, float]:
    """Macro F1 and balanced accuracy over the labels."""
    right = [((labels == kind) & (predicted == kind)).sum() for kind in range(len(LABELS))]
    real = [(labels == kind).sum() for kind in range(len(LABELS))]
    guessed = [(predicted == kind).sum() for kind in range(len(LABELS))]
    f1 = fmean(2 * hit / max(1, a + b) for hit, a, b in zip(right, real, guessed))
    return 100 * f1, 100 * fmean(hit / max(1, a) for hit, a in zip(right, real))


def curve(parts: Parts, sizes: Sequence[int], seeds: int) -> dict[str, dict[int, Score]]:
    """Scores of each learner by number of marks."""
    pool, test = parts
    rows: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for seed in range(seeds):
        drawn = random.Random(seed).sample(pool, min(len(pool), max(sizes)))
        for name, predict in learners(seed).items():
            for size in sizes:
                scores = f1_and_balanced(labels_of(test), predict(drawn[:size], test))
                rows.setdefault(name, {}).setdefault(size, []).append(scores)
    return {
        name: {size: _score(values) for size, values in by_size.items()}
        for name, by_size in rows.items()
    }


def _score(values: Sequence[tuple[float, float]]) -> Score:
    f1 = [value for value, _ in values]
    error = stdev(f1) / len(f1) ** 0.5 if len(f1) > 1 else 0.0
    return Score(round(fmean(f1), 1), round(error, 1), round(fmean(b for _, b in values), 1))


@dataclass(frozen=True, slots=True)
class Gate:
    """Shares of draws that the product would use, shuffled and not, and how well it then does."""

    shuffled: float
    real: float
    judged: float | None


def gate(pool: Sequence[Example], size: int, draws: int, talks: int = 300) -> Gate:
    """What the margin of the product lets through, in homes of so many talks."""
    chance, passed, balanced = random.Random(size), {True: 0, False: 0}, []
    for _ in range(draws):
        home = chance.sample(pool, min(talks, len(pool)))
        inputs, ids = np.stack([one.mean for one in home]), [str(n) for n in range(len(home))]
        labels = labels_of(home) - 1
        for shuffled in (True, False):
            marked = list(labels[:size])
            if shuffled:
                chance.shuffle(marked)
            judged = judge(inputs, ids, dict(zip(ids, map(int, marked)))).felt
            passed[shuffled] += bool(judged)
            if judged and not shuffled:
                given = np.array([judged[name] for name in ids[size:]])
                balanced.append(f1_and_balanced(labels[size:] + 1, given + 1)[1])
    mean = round(fmean(balanced), 1) if balanced else None
    return Gate(passed[True] / draws, passed[False] / draws, mean)


def read(options: argparse.Namespace) -> dict[str, Parts]:
    """The sets that were named, encoded and moved to the mean of their training part."""
    e5, sets = E5Embedder.load("e5", WeightStore()), {}
    if options.meld:
        files = [options.meld / f"{part}_sent_emo.csv" for part in ("train", "test")]
        sets["talks"] = [meld(file, False) for file in files]
        sets["speakers of talks"] = [meld(file, True) for file in files]
    if options.mams:
        sets["terms of reviews"] = [
            mams(options.mams / f"{part}.xml") for part in ("train", "test")
        ]
    chosen = [
        (name, [random.Random(0).sample(rows, min(len(rows), options.most)) for rows in parts])
        for name, parts in sets.items()
    ]
    return {name: centred(*(encode(e5, rows) for rows in parts)) for name, parts in chosen}


def centred(pool: Sequence[Example], test: Sequence[Example]) -> Parts:
    """Both moved to the mean of the states of ``pool``, and to a mean length of one."""
    states = np.concatenate([one.states for one in pool])
    origin = states.mean(axis=0)
    scale = float(np.linalg.norm(states - origin, axis=1).mean())
    return centre(pool, origin, scale), centre(test, origin, scale)


def main(arguments: Sequence[str] | None = None, say: Say = print) -> None:
    """Print the curves, and with ``--json`` a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meld", type=Path)
    parser.add_argument("--mams", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--draws", type=int, default=200, help="of the margin, of each size")
    parser.add_argument("--most", type=int, default=800, help="examples of a part")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    report: dict[str, object] = {}
    for name, parts in read(options).items():
        scores = curve(parts, options.sizes, options.seeds)
        say(f"{name}: {len(parts[0])} to draw marks from, {len(parts[1])} to test")
        for learner, row in scores.items():
            cells = "  ".join(f"{one.f1:5.1f} ±{one.error:3.1f}" for one in row.values())
            say(f"  {learner:<10} {cells}")
        report[name] = {
            learner: {size: (one.f1, one.error, one.balanced) for size, one in row.items()}
            for learner, row in scores.items()
        }
        if name == "talks":
            for size in options.sizes:
                let = gate(parts[0], size, options.draws)
                shares = f"{let.shuffled:.1%} shuffled, {let.real:.1%} real"
                say(f"  {size} marks: {shares} let through, judged {let.judged}")
    if options.json:
        say(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
