"""Fit what reading statements with the question counts beside the network's judgement.

    python -m benchmarks.training.statement_reading --weights e5-small-q4.bin [--save]

Every question of the lives of ordinary speech (``ordinary/``, in the form of ``written/``, full of
traps, and ``everyday_lives/``, in that of ``everyday``, which count three times, so that both count
about the same; nothing else was learned from them) is judged by the network and read by the
encoder's reader, and by that and the language model's. A logistic regression on the logits, where
those that can be answered weigh 85 to 15, is fitted and asked of the lives that it was not fitted
on, a fifth at a time. What reading counts in the order of statements is the one of a few values
that puts the right one first most often; the threshold is that at which five of a hundred questions
get a false answer, where fifteen of these have none.
``--save`` writes what the product reads.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.training.beliefs import fit
from benchmarks.training.examples import Example, make_examples
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import TrainingLine, everyday, written_lives
from egogpt.embedders.e5 import E5Embedder
from egogpt.llm.causal_pairs import CausalPairs
from egogpt.weights.store import WeightStore
from egorag.answerability import statement_reader
from egorag.answerability.judge import load_network, pack
from egorag.answerability.packing import Floats, beginning
from egorag.answerability.statement_reader import (
    CAUSAL_MODEL,
    FITTED,
    ReadingWeights,
    Said,
    StatementReader,
    causal_adapter,
)
from egorag.evidence.talk import of_one_talk

_FILE = Path(statement_reader.__file__).with_name(FITTED)
_ORDINARY = Path(__file__).with_name("ordinary")
_EVERYDAY = Path(__file__).with_name("everyday_lives")
_COUNTED = 3  # times that a question of the latter counts
_ANSWERABLE = 0.85  # of the questions that people ask, by assumption, as the judge's
_FALSE = 0.05  # answers that may be false, of all questions
_FOLDS = 5
Order = tuple[float, ...]  # what each reader counts in the order
_ORDERS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True)
class Row:
    """A question: the network's logit and logarithms of shares (n,), what each reader gives the
    statements (n,), and whether something answers it, and which of them."""

    life: str
    group: str
    network: float
    log_shares: Floats
    read: tuple[Floats, ...]
    answerable: bool
    gold: tuple[int, ...]


def rows_of(encoder: E5Embedder, cache: Path) -> list[Row]:
    """All questions of both sets of lives, read by the encoder and by the language model."""
    reader = StatementReader.over(encoder)
    assert reader is not None
    pairs = CausalPairs.load(CAUSAL_MODEL, WeightStore(), causal_adapter())
    readers = reader, StatementReader(pairs)
    network = load_network()
    sets = [(written_lives(_ORDINARY), 1)]
    sets += [(everyday(folder), _COUNTED) for folder in sorted(_EVERYDAY.iterdir())]
    return [
        row
        for lives, times in sets
        for example in make_examples(lives, encoder, cache)
        for before in [_said_before(lives.lines[example.question.life], example)]
        for row in times * [_row(example, before, encoder, readers, *network)]
    ]


def _said_before(lines: Sequence[TrainingLine], example: Example) -> list[list[Said]]:
    spoken = [(line.at, (line.speaker, line.text)) for line in lines]
    starts = [statement.start for statement in example.pool.statements]
    return [of_one_talk([line for line in spoken if line[0] < at], at) for at in starts]


def _row(
    example: Example,
    before: Sequence[Sequence[Said]],
    encoder: E5Embedder,
    readers: tuple[StatementReader, StatementReader],
    network: torch.nn.Module,
    components: Floats,
    constants: dict[str, float],
) -> Row:
    asked, statements = example.question, example.pool.statements
    first, second = readers
    question = encoder.token_states([asked.text], "query")[0]
    states = encoder.token_states([beginning(one.phrase) for one in statements])
    with torch.inference_mode():
        outputs = network(pack(asked.text, question, example.pool, states, components))
    return Row(
        asked.life,
        asked.group,
        constants["scale"] * float(outputs.answerable[0]) + constants["shift"],
        torch.log_softmax(outputs.scores[0], -1).numpy(),
        (first.read(asked.text, statements), second.read_in_talk(asked.text, statements, before)),
        asked.answerable,
        example.gold,
    )


def values(rows: Sequence[Row], order: Order) -> NDArray[Any]:
    """The logits (rows, 1 + readers) that are weighed: the network's, and of what each reads."""
    count = 1 + len(order)
    parts = [
        ReadingWeights(order, float(own[0]), tuple(own[1:].tolist()), 0.0, 0.0)
        for own in np.eye(count)
    ]
    return np.array(
        [[one.logit(row.network, row.log_shares, row.read) for one in parts] for row in rows]
    )


def fitted(rows: Sequence[Row], order: Order) -> list[float]:
    """The weights of network and readings, and the shift."""
    right = np.array([row.answerable for row in rows], float)
    weights = fit(values(rows, order), right)
    share = right.mean()
    weights[-1] += np.log(_ANSWERABLE / (1 - _ANSWERABLE)) - np.log(share / (1 - share))
    return [float(weight) for weight in weights]


def held_out(rows: Sequence[Row], order: Order) -> NDArray[np.float64]:
    """The probability of each row by a fit on the lives of the other folds."""
    lives = sorted({row.life for row in rows})
    folds = np.array([lives.index(row.life) % _FOLDS for row in rows])
    likely = np.zeros(len(rows))
    for fold in range(_FOLDS):
        weights = fitted([row for row, own in zip(rows, folds, strict=True) if own != fold], order)
        here = [row for row, own in zip(rows, folds, strict=True) if own == fold]
        logits = values(here, order) @ weights[:-1] + weights[-1]
        likely[folds == fold] = 1 / (1 + np.exp(-logits))
    return likely


def right_first(rows: Sequence[Row], order: Order) -> float:
    """The share of questions, of those with an answer among the statements, that has it first."""
    weights = ReadingWeights(order, 1.0, (0.0,) * len(order), 0.0, 0.0)
    known = [row for row in rows if row.gold]
    firsts = [int(weights.shares(row.log_shares, row.read).argmax()) in row.gold for row in known]
    return float(np.mean(firsts))


def threshold_of(rows: Sequence[Row], likely: NDArray[np.float64]) -> float:
    """The probability from which on few enough of all questions are answered falsely."""
    unanswerable = np.array([not row.answerable for row in rows])
    return float(np.quantile(likely[unanswerable], 1 - _FALSE / (1 - _ANSWERABLE)))


def figures(
    rows: Sequence[Row], likely: NDArray[np.float64], weights: ReadingWeights, alone: float
) -> Any:
    """By set, of the network at its threshold ``alone`` and of both: AUC, how often a right
    statement is first, and the shares kept and refused."""
    report, none = {}, (0.0,) * len(weights.order)
    for name in sorted({row.group for row in rows}):
        own = [at for at, row in enumerate(rows) if row.group == name]
        answerable = np.array([rows[at].answerable for at in own])
        network = 1 / (1 + np.exp(-np.array([rows[at].network for at in own])))
        answered = [network >= alone, likely[own] >= weights.threshold]
        some = [rows[at] for at in own]
        report[name] = {
            "questions": len({id(row) for row in some}),
            "auc": [round(separation(answerable, s), 3) for s in (network, likely[own])],
            "first": [round(right_first(some, order), 3) for order in (none, weights.order)],
            "kept": [round(float(one[answerable].mean()), 3) for one in answered],
            "refused": [round(float(1 - one[~answerable].mean()), 3) for one in answered],
        }
    return report


def weighed(rows: Sequence[Row]) -> tuple[ReadingWeights, dict[str, Any]]:
    """What network and readers count, and what is so reached on lives that were held out."""
    orders = itertools.product(_ORDERS, repeat=len(rows[0].read))
    order = max(orders, key=lambda order: right_first(rows, order))
    likely = held_out(rows, order)
    network, *reading, shift = (round(part, 4) for part in fitted(rows, order))
    threshold = round(threshold_of(rows, likely), 4)
    weights = ReadingWeights(order, network, tuple(reading), shift, threshold)
    return weights, figures(rows, likely, weights, load_network()[2]["threshold"])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--cache", type=Path, default=Path("answerability-cache"))
    parser.add_argument("--save", action="store_true", help=f"write {FITTED}")
    options = parser.parse_args()
    rows = rows_of(E5Embedder(options.weights), options.cache / "vectors")
    counts = range(1, len(rows[0].read) + 1)
    each = [weighed([replace(row, read=row.read[:n]) for row in rows]) for n in counts]
    about = {
        "by": "python -m benchmarks.training.statement_reading --save",
        "held out": [reached for _, reached in each],
    }
    weights = [asdict(weights) for weights, _ in each]
    report_fit({"weights": weights}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
