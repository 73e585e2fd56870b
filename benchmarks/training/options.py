"""Fit what speaks for an option of a multiple-choice question, and say how many it gets right.

    python -m benchmarks.training.options --data DATA --cache CACHE [--save]

DATA holds the folders ``lifebench``, ``egolifeqa`` and ``llqa``. The weights of the features
(``egorag.choices.features``) are those of a softmax over a question's options (conditional logit),
fitted on the developers' halves, where each set counts alike. Told is the share of right options in
percent: of the developers' half by weights learned on the other folds of its lives or days, of the
test half by those learned on all of it. ``--save`` writes ``egorag/choices/options.json``.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.assistant import Assistant
from benchmarks import egolifeqa, llqa
from benchmarks.datasets import lifebench_data, llqa_data
from benchmarks.lifebench import open_person
from benchmarks.scoring.halves import Half, half_of
from benchmarks.training.fitted_report import report_fit
from egorag.answering.searcher import Searcher
from egorag.choices.evidence import gather_options
from egorag.choices.features import option_features
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from memory.types.core import Question

_FILE = Path(__file__).parents[2] / "egorag" / "choices" / "options.json"
_FEATURES = ("support", "retrieved", "meaning", "times", "people")
_FOLDS, _DECAY = 4, 1e-3
_LIFEBENCH = [("en", "leimingxuan"), ("en", "yinhao"), ("zh", "leimingxuan"), ("zh", "yinhao")]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AskedOption:
    """A question, how to find the half it is in, the life or day it is about, and the answer."""

    question: Question
    text: str
    life: str
    right: int


@dataclass(frozen=True)
class WeighedOptions:
    """The features (options, features) of a question's options, of which one is right."""

    dataset: str
    life: str
    half: Half
    features: Floats
    right: int


def weighed(
    dataset: str, assistant: Assistant, asked: Sequence[AskedOption]
) -> list[WeighedOptions]:
    """The questions with the features of their options; without those nothing is found for."""
    searcher = Searcher(load_retriever(), assistant.brains.embedder())
    rows = []
    for item in asked:
        choices = item.question.choices or ()
        view, plan = assistant.store.as_of(item.question.asked_at), make_plan(item.question)
        found = gather_options(view, plan, searcher.embedder, choices)
        if found.memories:
            evidence = searcher.evidence(view, plan)
            values = option_features(view, plan, found, evidence, choices).values
            table = [values.get(name, np.zeros(len(choices))) for name in _FEATURES]
            half = half_of(item.text)
            rows.append(WeighedOptions(dataset, item.life, half, np.stack(table, 1), item.right))
    assistant.close()
    return rows


def _lifebench(options: Namespace, lang: str, person: str) -> list[WeighedOptions]:
    folder = options.data / "lifebench"
    own = Namespace(
        folder=folder, lang=lang, home=options.cache / f"lifebench-{lang}", model="none",
        embedder="e5",
    )  # fmt: skip
    asked = [
        AskedOption(
            Question(one.text, one.asked_at, lifebench_data.ZONE, one.options), one.text,
            f"{lang} {person}", one.right,
        )
        for one in lifebench_data.read_questions(folder, lang, person)
        if one.right is not None
    ]  # fmt: skip
    return weighed("lifebench", open_person(person, own), asked)


def _egolifeqa(options: Namespace) -> list[WeighedOptions]:
    folder = options.data / "egolifeqa"
    items = json.loads((folder / "questions_dev.json").read_text(encoding="utf-8"))
    asked = [
        AskedOption(
            egolifeqa.as_question(item),
            item["question"],
            f"day {item['query_day']}",
            item["answer"],
        )
        for item in items
    ]
    own = Namespace(home=options.cache / "egolifeqa", model="none", embedder="e5")
    files = sorted(folder.glob("events_DAY*.jsonl"))
    return weighed("egolifeqa", egolifeqa.open_week(files, own), asked)


def _llqa(options: Namespace) -> list[WeighedOptions]:
    folder = options.data / "llqa"
    descriptions = llqa_data.read_descriptions(folder / "descriptions.jsonl")
    questions = llqa_data.read_questions(folder / "questions_dev.jsonl")
    at = max(one.span.end for one in descriptions) + 3600
    asked = [
        AskedOption(Question(one.with_day(), at, "UTC", one.choices), one.text, one.day, one.right)
        for one in random.Random(llqa.SEED).sample(questions, options.llqa)
    ]
    own = Namespace(home=options.cache / "llqa", model="none", embedder="e5")
    return weighed("llqa", llqa.open_log(descriptions, own), asked)


def read_all(options: Namespace) -> Iterator[WeighedOptions]:
    """Every question; those of a home are kept in the cache once they are made."""
    for name in ("egolifeqa", "llqa", *(f"lifebench-{lang}-{who}" for lang, who in _LIFEBENCH)):
        path = options.cache / f"options-{name}.pickle"
        if not path.exists():
            first, *rest = name.split("-")
            make = {"egolifeqa": _egolifeqa, "llqa": _llqa, "lifebench": _lifebench}[first]
            path.write_bytes(pickle.dumps(make(options, *rest)))
        yield from pickle.loads(path.read_bytes())
        print(name, file=sys.stderr, flush=True)


def fitted(rows: Sequence[WeighedOptions]) -> Floats:
    """The weight of each feature."""
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row.dataset] += 1
    values = torch.zeros(len(rows), max(len(row.features) for row in rows), len(_FEATURES))
    absent = torch.ones(values.shape[:2], dtype=torch.bool)
    for at, row in enumerate(rows):
        values[at, : len(row.features)] = torch.from_numpy(row.features).float()
        absent[at, : len(row.features)] = False
    scale = values.std((0, 1)) + 1e-6
    counts = torch.tensor([1 / sizes[row.dataset] for row in rows])
    right = torch.tensor([[row.right] for row in rows])
    weights = torch.zeros(len(_FEATURES), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=80, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        logs = torch.log_softmax((values / scale @ weights).masked_fill(absent, -1e9), -1)
        loss = -(counts * logs.gather(1, right)[:, 0]).sum() / counts.sum()
        loss = loss + _DECAY * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)
    return (weights / scale).detach().numpy().astype(np.float64)


def accuracy(rows: Sequence[WeighedOptions], folds: Mapping[str, Floats]) -> dict[str, str]:
    """The percentage right, and of how many, by set and half.

    ``folds`` are the weights for each life or day.
    """
    chosen: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        best = int((row.features @ folds[row.life]).argmax())
        chosen[f"{row.dataset} {row.half}"].append(best == row.right)
    return {name: f"{100 * np.mean(hits):.1f} of {len(hits)}" for name, hits in chosen.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("options-cache"))
    parser.add_argument("--llqa", type=int, default=200, help="so many of LLQA's questions")
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    rows = list(read_all(options))
    dev = [row for row in rows if row.half == "dev"]
    test = [row for row in rows if row.half == "test"]
    lives = {row.life: at % _FOLDS for at, row in enumerate({r.life: r for r in rows}.values())}
    others = [fitted([r for r in dev if lives[r.life] != fold]) for fold in range(_FOLDS)]
    weights = fitted(dev)
    right = accuracy(dev, {life: others[fold] for life, fold in lives.items()})
    right |= accuracy(test, dict.fromkeys(lives, weights))
    about = {
        "by": "python -m benchmarks.training.options --save",
        "on": "developers' halves of LifeBench, EgoLifeQA and LLQA, e5",
        "right": right,
    }
    rounded = {name: round(float(weight), 3) for name, weight in zip(_FEATURES, weights)}
    report_fit({"weights": rounded}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
