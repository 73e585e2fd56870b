"""Fit what words, meaning and neighbours count for the default retriever, and say what it finds.

    python -m benchmarks.training.ranking --data DATA --cache CACHE --embedder e5 [--save]

DATA holds the folders ``locomo`` and ``lifebench``. Learned from are the questions of the
developers' half of LoCoMo and of LifeBench that have evidence and name no time, for how much a time
counts is a rule. The weights are those of a softmax over a question's candidates, of which the ones
that hold evidence are right (Cao et al., "Learning to rank: from pairwise to listwise", ListNet,
2007); each set counts alike, and a feature that would count against a clip, but for its form,
counts nothing. What lying near the rest in time counts (``day``) is chosen by what is found with
these. Told is the recall among ten: of the developers' half by weights learned on the
other folds of its questions, of the test half by those learned on all of it. ``--save`` writes the
weights to ``egorag/retrieval/pyramid.json``.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.assistant import Assistant
from benchmarks.datasets.lifebench_data import read_questions
from benchmarks.datasets.locomo_data import read_conversations
from benchmarks.lifebench import open_person
from benchmarks.locomo import open_conversation
from benchmarks.scoring.halves import half_of
from benchmarks.training.fitted_report import report_fit
from egorag.question.plan import Plan, make_plan
from egorag.ranking.bm25 import Lexicon
from egorag.retrieval.before_after import find_anchor, within_named
from egorag.retrieval.candidates import Candidates, gather
from egorag.retrieval.pyramid import features, time_share, when
from memory.types.core import Memory, Question

_FILE = Path(__file__).parents[2] / "egorag" / "retrieval" / "pyramid.json"
_FOLDS, _TOP, _DECAY = 4, 10, 3e-4
_FORM = ("asks", "length")
_DAYS, _NOISE = (0.0, 1.0, 2.0, 4.0, 6.0), 0.5  # weights of ``day`` that are tried; percent


@dataclass(frozen=True)
class Ranked:
    """A question's n candidates: their ``features`` by name, how well each lies in the time that is
    named, and which of the moments that answer each holds (n, moments)."""

    kept: str  # the set
    text: str
    features: Mapping[str, NDArray[np.float64]]
    memories: Sequence[Memory]
    time: NDArray[np.float64] | None
    holds: NDArray[np.bool_]

    def recall(self, weights: Mapping[str, float]) -> float:
        """The share of the moments that the first ten candidates hold."""
        base = np.sum([weights.get(k, 0.0) * v for k, v in self.features.items()], axis=0)
        base = base - min(0.0, float(base.min()))
        total = base + np.sum(when(base, self.time, self.memories, weights["day"]), axis=0)
        best = np.argsort(-total, kind="stable")[:_TOP]
        return float(self.holds[best].any(axis=0).mean())


def ranked(
    name: str, text: str, candidates: Candidates, plan: Plan, gold: Iterable[float]
) -> Ranked:
    """The candidates of a question with their features; ``gold`` are the moments that answer."""
    memories = candidates.memories
    lexicon = Lexicon(memories, candidates.frequency, candidates.total)
    favoured = plan.time is not None and plan.time_filter is None
    holds = [
        [m.span.start <= at < max(m.span.end, m.span.start + 1e-3) for at in gold] for m in memories
    ]
    time = time_share(plan, memories) if favoured else None
    return Ranked(name, text, features(candidates, lexicon), memories, time, np.array(holds))


def _of_home(
    name: str, assistant: Assistant, asked: Iterable[tuple[str, float, frozenset[float]]]
) -> Iterator[Ranked]:
    embedder = assistant.brains.embedder()
    for text, at, gold in asked:
        plan = within_named(make_plan(Question(text, at, assistant.timezone)))
        if gold and find_anchor(plan) is None:
            found = gather(assistant.store.as_of(at), plan, embedder)
            if found.memories:
                yield ranked(name, text, found, plan, gold)
    assistant.close()


def _locomo(options: Namespace) -> Iterator[Ranked]:
    for conversation in read_conversations(options.data / "locomo" / "locomo_dev.json"):
        asked = [(one.text, conversation.asked_at, one.evidence) for one in conversation.questions]
        own = Namespace(home=options.cache / "locomo", model="none", embedder=options.embedder)
        yield from _of_home("locomo", open_conversation(conversation, own), asked)


def _lifebench(options: Namespace, lang: str, person: str) -> Iterator[Ranked]:
    folder, home = options.data / "lifebench", options.cache / f"lifebench-{lang}"
    asked = [(q.text, q.asked_at, q.evidence) for q in read_questions(folder, lang, person)]
    own = Namespace(folder=folder, lang=lang, home=home, model="none", embedder=options.embedder)
    yield from _of_home(f"lifebench-{lang}", open_person(person, own), asked)


def read_all(options: Namespace) -> list[Ranked]:
    """Every question; those of a home are kept in the cache once they are made."""
    homes: dict[str, Callable[[Namespace], Iterator[Ranked]]] = {"locomo": _locomo}
    for lang in options.langs:
        for person in options.people:
            homes[f"{lang}-{person}"] = partial(_lifebench, lang=lang, person=person)
    rows: list[Ranked] = []
    for name, read in homes.items():
        path = options.cache / f"ranking-{name}-{options.embedder}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(list(read(options))))
        rows += pickle.loads(path.read_bytes())
        print(name, len(rows), file=sys.stderr)
    return rows


def fitted(rows: Sequence[Ranked], names: Sequence[str]) -> dict[str, float]:
    """The weights of the features ``names``."""
    weights = _softmax([row for row in rows if row.time is None and row.holds.any()], names)
    against = [name for name, value in weights.items() if value < 0 and name not in _FORM]
    return fitted(rows, [name for name in names if name not in against]) if against else weights


def _softmax(rows: Sequence[Ranked], names: Sequence[str]) -> dict[str, float]:
    of_set: dict[str, int] = defaultdict(int)
    for row in rows:
        of_set[row.kept] += 1
    longest = max(len(row.holds) for row in rows)
    values = torch.full((len(rows), longest, len(names)), 0.0)
    right, there = torch.zeros(len(rows), longest), torch.zeros(len(rows), longest)
    for at, row in enumerate(rows):
        n, hits = len(row.holds), torch.from_numpy(row.holds.any(axis=1)).float()
        values[at, :n] = torch.from_numpy(np.stack([row.features[k] for k in names], 1)).float()
        right[at, :n], there[at, :n] = hits / hits.sum(), 1.0
    counts = torch.tensor([1 / of_set[row.kept] for row in rows])
    weights = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        logs = torch.log_softmax((values @ weights).masked_fill(there == 0, -1e9), -1)
        loss = -(counts[:, None] * right * logs).sum() / counts.sum() + _DECAY * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)
    return {name: round(value, 3) for name, value in zip(names, weights.tolist())}


def _fold(text: str) -> int:
    return int(sha256(f"fold {text}".encode()).hexdigest(), 16) % _FOLDS


def with_day(rows: Sequence[Ranked], weights: dict[str, float]) -> dict[str, float]:
    """The weights with that of ``day``: the least within half a point of that which finds most."""
    means = {}
    for day in _DAYS:
        found = _recalls((row, {**weights, "day": day}) for row in rows)
        means[day] = sum(found.values()) / len(found)
    return {**weights, "day": next(d for d in _DAYS if means[d] >= max(means.values()) - _NOISE)}


def _recalls(rows: Iterable[tuple[Ranked, Mapping[str, float]]]) -> dict[str, float]:
    """R@10 in percent by set and half, of questions each with its weights."""
    found: dict[str, list[float]] = defaultdict(list)
    for row, weights in rows:
        found[f"{row.kept} {half_of(row.text)}"].append(row.recall(weights))
    return {name: round(100 * float(np.mean(v)), 1) for name, v in found.items()}


def measured(rows: Sequence[Ranked], names: Sequence[str]) -> tuple[dict[str, float], Any]:
    """The weights, and R@10 in percent by set and half of questions not fitted on."""
    dev = [row for row in rows if half_of(row.text) == "dev"]
    weights = with_day(dev, fitted(dev, names))
    folds = [[row for row in dev if _fold(row.text) != fold] for fold in range(_FOLDS)]
    others = [with_day(fold, fitted(fold, names)) for fold in folds]
    own = [others[_fold(r.text)] if half_of(r.text) == "dev" else weights for r in rows]
    return weights, _recalls(zip(rows, own))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("ranking-cache"))
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--langs", nargs="+", default=["en", "zh"])
    parser.add_argument("--people", nargs="+", default=["leimingxuan", "yinhao"])
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    rows = read_all(options)
    names = list(rows[0].features)
    worded = [name for name in names if name.startswith("words_")]
    meaning, by_meaning = measured(rows, names)
    words, by_words = measured(rows, worded)
    about = {
        "by": "python -m benchmarks.training.ranking --save",
        "on": f"developers' halves of LoCoMo and LifeBench, {options.embedder}",
        "recall at 10": by_meaning,
        "recall at 10, words alone": by_words,
    }
    report_fit({"meaning": meaning, "words": words}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
