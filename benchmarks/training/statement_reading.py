"""Fit what reading statements with the question counts beside the network's judgement.

    python -m benchmarks.training.statement_reading --lifebench LIFEBENCH [--homes HOMES] [--save]

Lives of ordinary speech (``ordinary/``, in the form of ``written/``, full of traps, and
``everyday_lives/``, in that of ``everyday``; neither network nor readers learned from them) become
homes. Of every question the app's search finds statements, which the network judges, the encoder's
reader reads, and so does the language model's behind what was said before them. What tells which of
them answers (a conditional logit over network, readers and what finds the statements) and whether
one does (a logistic regression on the logits, where those that can be answered weigh 85 to 15) is
fitted and asked of the lives that it was not fitted on, a fifth at a time. The threshold is that at
which five of a hundred questions get a false answer, where fifteen of these have none.

Where statements are long, other things tell which answers: that is fitted on 110 questions of the
developers' half of LifeBench in English, without the network, which learned from them.
``--save`` writes what the product reads.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.assistant import Assistant
from benchmarks.datasets.lifebench_data import ZONE, read_questions
from benchmarks.homes.life import open_life, write_lines
from benchmarks.lifebench import open_person
from benchmarks.scoring.halves import of_half
from benchmarks.training.beliefs import fit
from benchmarks.training.figures import separation
from benchmarks.training.fitted_report import report_fit
from benchmarks.training.lives import Lives, TrainingQuestion, everyday, written_lives
from egogpt.embedders.e5 import E5Embedder
from egogpt.llm.causal_pairs import CausalPairs
from egogpt.weights.store import WeightStore
from egorag.answerability import statement_reader
from egorag.answerability.judge import length_of, load_network, pack, signals_in_talk
from egorag.answerability.packing import Floats, beginning
from egorag.answerability.pool import make_pool
from egorag.answerability.statement_reader import (
    CAUSAL_MODEL,
    FITTED,
    ReadingWeights,
    StatementReader,
    causal_adapter,
)
from egorag.answering.searcher import Searcher
from egorag.evidence.reading import competing, readable
from egorag.evidence.talk import said_before
from egorag.question.plan import make_plan
from egorag.retrieval.registry import load_retriever
from memory.types.core import Question

_FILE = Path(statement_reader.__file__).with_name(FITTED)
_ORDINARY = Path(__file__).with_name("ordinary")
_EVERYDAY = Path(__file__).with_name("everyday_lives")
_LINE = 8.0  # seconds that a line lasts
_ANSWERABLE = 0.85  # of the questions that people ask, by assumption, as the judge's
_FALSE = 0.05  # answers that may be false, of all questions
_FOLDS = 5
_LONG = 55  # questions of each person
_RIDGE = 0.02  # of the squares of what tells which statement answers


@dataclass(frozen=True)
class Row:
    """A question: the network's logit and logarithms of shares (n,), what each reader gives the
    statements (n,), their ``signals_in_talk``, whether something answers, and which of them do."""

    life: str
    group: str
    network: float
    log_shares: Floats
    read: tuple[Floats, ...]
    signals: Floats
    answerable: bool
    gold: tuple[int, ...]
    length: float = 0.0

    @property
    def columns(self) -> Floats:
        """What may tell which statement answers (n, 1 + readers + 14)."""
        return np.column_stack([self.log_shares, *self.read, self.signals])


class Readers:
    """All that judges: the network, the encoder's reader and the language model's."""

    def __init__(self, encoder: E5Embedder) -> None:
        first = StatementReader.over(encoder)
        assert first is not None
        second = CausalPairs.load(CAUSAL_MODEL, WeightStore(), causal_adapter())
        self._encoder, self._readers = encoder, (first, StatementReader(second))
        self._network = load_network()
        self._searcher = Searcher(load_retriever(), encoder)

    def row(self, assistant: Assistant, asked: TrainingQuestion, starts: set[float]) -> Row | None:
        """What is made of a question in a home, whose answers begin at the seconds ``starts``; None
        where nothing is found."""
        view, encoder = assistant.store.as_of(asked.asked_at), self._encoder
        plan = make_plan(Question(asked.text, asked.asked_at, asked.timezone))
        found = self._searcher.gather(view, plan)
        if not (sentences := readable(found.units)):
            return None
        known = competing(encoder, encoder.name, view, plan, found.evidence, sentences)
        text, pool = known.asked.text, make_pool(known.asked, known.statements)
        network, components, constants = self._network
        question = encoder.token_states([text], "query")[0]
        states = encoder.token_states([beginning(one.phrase) for one in pool.statements])
        with torch.inference_mode():
            outputs = network(pack(text, question, pool, states, components))
        before = [said_before(view, known.units[at]) for at in pool.positions]
        first, second = self._readers
        return Row(
            asked.life,
            asked.group,
            constants["scale"] * float(outputs.answerable[0]) + constants["shift"],
            torch.log_softmax(outputs.scores[0], -1).numpy(),
            (first.read(text, pool.statements), second.read_in_talk(text, pool.statements, before)),
            signals_in_talk(encoder, question, pool, states, before),
            asked.answerable,
            tuple(at for at, one in enumerate(pool.statements) if one.start in starts),
            length_of(states),
        )


def rows_of(homes: Path) -> Iterator[Row]:
    """All questions of both sets of lives."""
    readers: Readers | None = None
    for lives in [written_lives(_ORDINARY), *map(everyday, sorted(_EVERYDAY.iterdir()))]:
        for life in lives.lines:
            asked = [question for question in lives.questions if question.life == life]
            assistant = _opened(homes / life, lives, life, asked[0].timezone)
            encoder = assistant.brains.embedder()
            assert isinstance(encoder, E5Embedder)
            readers = readers or Readers(encoder)
            for question in asked:
                starts = {lives.lines[life][at].at for at in question.gold}
                if row := readers.row(assistant, question, starts):
                    yield row
            assistant.close()


def long_rows_of(folder: Path, homes: Path) -> Iterator[Row]:
    """Questions of LifeBench, without what the network says of their long statements."""
    for person in sorted(path.name for path in (folder / "en").iterdir()):
        own = argparse.Namespace(folder=folder, lang="en", home=homes, model="none", embedder="e5")
        assistant = open_person(person, own)
        encoder = assistant.brains.embedder()
        assert isinstance(encoder, E5Embedder)
        readers = Readers(encoder)
        asked = [one for one in read_questions(folder, "en", person) if one.evidence]
        asked = of_half(asked, "dev", lambda one: one.text)
        for one in random.Random(person).sample(asked, min(_LONG, len(asked))):
            question = TrainingQuestion(one.text, person, True, "long", one.asked_at, ZONE)
            row = readers.row(assistant, question, set(one.evidence))
            if row:
                yield replace(row, log_shares=np.zeros_like(row.log_shares))
        assistant.close()


def _opened(home: Path, lives: Lives, life: str, timezone: str) -> Assistant:
    lines = (
        {"start": one.at, "end": one.at + _LINE, "speaker": one.speaker, "text": one.text}
        for one in lives.lines[life]
    )
    file = write_lines(home.with_suffix(".jsonl"), lines)
    return open_life(home, [file], embedder="e5", timezone=timezone)


def order_of(rows: Sequence[Row], short: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """What network, readers and signals count in telling which statement answers: the weights of a
    softmax over those of each question, of which one or more do.

    With those of ``short`` statements, what they count beside these as statements are longer.
    """
    known = [row for row in rows if row.gold]
    most = max(len(row.log_shares) for row in known)
    values = torch.zeros(len(known), most, known[0].columns.shape[1], dtype=torch.float64)
    absent = torch.ones(values.shape[:2], dtype=torch.bool)
    right = torch.zeros(values.shape[:2], dtype=torch.bool)
    for at, row in enumerate(known):
        values[at, : len(row.columns)] = torch.from_numpy(row.columns)
        absent[at, : len(row.columns)] = False
        right[at, list(row.gold)] = True
    weights = torch.zeros(values.shape[-1], dtype=torch.float64, requires_grad=True)
    lengths = torch.ones(len(known), 1, dtype=torch.float64)
    beside = torch.zeros(values.shape[:2], dtype=torch.float64)
    if short is not None:
        lengths = torch.tensor([[row.length] for row in known], dtype=torch.float64)
        beside = (1 - lengths) * (values @ torch.from_numpy(short))
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scores = beside + lengths * (values @ weights)
        logs = torch.log_softmax(scores.masked_fill(absent, -1e9), -1)
        likely = torch.logsumexp(logs.masked_fill(~right, -1e9), -1)
        loss = _RIDGE * (weights**2).sum() / 2 - likely.mean()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)
    return weights.detach().numpy()


def weights_of(orders: Sequence[NDArray[np.float64]], odds: Sequence[float]) -> ReadingWeights:
    """All fits as the product reads them, but for the threshold."""
    order, long = (tuple(round(float(one), 4) for one in order) for order in orders)
    network, *reading, shift = (round(float(one), 4) for one in odds)
    return ReadingWeights(order, long, network, tuple(reading), shift, 0.0)


def fitted(rows: Sequence[Row], long: Sequence[Row]) -> ReadingWeights:
    """What tells which statement answers, and on that what tells whether one does."""
    order = order_of(rows)
    orders = order, order_of(long, order)
    ones = np.eye(2 + len(rows[0].read))  # each logit by itself, and the shift
    alone = [weights_of(orders, own) for own in ones[:-1].tolist()]
    values = np.array([[logit(row, one) for one in alone] for row in rows])
    right = np.array([row.answerable for row in rows], float)
    odds, share = fit(values, right), right.mean()
    odds[-1] += np.log(_ANSWERABLE / (1 - _ANSWERABLE)) - np.log(share / (1 - share))
    return weights_of(orders, odds.tolist())


def logit(row: Row, weights: ReadingWeights) -> float:
    """The logarithm of the odds that something answers the question of a row."""
    shares = weights.shares(row.columns, row.length)
    return weights.logit(row.network, shares, row.read)


def first_of(row: Row, weights: ReadingWeights) -> bool:
    """Whether what is likeliest answers."""
    return int(weights.shares(row.columns, row.length).argmax()) in row.gold


def threshold_of(rows: Sequence[Row], likely: NDArray[np.float64]) -> float:
    """The probability from which on few enough of all questions are answered falsely."""
    unanswerable = np.array([not row.answerable for row in rows])
    return float(np.quantile(likely[unanswerable], 1 - _FALSE / (1 - _ANSWERABLE)))


def weighed(rows: Sequence[Row], long: Sequence[Row]) -> tuple[ReadingWeights, dict[str, Any]]:
    """What all counts, and what is so reached on lives that were held out."""
    lives = sorted({row.life for row in rows})
    folds = [lives.index(row.life) % _FOLDS for row in rows]
    others = [
        fitted([row for row, own in zip(rows, folds, strict=True) if own != fold], long)
        for fold in range(_FOLDS)
    ]
    made = [others[fold] for fold in folds]
    logits = np.array([logit(row, one) for row, one in zip(rows, made, strict=True)])
    likely = 1 / (1 + np.exp(-logits))
    first = np.array([first_of(row, one) for row, one in zip(rows, made, strict=True)])
    weights = replace(fitted(rows, long), threshold=round(threshold_of(rows, likely), 4))
    return weights, figures(rows, likely, first, weights.threshold)


def figures(
    rows: Sequence[Row],
    likely: NDArray[np.float64],
    first: NDArray[np.bool_],
    threshold: float,
) -> dict[str, Any]:
    """By set, of the network at its own threshold and of all: AUC, how often a right statement is
    first, and the shares kept and refused."""
    report = {}
    for name in sorted({row.group for row in rows}):
        own = np.array([row.group == name for row in rows])
        some = [row for row in rows if row.group == name]
        answerable = np.array([row.answerable for row in some])
        network = 1 / (1 + np.exp(-np.array([row.network for row in some])))
        answered = [network >= load_network()[2]["threshold"], likely[own] >= threshold]
        known = np.array([bool(row.gold) for row in some])
        alone = np.array([int(row.log_shares.argmax()) in row.gold for row in some])
        report[name] = {
            "questions": len(some),
            "auc": [round(separation(answerable, s), 3) for s in (network, likely[own])],
            "first": [round(float(one[known].mean()), 3) for one in (alone, first[own])],
            "kept": [round(float(one[answerable].mean()), 3) for one in answered],
            "refused": [round(float(1 - one[~answerable].mean()), 3) for one in answered],
        }
    return report


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lifebench", type=Path, required=True, help="the data set's folder")
    parser.add_argument("--homes", type=Path, help="where the lives' homes are kept")
    parser.add_argument("--save", action="store_true", help=f"write {FITTED}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        homes = options.homes or Path(folder)
        rows, long = list(rows_of(homes)), list(long_rows_of(options.lifebench, homes / "long"))
    counts = range(1, len(rows[0].read) + 1)
    each = [
        weighed(*([replace(row, read=row.read[:n]) for row in some] for some in (rows, long)))
        for n in counts
    ]
    about = {
        "by": "python -m benchmarks.training.statement_reading --lifebench LIFEBENCH --save",
        "held out": [reached for _, reached in each],
    }
    weights = [asdict(weights) for weights, _ in each]
    report_fit({"weights": weights}, about, _FILE if options.save else None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
