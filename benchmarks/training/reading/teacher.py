"""Teach a model to read a question and a statement together, and say how well it does."""

from __future__ import annotations

import random
import sys
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from benchmarks.training.figures import separation
from benchmarks.training.pair_groups import PairGroup

_DECAY, _WARM = 1e-2, 20
_GROUPS, _CHUNK = 16, 256  # questions of a step; of which the lengths are sorted
_RIGHT = 1.5  # what a statement that answers counts beside one that does not


class Teacher(ABC):
    """A model with an ``adapter`` that learns. Each statement is told right or wrong by itself
    (logistic loss), and each right one is set against the wrong ones of its question (softmax)."""

    def __init__(self, adapter: Mapping[str, Tensor]) -> None:
        self.adapter = {name: value.requires_grad_() for name, value in adapter.items()}

    @abstractmethod
    def scores(self, asked: Sequence[tuple[str, Sequence[str]]]) -> Tensor:
        """Logits (statements,) that each answers the question it stands with."""

    @torch.no_grad()
    def read(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
        """Logits (statements,) that each answers the question."""
        logits: NDArray[np.float32] = self.scores([(question, statements)]).float().numpy()
        return logits

    def learn(self, groups: Sequence[Sequence[PairGroup]], rate: float) -> None:
        """One step for each batch, at a rate that falls to nothing."""
        optimiser = torch.optim.AdamW(self.adapter.values(), rate, weight_decay=_DECAY)
        for step, batch in enumerate(groups):
            factor = min(1.0, (step + 1) / _WARM) * (1 - step / len(groups))
            for options in optimiser.param_groups:
                options["lr"] = rate * factor
            loss = self._loss(batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.adapter.values(), 1.0)
            optimiser.step()
            if step % 20 == 0:
                print(step, len(groups), round(loss.item(), 3), file=sys.stderr)

    def _loss(self, batch: Sequence[PairGroup]) -> Tensor:
        asked = [(one.question, (*one.answering, *one.others)) for one in batch]
        right, own = [], []
        for at, group in enumerate(batch):
            right += [1.0] * len(group.answering) + [0.0] * len(group.others)
            own += [at] * (len(group.answering) + len(group.others))
        scores, labels, at_group = self.scores(asked), torch.tensor(right), torch.tensor(own)
        alone = functional.binary_cross_entropy_with_logits(
            scores, labels, weight=1 + (_RIGHT - 1) * labels
        )
        of_group = functional.one_hot(at_group, len(batch)).bool() & (labels == 0)[:, None]
        wrong = torch.where(of_group, scores[:, None], -1e4).logsumexp(0)
        chosen = labels > 0
        against = torch.logaddexp(scores[chosen], wrong[at_group[chosen]])
        return alone + (against - scores[chosen]).mean()

    def figures(self, groups: Sequence[PairGroup]) -> dict[str, Any]:
        """By source: AUC of what answers against the rest, how often the best answers, and the AUC
        against each kind of near miss."""
        right, wrong = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
        first = defaultdict[str, list[bool]](list)
        for group in groups:
            scores = self.read(group.question, (*group.answering, *group.others)).tolist()
            good, near = scores[: len(group.answering)], scores[len(group.answering) :]
            right[group.source] += good
            first[group.source].append(max(good) > max(near))
            for kind, score in zip(group.kinds, near):
                wrong[kind].append(score)
            wrong[group.source] += near
        every = [score for scores in right.values() for score in scores]
        by_source = {
            source: {"auc": _auc(scores, wrong[source]), "first": round(np.mean(first[source]), 3)}
            for source, scores in right.items()
        }
        kinds = {k: _auc(every, scores) for k, scores in wrong.items() if k not in right}
        return {**by_source, "against": kinds}


def _auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    labels = np.array([1.0] * len(right) + [0.0] * len(wrong))
    return round(separation(labels, np.array([*right, *wrong])), 3)


def batches(
    groups: Sequence[PairGroup], chance: random.Random, size: int = _GROUPS, chunk: int = _CHUNK
) -> Iterator[list[PairGroup]]:
    """All groups once, ``size`` at a time, those of a batch of about the same length."""
    shuffled = chance.sample(groups, len(groups))
    steps = []
    for at in range(0, len(shuffled), chunk):
        alike = sorted(shuffled[at : at + chunk], key=_length)
        steps += [alike[n : n + size] for n in range(0, len(alike), size)]
    yield from chance.sample(steps, len(steps))


def _length(group: PairGroup) -> int:
    return max(len(text.encode()) for text in (*group.answering, *group.others))
