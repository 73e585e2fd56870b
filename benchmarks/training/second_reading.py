"""Fit how much the judge and a language model count on whether something answers a question.

    python -m benchmarks.training.second_reading ROWS --lives benchmarks/training/ordinary
    python -m benchmarks.training.second_reading ROWS [--save]

With --lives every question of the lives in the form of ``written/`` is asked once of a home of its
own (what stands in ROWS already is left out): kept are the judge's probability, the model's "yes",
and whether one of the three likeliest statements is a line that answers. Without, a logistic
regression on the two logits is fitted, where those that can be answered weigh 85 to 15, and asked
of the lives that it was not fitted on, a fifth at a time. The threshold is that at which the share
of right answers less that of false ones is largest. ``--save`` writes ``second_reading.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.assistant import Assistant
from benchmarks.homes.life import home_of, open_life, write_lines
from benchmarks.training.beliefs import fit
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import TrainingLine, TrainingQuestion, written_lives
from egorag.answerability.judge import logit_of
from egorag.answering.searcher import Searcher
from egorag.generation import second_reading
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from memory.types.core import Question

_FILE = Path(second_reading.__file__).with_suffix(".json")
_QUOTED = 3  # statements, one of which must answer
_ANSWERABLE = 0.85  # of the questions that people ask, by assumption, as the judge's
_FOLDS = 5
Row = dict[str, Any]


def record(options: Namespace) -> Iterator[Row]:
    """The rows of all questions that a judge reads statements for, life by life."""
    lives = written_lives(options.lives)
    done = {(row["life"], row["question"]) for row in _read(options.rows)}
    for name, lines in lives.lines.items():
        asked = [q for q in lives.questions if q.life == name and (name, q.text) not in done]
        if asked:
            assistant = _home(name, lines, asked[0].timezone, options)
            for question in asked:
                yield from _row(assistant, question, [line.at for line in lines])
            assistant.close()


def _home(name: str, lines: Sequence[TrainingLine], timezone: str, options: Namespace) -> Assistant:
    rows = [
        {"start": datetime.fromtimestamp(line.at, UTC).isoformat(), "speaker": line.speaker,
         "text": line.text}
        for line in lines
    ]  # fmt: skip
    homes = options.homes or home_of("second-reading", [], None)
    file = write_lines(homes / f"{name}.jsonl", rows)
    return open_life(homes / name, [file], model=options.model, timezone=timezone)


def _row(assistant: Assistant, asked: TrainingQuestion, starts: Sequence[float]) -> Iterator[Row]:
    chat = assistant.brains.chat()
    searcher = Searcher(load_retriever(), assistant.brains.embedder())
    plan = make_plan(Question(asked.text, asked.asked_at, asked.timezone))
    findings = searcher.find(assistant.store.as_of(asked.asked_at), plan)
    if chat is None or not second_reading.is_asked(plan, findings):
        return
    quoted = [item.unit.span.start for item in findings.scored[:_QUOTED]]
    answers = [starts[at] for at in asked.gold]
    yield {
        "life": asked.life,
        "set": asked.group,
        "question": asked.text,
        "answerable": asked.answerable,
        "right": any(abs(start - at) < 1 for start in quoted for at in answers),
        "supported": findings.verdict.supported,
        "judge": round(logit_of(findings.verdict.coverage), 4),
        "model": round(logit_of(second_reading.yes_share(chat, plan, findings)), 4),
    }


def fitted(rows: Sequence[Row]) -> NDArray[Any]:
    """The weights of judge and model, and the shift."""
    right = np.array([row["right"] for row in rows], float)
    values = np.array([[row["judge"], row["model"]] for row in rows])
    share = right.mean()
    weights: NDArray[Any] = fit(values, right)
    weights[-1] += np.log(_ANSWERABLE / (1 - _ANSWERABLE)) - np.log(share / (1 - share))
    return weights


def held_out(rows: Sequence[Row]) -> NDArray[np.float64]:
    """The probability of each row by a fit on the lives of the other folds."""
    lives = sorted({row["life"] for row in rows})
    folds = np.array([lives.index(row["life"]) % _FOLDS for row in rows])
    likely = np.zeros(len(rows))
    for fold in range(_FOLDS):
        *weights, shift = fitted([row for row, own in zip(rows, folds, strict=True) if own != fold])
        for at in np.nonzero(folds == fold)[0]:
            values = (rows[at]["judge"], rows[at]["model"])
            likely[at] = 1 / (1 + np.exp(-np.dot(weights, values) - shift))
    return likely


def best_threshold(rows: Sequence[Row], likely: NDArray[np.float64]) -> float:
    """The probability from which on the share of right answers less that of false ones is largest,
    since either counts as much."""
    right = np.array([row["right"] for row in rows])
    false = np.array([not row["answerable"] for row in rows])

    def worth(least: float) -> float:
        given = likely >= least
        return float(given[right].mean() - given[false].mean())

    return max(map(float, likely), key=worth)


def figures(rows: Sequence[Row], likely: NDArray[np.float64], threshold: float) -> dict[str, str]:
    """By set: how well what answers is told from the rest, and what is answered, before and now."""
    told = {}
    for name in sorted({row["set"] for row in rows}):
        at = np.array([row["set"] == name for row in rows])
        own = [row for row in rows if row["set"] == name]
        right = np.array([float(row["right"]) for row in own])
        no_answer = np.array([not row["answerable"] for row in own])
        before = np.array([row["supported"] for row in own])
        now = likely[at] >= threshold
        aucs = " → ".join(
            f"{separation(right, np.asarray(score)):.3f}"
            for score in ([row["judge"] for row in own], likely[at])
        )
        kept = f"right {before[right == 1].sum()} → {now[right == 1].sum()} of {int(right.sum())}"
        false = f"false {before[no_answer].sum()} → {now[no_answer].sum()} of {no_answer.sum()}"
        told[name] = f"AUC {aucs}, {kept}, {false}"
    return told


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", type=Path, help="the file of lines that are kept")
    parser.add_argument("--lives", type=Path, help="a folder of lives: their questions are asked")
    parser.add_argument("--homes", type=Path, help="where their homes are kept")
    parser.add_argument("--model", default="qwen-1.5b")
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    if options.lives:
        with options.rows.open("a", encoding="utf-8") as file:
            for row in record(options):
                print(json.dumps(row, ensure_ascii=False), file=file, flush=True)
    rows = _read(options.rows)
    likely = held_out(rows)
    threshold = best_threshold(rows, likely)
    judge, model, shift = (round(float(value), 4) for value in fitted(rows))
    known = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {"models": {}, "fitted": {}}
    weights = {"judge": judge, "model": model, "shift": shift, "threshold": round(threshold, 3)}
    about = {
        "by": "python -m benchmarks.training.second_reading ROWS --save",
        **{name: of for name, of in known["fitted"].items() if name not in ("by", "date")},
        options.model: {"questions": len(rows), **figures(rows, likely, threshold)},
    }
    models = {**known["models"], options.model: weights}
    report_fit({"models": models}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
