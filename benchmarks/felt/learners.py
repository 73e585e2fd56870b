"""Learn from a few marks: a ridge classifier, a logistic regression, attention, and PSSA.

Attention scores each token by its state and the aspect; with no weight on that it is the mean.
PSSA (Tang et al., ACL 2019, arXiv 1906.01213, Algorithm 1) trains ``ROUNDS`` times; after each, of
every mark whose attention is surer than none, the word with most of it is masked, as active where
the label was predicted and as misleading where not. The last training draws the attention to the
active words and away from the misleading ones. The encoder is frozen here, so a masked word is left
out of the attention, not of the text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.felt.examples import LABELS, Example, Floats

ROUNDS, SURER = 5, 0.95  # SURER: a share of the entropy of attention to all words alike
_HIDDEN, _EPOCHS, _RATE = 16, 60, 0.01
_KINDS = len(LABELS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples as the network reads them: ``states`` (n, length, width), the rest along them."""

    states: Tensor
    mask: Tensor
    words: Tensor
    aspects: Tensor
    labels: Tensor


def batch(examples: Sequence[Example]) -> Batch:
    """Pad examples to one length."""
    length, width = max(len(one.words) for one in examples), len(examples[0].aspect)
    states = torch.zeros(len(examples), length, width)
    words = torch.full((len(examples), length), -1)
    for row, one in enumerate(examples):
        states[row, : len(one.words)] = torch.from_numpy(one.states)
        words[row, : len(one.words)] = torch.from_numpy(one.words)
    aspects = torch.from_numpy(np.stack([one.aspect for one in examples]))
    labels = torch.tensor([one.label for one in examples])
    return Batch(states, words >= 0, words, aspects, labels)


class AspectAttention(nn.Module):
    """Logits (n, 3) and attention (n, length) of tokens, by their states and the aspect."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.state, self.aspect = nn.Linear(width, _HIDDEN), nn.Linear(width, _HIDDEN, bias=False)
        self.score, self.out = nn.Linear(_HIDDEN, 1, bias=False), nn.Linear(2 * width, _KINDS)
        for zero in (self.score.weight, self.out.weight, self.out.bias):
            nn.init.zeros_(zero)

    def forward(self, data: Batch, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, 3), and how much of the attention each token has (n, length)."""
        hidden = torch.tanh(self.state(data.states) + self.aspect(data.aspects)[:, None])
        scores = self.score(hidden).squeeze(-1).masked_fill(~mask, -1e9)
        attention = scores.softmax(-1)
        pooled = torch.einsum("nl,nlw->nw", attention, data.states)
        return self.out(torch.cat([pooled, data.aspects], -1)), attention


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens (n, length) of the words that were masked as active, and as misleading."""

    active: Tensor
    misleading: Tensor

    @property
    def masked(self) -> Tensor:
        """Tokens of either."""
        return self.active | self.misleading


@dataclass(frozen=True)
class AttentionLearner:
    """Fit attention on marks; ``pull`` is how much the masked words weigh, 0: plain attention."""

    decay: float = 0.1
    pull: float = 0.0
    seed: int = 0

    def predict(self, marks: Sequence[Example], others: Sequence[Example]) -> NDArray[np.int64]:
        """Labels (others,) by what the marks teach."""
        data = batch(marks)
        words = self.mask_words(data) if self.pull else None
        model = self.fit(data, data.mask, words)
        with torch.inference_mode():
            parts = [batch(others[at : at + 200]) for at in range(0, len(others), 200)]
            logits = torch.cat([model(part, part.mask)[0] for part in parts])
        return np.asarray(logits.argmax(-1))

    def mask_words(self, data: Batch) -> Words:
        """Words by which the model was right and wrong, one for each mark and round at most."""
        none = torch.zeros_like(data.mask)
        words = Words(none, none.clone())
        for _ in range(ROUNDS):
            mask = data.mask & ~words.masked
            mask = torch.where(mask.any(-1, keepdim=True), mask, data.mask)
            model = self.fit(data, mask)
            with torch.inference_mode():
                logits, attention = model(data, mask)
            right = logits.argmax(-1) == data.labels
            top = _top_words(data, attention, mask)
            words = Words(
                words.active | (top & right[:, None]), words.misleading | (top & ~right[:, None])
            )
        return words

    def fit(self, data: Batch, mask: Tensor, words: Words | None = None) -> AspectAttention:
        """A network for the labels; with ``words``, its attention is drawn to and from them."""
        torch.manual_seed(self.seed)
        model = AspectAttention(data.states.shape[-1])
        optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=self.decay)
        weights = class_weights(data.labels)
        for _ in range(_EPOCHS):
            logits, attention = model(data, mask)
            loss = functional.cross_entropy(logits, data.labels, weights)
            if words is not None:
                loss = loss + self.pull * _distance(attention, words)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return model.eval()


def class_weights(labels: Tensor) -> Tensor:
    """Weights by which every label that occurs counts alike."""
    counts = torch.bincount(labels, minlength=_KINDS).float()
    return len(labels) / (counts.clamp(min=1) * (counts > 0).sum())


def _top_words(data: Batch, attention: Tensor, mask: Tensor) -> Tensor:
    """The tokens of the word with most attention, where attention is surer than to all alike."""
    by_word = torch.zeros(len(attention), int(data.words.max()) + 1)
    by_word.scatter_add_(1, data.words.clamp(min=0), attention * mask)
    entropy = -(by_word * by_word.clamp(min=1e-9).log()).sum(-1)
    free = torch.zeros_like(by_word).scatter_(1, data.words.clamp(min=0), mask.float())
    most = (free > 0).sum(-1).clamp(min=2).float().log()
    top = (data.words == by_word.argmax(-1, keepdim=True)) & mask
    return top & (entropy < SURER * most)[:, None]


def _distance(attention: Tensor, words: Words) -> Tensor:
    """How far attention to masked words is from even on the active and none on the others."""
    active = words.active.float()
    wished = active / active.sum(-1, keepdim=True).clamp(min=1)
    gap = (attention - wished) * words.masked
    return gap.square().sum(-1).add(1e-12).sqrt().mean()


@dataclass(frozen=True, slots=True)
class LogisticLearner:
    """A logistic regression on the mean of all states and that of the aspect."""

    decay: float = 1.0

    def predict(self, marks: Sequence[Example], others: Sequence[Example]) -> NDArray[np.int64]:
        """Labels (others,) by what the marks teach."""
        inputs, labels = map(torch.from_numpy, (means(marks), labels_of(marks)))
        weights, out = class_weights(labels), nn.Linear(inputs.shape[1], _KINDS)
        nn.init.zeros_(out.weight)
        nn.init.zeros_(out.bias)
        optimizer = torch.optim.LBFGS(out.parameters(), max_iter=100)

        def loss() -> Tensor:
            optimizer.zero_grad()
            penalty = self.decay * out.weight.square().sum() / len(marks)
            value = functional.cross_entropy(out(inputs), labels, weights) + penalty
            value.backward()  # type: ignore[no-untyped-call]
            return value

        optimizer.step(loss)  # type: ignore[no-untyped-call]
        with torch.inference_mode():
            return np.asarray(out(torch.from_numpy(means(others))).argmax(-1))


@dataclass(frozen=True, slots=True)
class RidgeLearner:
    """Least squares on the same, every label with the same weight, in closed form."""

    decay: float = 0.3

    def predict(self, marks: Sequence[Example], others: Sequence[Example]) -> NDArray[np.int64]:
        """Labels (others,) by what the marks teach."""
        labels = labels_of(marks)
        share = np.bincount(labels, minlength=_KINDS)[labels].astype(np.float32)
        root = np.sqrt(1 / share)[:, None]
        inputs = _with_one(means(marks))
        wished = np.eye(_KINDS, dtype=np.float32)[labels]
        kernel = (root * inputs) @ (root * inputs).T
        dual = np.linalg.solve(kernel + self.decay * np.eye(len(marks)), root * wished)
        scores = _with_one(means(others)) @ ((root * inputs).T @ dual)
        scores[:, np.bincount(labels, minlength=_KINDS) == 0] = -math.inf
        return np.asarray(scores.argmax(-1))


def _with_one(inputs: Floats) -> Floats:
    return np.concatenate([inputs, np.ones((len(inputs), 1), np.float32)], axis=1)


def means(examples: Sequence[Example]) -> Floats:
    """The means of all states and those of aspects, beside each other (n, 768)."""
    return np.stack([np.concatenate([one.mean, one.aspect]) for one in examples])


def labels_of(examples: Sequence[Example]) -> NDArray[np.int64]:
    """The labels (n,)."""
    return np.array([one.label for one in examples])
