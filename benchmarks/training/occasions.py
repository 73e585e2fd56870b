"""Fit what tells of one occasion of what it is asked how often it was done.

    python -m benchmarks.training.occasions --weights e5-small-q4.bin [--save]

The questions of ``counting/weighing/`` (the reader learned from other lives) are read with every
line of the days that they mean, and as if those who say little had said only a few of these; a
logistic regression weighs the features of ``egorag.answerability.occasions``, fitted on all lives
but one and asked of that one. The threshold is that at which the most questions are counted
exactly, a number that is too low being worth half of that, of those at which five of a hundred
questions at most are told one that is too high, where fifteen of these have no occasion at all.
``--save`` writes what the product reads.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets.counting_data import CountingLife, CountingQuestion, read_counting
from benchmarks.training.beliefs import fit
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from egogpt.embedders.e5 import E5Embedder
from egorag.answerability import occasions
from egorag.answerability.occasions import (
    FITTED,
    HowOften,
    OccasionReader,
    OccasionWeights,
    beside_most,
)
from egorag.answerability.packing import Floats
from egorag.answerability.pool import Statement
from egorag.answerability.statement_reader import StatementReader
from egorag.evidence.time_match import day_told
from egorag.question.plan import make_plan
from memory.types.core import Question, Span

COUNTING = Path(__file__).with_name("counting")
_FILE = Path(occasions.__file__).with_name(FITTED)
_ZONE = "UTC"
_CODES = ("de", "en", "zh")
_SECONDS = 8.0  # that a line is taken to last
_ANSWERABLE, _FALSE = 0.85, 0.05  # of the questions that people ask, by assumption; of all
_FEW = range(5, 20)  # lines that tell of no occasion, where little was said
_LEAST = tuple(n / 20 for n in range(4, 20))  # thresholds


@dataclass(frozen=True)
class CountingRow:
    """A question: the features (n, 8) of the lines that are read, the day of each, and which tell
    of it; ``few`` where these are all that was said."""

    life: str
    question: CountingQuestion
    features: Floats
    days: tuple[Any, ...]
    telling: NDArray[np.bool_]
    few: bool = False

    @property
    def number(self) -> int:
        """On how many occasions it was done."""
        return len(self.question.occasions)


def rows_of(lives: Sequence[CountingLife], encoder: E5Embedder) -> list[CountingRow]:
    """All questions for a number or a length, with what the reader says of the lines."""
    reader = OccasionReader.over(encoder, StatementReader.over(encoder))
    assert reader is not None
    rows = [_row(life, one, reader) for life in lives for one in life.questions]
    chance = random.Random(3)
    return [*rows, *(_of_few_lines(row, chance) for row in rows)]


def _of_few_lines(row: CountingRow, chance: random.Random) -> CountingRow:
    telling, others = (np.flatnonzero(row.telling == tells).tolist() for tells in (True, False))
    few = chance.sample(others, min(chance.choice(_FEW), len(others)))
    kept = sorted((*telling, *few))
    features = beside_most(row.features[kept])
    return replace(row, features=features, days=tuple(row.days[n] for n in kept),
                   telling=row.telling[kept], few=True)  # fmt: skip


def _row(life: CountingLife, asked: CountingQuestion, reader: OccasionReader) -> CountingRow:
    plan = make_plan(Question(asked.text, asked.asked_at, _ZONE))
    days = [
        day_told(line.text, Span(line.start, line.start + _SECONDS), plan.local)
        for line in life.lines
    ]
    chosen = [
        at
        for at, line in enumerate(life.lines)
        if line.start <= asked.asked_at and asked.first <= days[at] <= asked.last
    ]
    said = [life.lines[at] for at in chosen]
    statements = [Statement(one.text, one.speaker, one.start, 0.0, 0.0) for one in said]
    how_often = HowOften(plan.query, plan.language.table("question")["anything"])
    read, features = reader.features(how_often, statements)
    chosen = [chosen[at] for at in read]
    telling = np.array([at in asked.telling for at in chosen])
    return CountingRow(life.name, asked, features, tuple(days[at] for at in chosen), telling)


def fitted(rows: Sequence[CountingRow]) -> NDArray[np.float64]:
    """The weights of the features, and the shift."""
    values = np.concatenate([row.features for row in rows])
    return np.asarray(fit(values, np.concatenate([row.telling for row in rows]).astype(float)))


def held_out(rows: Sequence[CountingRow]) -> list[NDArray[np.float64]]:
    """The probability of each line of each row by a fit on the other lives."""
    by_life = {
        life: fitted([row for row in rows if row.life != life]) for life in {r.life for r in rows}
    }
    return [likely(row, by_life[row.life]) for row in rows]


def likely(row: CountingRow, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of each line."""
    probability: NDArray[np.float64] = 1 / (1 + np.exp(-row.features @ weights[:-1] - weights[-1]))
    return probability


def counted(row: CountingRow, lines: NDArray[np.float64], threshold: float) -> int:
    """On how many days lines tell of it."""
    return len({day for day, line in zip(row.days, lines, strict=True) if line >= threshold})


def outcomes(
    rows: Sequence[CountingRow], lines: Sequence[NDArray[np.float64]], threshold: float
) -> dict[str, float]:
    """The shares of questions with an occasion that are counted exactly, too low, too high or not
    at all, and of those without any that are told a number."""
    pairs = [(counted(row, one, threshold), row.number) for row, one in zip(rows, lines)]
    some = [(number, right) for number, right in pairs if right]
    none = [number for number, right in pairs if not right]
    shares = {
        "exact": np.mean([number == right for number, right in some]),
        "low": np.mean([0 < number < right for number, right in some]),
        "high": np.mean([number > right for number, right in some]),
        "missed": np.mean([number == 0 for number, _ in some]),
        "invented": np.mean([number > 0 for number in none]),
    }
    return {name: round(float(share), 3) for name, share in shares.items()}


def false_share(shares: dict[str, float]) -> float:
    """The share of all questions that are told a number that is too high."""
    return _ANSWERABLE * shares["high"] + (1 - _ANSWERABLE) * shares["invented"]


def threshold_of(rows: Sequence[CountingRow], lines: Sequence[NDArray[np.float64]]) -> float:
    """The least probability of a line that is counted."""
    shares = {least: outcomes(rows, lines, least) for least in _LEAST}
    allowed = [least for least in _LEAST if false_share(shares[least]) <= _FALSE]
    return max(allowed, key=lambda least: shares[least]["exact"] + shares[least]["low"] / 2)


def report(rows: Sequence[CountingRow], lines: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """The AUC of lines, and at the threshold the outcomes by language, of every line, and where
    few are said."""
    right = np.concatenate([row.telling for row in rows]).astype(float)
    threshold = threshold_of(rows, lines)
    groups = {code: [row.life.startswith(code) and not row.few for row in rows] for code in _CODES}
    groups |= {"every line": [not row.few for row in rows], "few lines": [row.few for row in rows]}
    by_group = {
        name: outcomes(
            [row for row, chosen in zip(rows, which, strict=True) if chosen],
            [one for one, chosen in zip(lines, which, strict=True) if chosen],
            threshold,
        )
        for name, which in groups.items()
    }
    auc = round(separation(right, np.concatenate(lines)), 3)
    return {"auc": auc, "threshold": threshold, **by_group}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    rows = rows_of(read_counting(COUNTING / "weighing"), E5Embedder(options.weights))
    lines = held_out(rows)
    weights = [round(float(weight), 4) for weight in fitted(rows)]
    values = OccasionWeights(tuple(weights[:-1]), weights[-1], threshold_of(rows, lines))
    about = {"held_out": report(rows, lines), "questions": len(rows)}
    report_fit({"weights": asdict(values)}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
