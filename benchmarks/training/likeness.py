"""Fit from where on what comes nearest in meaning is like a search, and say how well that tells.

    python -m benchmarks.training.likeness --embedder nomic+e5 e5 [--save]

The written lives are searched with the words of the questions that are asked of them, and with the
words of others' questions. Only searches count of which no word occurs in what is searched: there
nothing but meaning can find. Those of the own life for which a line answers are to be found, those
of another life are not. A home is one life, or six together. The bound is the least one that, on
the lives of the other four folds, lets at most a tenth of the searches of others pass; what it
then does is counted on the lives of the fifth. ``--save`` writes their median to ``likeness.json``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import TrainingQuestion, written_lives
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_embedder
from egogpt.text.tokens import content_stems, content_words
from egogpt.weights.store import WeightStore
from memory.types.images import CosineSpread

_FILE = Path(__file__).parents[2] / "egorag" / "moment_search" / "likeness.json"
_FOLDS, _PASSING = 5, 0.1
_HOMES = (1, 6)  # lives in a home
_FORMS = ("words", "word")  # all words of a question, or one of them


@dataclass(frozen=True, slots=True)
class Tried:
    """A search: how far the nearest stands out, and whether something there answers it."""

    beyond: float
    related: bool
    form: str
    fold: int


@dataclass(frozen=True, slots=True)
class _Life:
    name: str
    lang: str
    vectors: NDArray[np.float32]
    stems: frozenset[str]


def tried_searches(embedder: Embedder, seed: int = 0) -> list[Tried]:
    """What the searches of all written lives give with an embedder."""
    told, chance = written_lives(), random.Random(seed)
    langs = {question.life: question.group[-2:] for question in told.questions}
    lives = {
        name: _Life(
            name,
            langs[name],
            embedder.embed_documents([f'{line.speaker} says: "{line.text}"' for line in lines]),
            frozenset().union(*(content_stems(line.phrase) for line in lines)),
        )
        for name, lines in told.lines.items()
    }
    return [row for asked in told.questions for row in _of(asked, lives, embedder, chance)]


def _of(
    asked: TrainingQuestion, lives: dict[str, _Life], embedder: Embedder, chance: random.Random
) -> Iterator[Tried]:
    own, words = lives[asked.life], list(dict.fromkeys(content_words(asked.text)))
    others = [life for life in lives.values() if life.lang == own.lang and life is not own]
    if not words:
        return
    for form, chosen in zip(_FORMS, (words, [chance.choice(words)])):
        text = ("" if own.lang == "zh" else " ").join(chosen)
        search = partial(_tried, embedder.embed_query(text), content_stems(text), form)
        for size in _HOMES:
            strangers = chance.sample(others, size)
            yield from search(strangers, related=False, fold=_fold(asked.life))
            if form == "words" and asked.gold:
                yield from search([own, *strangers[1:]], related=True, fold=_fold(asked.life))


def _tried(
    vector: NDArray[np.float32],
    stems: set[str],
    form: str,
    home: Sequence[_Life],
    *,
    related: bool,
    fold: int,
) -> Iterator[Tried]:
    if not any(stems & life.stems for life in home):
        cosines = np.concatenate([life.vectors @ vector for life in home])
        spread = CosineSpread.of(cosines, len(cosines))
        yield Tried(spread.beyond_chance(float(cosines.max())), related, form, fold)


def _fold(life: str) -> int:
    return int(sha256(life.encode()).hexdigest(), 16) % _FOLDS


def fitted(rows: Sequence[Tried]) -> tuple[float, dict[str, float]]:
    """The bound, and the shares that pass it of what is like and unlike, on lives held out."""
    bounds, passed = [], defaultdict(list)
    for fold in range(_FOLDS):
        unlike = [row.beyond for row in rows if row.fold != fold and not row.related]
        bounds.append(float(np.quantile(unlike, 1 - _PASSING)))
        for row in rows:
            if row.fold == fold:
                kind = "like" if row.related else f"unlike, {row.form}"
                passed[kind].append(row.beyond >= bounds[-1])
    shares = {kind: round(float(np.mean(hits)), 3) for kind, hits in sorted(passed.items())}
    counts = {f"{kind} (searches)": float(len(hits)) for kind, hits in sorted(passed.items())}
    return float(np.median(bounds)), shares | counts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--embedder", nargs="+", default=["nomic+e5", "e5"])
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    weights, bounds, figures = WeightStore(), list[float](), dict[str, object]()
    for name in options.embedder:
        bound, shares = fitted(tried_searches(load_embedder(name, weights)))
        bounds.append(bound)
        figures[name] = {"clear_from": round(bound, 3), **shares}
        print(name, json.dumps(figures[name]))
    about = {
        "by": "python -m benchmarks.training.likeness --save",
        "on": "benchmarks/training/written, five folds of lives",
        "share that passes, on lives held out": figures,
    }
    report_fit(
        {"clear_from": round(float(np.median(bounds)), 2)}, about, _FILE if options.save else None
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
