"""Fit how much it counts, in talk of two, of whom it tells what answers.

    python -m benchmarks.training.talk_of_two --data locomo.json --home HOMES [--save]

LoCoMo's questions name one of two speakers, and those about the wrong one cannot be answered. A
logistic regression on the network's logit and on of whom the statements tell that it rests on
(``egorag.evidence.reading.agreement``) is fitted on the developers' half, where those answerable
weigh 85 to 15, as for the judge's own calibration. The network has learned from these questions, so
both are held small. It is compared on the other half with the judge alone, and with a regression on
the judge's logit, which the readers are part of: the AUC, and how many questions about the wrong
person are refused where 92 of 100 others are kept. ``--save`` writes the weights.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch.nn import functional

from benchmarks.datasets.locomo_data import ADVERSARIAL, Conversation, read_conversations
from benchmarks.locomo import open_conversation
from benchmarks.scoring.halves import Half, half_of
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from egorag.answerability.judge import AnswerJudgement
from egorag.answering.searcher import Searcher
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from memory.types.core import Question

_FILE = Path(__file__).parents[2] / "egorag" / "answerability" / "talk_of_two.json"
_ANSWERABLE, _KEPT, _DECAY = 0.85, 0.92, 1e-2


@dataclass(frozen=True, slots=True)
class Judged:
    """A question about one of two: the logits of judge and network, and how much of what they rest
    on tells of the one it names."""

    half: Half
    answerable: bool
    judge: float
    network: float
    agreement: float


def logit(probability: float) -> float:
    """The logarithm of the odds."""
    return float(np.log(probability + 1e-9) - np.log(1 - probability + 1e-9))


def judged(conversation: Conversation, options: Namespace) -> Iterator[Judged]:
    """The questions of a conversation that name one of its speakers."""
    assistant = open_conversation(conversation, options)
    brains = assistant.brains
    searcher = Searcher(load_retriever(), brains.embedder(), brains.statement_reader())
    view = assistant.store.as_of(conversation.asked_at)
    seen: list[tuple[AnswerJudgement, float | None]] = []

    def unchanged(judgement: AnswerJudgement, agreement: float | None) -> AnswerJudgement:
        seen.append((judgement, agreement))
        return judgement

    with patch.object(AnswerJudgement, "in_view_of", unchanged):
        for asked in conversation.questions:
            seen.clear()
            question = Question(asked.text, conversation.asked_at, assistant.timezone)
            searcher.find(view, make_plan(question))
            for judgement, agreement in seen:
                if agreement is not None:
                    answerable = asked.type != ADVERSARIAL
                    judge, network = logit(judgement.probability), judgement.network
                    yield Judged(half_of(asked.text), answerable, judge, network, agreement)
    assistant.close()


def fitted(rows: Sequence[Judged], first: str) -> dict[str, float]:
    """The weights of the logit of this name and of the agreement, and the shift."""
    given = torch.tensor([[getattr(row, first), row.agreement] for row in rows])
    labels = torch.tensor([float(row.answerable) for row in rows])
    share, mean, spread = float(labels.mean()), given.mean(0), given.std(0)
    values = torch.cat([(given - mean) / spread, torch.ones(len(rows), 1)], 1)
    counts = torch.where(labels > 0, _ANSWERABLE / share, (1 - _ANSWERABLE) / (1 - share))
    weights = torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(values @ weights, labels, weight=counts)
        loss = loss + _DECAY * (weights[:2] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)
    counted, shift = weights.detach()[:2] / spread, weights.detach()[2]
    found = [*counted.tolist(), float(shift - counted @ mean)]
    return dict(zip((first, "agreement", "shift"), (round(w, 3) for w in found)))


def figures(rows: Sequence[Judged], weights: Mapping[str, float]) -> dict[str, float]:
    """The AUC, and the percentage refused of what cannot be answered at 92 of 100 kept."""
    labels = np.array([row.answerable for row in rows])
    shift = weights.get("shift", 0.0)
    counted = [(name, weight) for name, weight in weights.items() if name != "shift"]
    values = np.array([shift + sum(w * getattr(row, n) for n, w in counted) for row in rows])
    bound = np.quantile(values[labels], 1 - _KEPT)
    refused = 100 * float((values[~labels] < bound).mean())
    return {"auc": round(separation(labels, values), 3), "refused": round(refused, 1)}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a file in LoCoMo's format")
    parser.add_argument("--home", type=Path, required=True, help="where the homes are kept")
    parser.add_argument("--save", action="store_true", help=f"write {_FILE.name}")
    options = parser.parse_args(arguments, Namespace(model="none", embedder="e5"))
    rows: list[Judged] = []
    for conversation in read_conversations(options.data):
        path = options.home / f"judged-{conversation.name}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(list(judged(conversation, options))))
        rows += pickle.loads(path.read_bytes())
        print(conversation.name, len(rows), file=sys.stderr, flush=True)
    developers = [row for row in rows if row.half == "dev"]
    test = [row for row in rows if row.half == "test"]
    weights = fitted(developers, "network")
    told = {
        "judge alone": figures(test, {"judge": 1.0}),
        "judge and agreement": figures(test, fitted(developers, "judge")),
        "network and agreement": figures(test, weights),
    }
    about = {
        "by": "python -m benchmarks.training.talk_of_two --save",
        "on": "developers' half of LoCoMo",
        "other half": told,
    }
    report_fit({"weights": weights}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
