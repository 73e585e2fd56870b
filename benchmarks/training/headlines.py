"""Fit what must speak for a model's short answer to be said: ``headline.json``.

    python -m benchmarks.training.headlines ROWS --everyday DIR --locomo FILE --lifebench DIR
    python -m benchmarks.training.headlines ROWS [--save]

With data sets every question is asked once (what stands in ROWS already is left out), and each
sentence that a small model writes and its check lets through is kept with what speaks for it
(``egorag/generation/backing.py``). Without, a logistic regression of being right is fitted, and
each half of the questions judged by that of the other one; more lives in the form of ``everyday``
are asked by further calls with the same ROWS. Where what is right is told by few of
many words (LoCoMo) or is whole paragraphs (LifeBench), rows are reported, and not fitted on.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from app.assistant import Assistant
from benchmarks.datasets import everyday_data, lifebench_data, locomo_data
from benchmarks.everyday import open_set
from benchmarks.lifebench import gold_words, open_person, sample
from benchmarks.locomo import answer_f1, open_conversation
from benchmarks.locomo import sample as sample_locomo
from benchmarks.scoring.halves import HALVES, half_of
from benchmarks.training.beliefs import fit
from benchmarks.training.fitted_report import report_fit
from egorag.evidence.findings import Findings
from egorag.generation import generative
from egorag.generation.backing import OTHERS, Backing, Reread, Weights, backing, weights_for
from egorag.question.plan import Plan
from egorag.wording.draft import Draft

_FILE = Path(generative.__file__).with_name("headline.json")
_RIGHT = 0.4  # token F1, or share of the words, of a right answer
_REPORTED = ("locomo", "lifebench")
_NO_ANSWER = ("none", "adversarial", "unanswerable", "wrong_life")
_PERSON, _LIMIT = "leimingxuan", 40
Row = dict[str, Any]
Asked = tuple[str, str, float, Callable[[str], bool]]  # a text, its kind, its time, what is right


def everyday(options: Namespace) -> Iterator[tuple[Assistant, list[Asked]]]:
    """The set's home and its questions, but for those that follow others."""
    questions = everyday_data.read_questions(options.everyday)
    yield (
        open_set(options.everyday, options),
        [(q.text, q.kind, q.asked_at, _matching(q)) for q in questions if not q.after],
    )


def _matching(asked: everyday_data.EverydayQuestion) -> Callable[[str], bool]:
    def right(reply: str) -> bool:
        def met(pattern: str) -> bool:
            return re.search(pattern, reply, re.IGNORECASE) is not None

        wanted = all(map(met, asked.all)) and (not asked.any or any(map(met, asked.any)))
        return wanted and not any(map(met, asked.denied))

    return right


def locomo(options: Namespace) -> Iterator[tuple[Assistant, list[Asked]]]:
    """Each conversation's home and its part of 300 questions."""
    conversations = locomo_data.read_conversations(options.locomo)
    chosen = {q.id for q in sample_locomo([q for c in conversations for q in c.questions], 300)}
    for one in conversations:
        asked = [q for q in one.questions if q.id in chosen]
        yield (
            open_conversation(one, Namespace(**{**vars(options), "home": None})),
            [
                (q.text, q.type, one.asked_at, lambda reply, q=q: answer_f1(reply, q) >= _RIGHT)  # type: ignore[misc]
                for q in asked
            ],
        )


def lifebench(options: Namespace) -> Iterator[tuple[Assistant, list[Asked]]]:
    """A person's home and forty questions of each group, of those answerable the open ones."""
    folder, lang = options.lifebench, "en"
    questions = lifebench_data.read_questions(folder, lang, _PERSON)
    asked = [q for q in questions if q.group != "answerable" or not q.options]
    home = Namespace(**{**vars(options), "folder": folder, "lang": lang, "home": None})
    yield (
        open_person(_PERSON, home),
        [
            (q.text, q.group, q.asked_at, lambda reply, q=q: gold_words(reply, q.answer) >= _RIGHT)  # type: ignore[misc]
            for q in sample(asked, _LIMIT)
        ],
    )


def record(name: str, options: Namespace) -> Iterator[Row]:
    """The rows of a set: of a question without a short answer one whose text is empty."""
    homes = {"everyday": everyday, "locomo": locomo, "lifebench": lifebench}[name](options)
    done = {row["question"] for row in _read(options.rows)}
    for assistant, questions in homes:
        assistant.brains.chat()
        for text, kind, at, right in questions:
            if text in done:
                continue
            label = options.everyday.name if name == "everyday" else name
            about = {"set": label, "half": half_of(text), "question": text}
            for said, found in _headlines(assistant, text, at) or [("", None)]:
                correct = kind not in _NO_ANSWER and right(said)
                speaks = None if found is None else asdict(found)
                yield {**about, "text": said, "backing": speaks, "right": correct}
        assistant.close()


def _headlines(assistant: Assistant, text: str, at: float) -> list[tuple[str, Backing | None]]:
    written: list[tuple[str, Backing | None]] = []

    def noted(
        draft: Draft, plan: Plan, findings: Findings, reread: Reread | None, weights: Weights
    ) -> None:
        written.append((draft.text, backing(draft, plan, findings, reread, weights)))

    with patch.object(generative, "backing", noted):
        assistant.ask(text, at=at)
    return written


def _read(file: Path) -> list[Row]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def fitted(rows: Sequence[Row]) -> list[float]:
    """The weights of a draft's backing and, last, the bias."""
    values = np.array([astuple(Backing(**row["backing"])) for row in rows])
    weights = fit(values, np.array([row["right"] for row in rows], float))
    return [round(float(weight), 4) for weight in weights]


def figures(rows: Sequence[Row], weights: Sequence[float]) -> dict[str, str]:
    """By set "right of all": as they are, of those that stay, and of those that go."""
    told = {}
    for name in sorted({row["set"] for row in rows}):
        own = [row for row in rows if row["set"] == name]
        stay = [row for row in own if Backing(**row["backing"]).holds(weights)]
        go = [row for row in own if row not in stay]
        told[name] = ", ".join(
            f"{word} {sum(row['right'] for row in part)} of {len(part)}"
            for word, part in (("before", own), ("kept", stay), ("dropped", go))
        )
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", type=Path, help="the file of lines that are kept")
    for name in ("everyday", "locomo", "lifebench"):
        parser.add_argument(f"--{name}", type=Path, help="its data; its questions are asked")
    parser.add_argument("--media", type=Path, help="the recordings of everyday")
    parser.add_argument("--home", type=Path, help="the home of everyday")
    parser.add_argument("--model", default="qwen-0.5b")
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments, Namespace(embedder=None))
    for name in ("everyday", "locomo", "lifebench"):
        if getattr(options, name):
            with options.rows.open("a", encoding="utf-8") as file:
                for row in record(name, options):
                    print(json.dumps(row, ensure_ascii=False), file=file, flush=True)
    rows = [row for row in _read(options.rows) if row["backing"]]
    halves = {half: [row for row in rows if row["half"] == half] for half in HALVES}
    dev, test = (
        fitted([row for row in halves[half] if row["set"] not in _REPORTED]) for half in HALVES
    )
    about = {
        "by": "python -m benchmarks.training.headlines ROWS --save",
        "on": f"{len(rows)} short answers of {options.model}",
        "dev by the other": figures(halves["dev"], test),
        "test by the other": figures(halves["test"], dev),
    }
    every = fitted([row for row in rows if row["set"] not in _REPORTED])
    names = (*(field.name for field in fields(Backing)), "bias")
    weights = {
        model: dict(zip(names, values, strict=True))
        for model, values in ((options.model, every), (OTHERS, weights_for(OTHERS)))
    }
    report_fit({"weights": weights}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
