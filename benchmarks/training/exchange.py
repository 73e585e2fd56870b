"""Fit which line of an exchange completes a statement: ``egorag/answerability/exchange.json``.

    python -m benchmarks.training.exchange --weights e5-small-q4.bin --cache CACHE --save

Over questions of the written lives that are learned from: all that several lines near each other
answer, and as many that one line does. The judge's best statement is read again with each line
beside it; a logistic regression tells from what that does whether the line answers, too. Figures
are of four folds of lives, each by the fit of the others.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.training.examples import Example, make_examples
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import Lives, TrainingLine, TrainingQuestion, written_lives
from egogpt.embedders.e5 import E5Embedder
from egorag.answerability import exchange
from egorag.answerability.exchange import PAUSE, REACH, Beside
from egorag.answerability.judge import AnswerabilityJudge, PoolReading
from egorag.answerability.packing import beginning
from egorag.answerability.pool import Statement

_FILE = Path(exchange.__file__).with_suffix(".json")
_FOLDS, _SEED, _DECAY = 4, 5, 0.5
_APART = 4  # lines between the first and the last of an exchange that answers
_LEAST = 0.45  # probability from which on a line completes
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """A line beside the best statement, and whether it answers the question."""

    life: str
    beside: Beside
    answers: bool


def chosen(lives: Lives) -> list[TrainingQuestion]:
    """The questions that are learned from."""
    answered = [q for q in lives.questions if q.half == "dev" and q.gold]
    several = [q for q in answered if len(q.gold) > 1 and max(q.gold) - min(q.gold) <= _APART]
    single = [q for q in answered if len(q.gold) == 1]
    return several + random.Random(_SEED).sample(single, len(several))


def rows(weights: Path, cache: Path) -> Iterator[Row]:
    """The lines beside the best statement of each question."""
    encoder, lives = E5Embedder(weights), written_lives()
    judge = AnswerabilityJudge(encoder)
    lives.questions = chosen(lives)
    for example in make_examples(lives, encoder, cache / "vectors"):
        yield from _rows(judge, example, lives.lines[example.question.life])


def _rows(
    judge: AnswerabilityJudge, example: Example, lines: Sequence[TrainingLine]
) -> Iterator[Row]:
    question, pool = example.question, example.pool
    asked = judge.encoder.token_states([question.text], "query")[0]
    states = judge.encoder.token_states([beginning(s.phrase) for s in pool.statements])
    reading = PoolReading(judge, question.text, asked, pool, tuple(states))
    row = int(reading.outputs.scores[0].argmax())
    best = pool.statements[row]
    at = next(n for n, line in enumerate(lines) if (line.at, line.text) == (best.start, best.text))
    for near in range(max(0, at - REACH), min(len(lines), at + REACH + 1)):
        between = lines[min(at, near) : max(at, near) + 1]
        if near == at or any(b.at - a.at > PAUSE for a, b in pairwise(between)):
            continue
        line = Statement(lines[near].text, lines[near].speaker, lines[near].at, 0.0, 0.0)
        yield Row(question.life, reading.beside(row, line, near > at), near in question.gold)


def fitted(among: Sequence[Row]) -> Floats:
    """The weights of a logistic regression."""
    values, answers = _values(among), np.array([float(row.answers) for row in among])

    def loss(weights: Floats) -> float:
        logits = values @ weights
        fit = np.logaddexp(0, logits) - answers * logits
        return float(fit.sum() + _DECAY * np.square(weights[:-1]).sum())

    best: Floats = minimize(loss, np.zeros(values.shape[1])).x
    return best


def _values(among: Sequence[Row]) -> Floats:
    return np.array([list(row.beside.values().values()) for row in among])


def figures(among: Sequence[Row]) -> dict[str, Any]:
    """Precision and recall of each fold's lines by the fit of the others."""
    lives = sorted({row.life for row in among})
    right = told = 0
    for fold in range(_FOLDS):
        own = [row for row in among if lives.index(row.life) % _FOLDS == fold]
        weights = fitted([row for row in among if lives.index(row.life) % _FOLDS != fold])
        completes = 1 / (1 + np.exp(-_values(own) @ weights)) >= _LEAST
        told += int(completes.sum())
        right += sum(row.answers for row, yes in zip(own, completes) if yes)
    answers = sum(row.answers for row in among)
    return {"lines": len(among), "answer": answers, "told": told, "right": right}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--cache", type=Path, default=Path("answerability-cache"))
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    found = list(rows(options.weights, options.cache))
    names = found[0].beside.values()
    weights = {name: round(float(w), 2) for name, w in zip(names, fitted(found))}
    about = {"by": "python -m benchmarks.training.exchange --save", "folds": figures(found)}
    report_fit({"weights": weights, "least": _LEAST}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
