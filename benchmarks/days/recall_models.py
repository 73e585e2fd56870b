"""Plain models of recall: Leitner's boxes, half-life regression, logistic regression by Bayes.

Each foretells the next reply about every name, and asks where a week from now most is gained by it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.days.learners import WEEK, Items, Shares
from benchmarks.days.reply_history import History

Flags = NDArray[np.bool_]
_SPREADS = (0.1, 0.2, 0.3, 0.5, 0.8)  # of learners, of which the likeliest is taken
_OFFSETS = np.linspace(-3, 3, 13)  # of a learner's half-lives, as powers of two


class Reviewer(Protocol):
    """Foretells replies, and orders what to ask; one for many learners at a time."""

    def begin(self, learners: int) -> None:
        """Forget the learners before."""

    def foretell(self, history: History, at: float) -> Shares:
        """Chance of "knew it" for each name now, [learners, items]."""

    def worth(self, history: History, at: float) -> Shares:
        """What it is worth to ask each name now, [learners, items]."""

    def observe(self, history: History, items: Items, replies: Flags, at: float) -> None:
        """Learn from a reply of each learner; ``history`` is that before it."""


class Share:
    """The share of right replies of the learner: what a model of forgetting has to beat."""

    def begin(self, learners: int) -> None:
        """Nothing is remembered."""

    def foretell(self, history: History, at: float) -> Shares:
        """The learner's share, drawn to a half."""
        right, wrong = history.right.sum(1, keepdims=True), history.wrong.sum(1, keepdims=True)
        return np.broadcast_to((right + 2) / (right + wrong + 4), history.met.shape)

    def worth(self, history: History, at: float) -> Shares:
        """The name that was longest not shown."""
        return history.since(at)

    def observe(self, history: History, items: Items, replies: Flags, at: float) -> None:
        """Counts are in the history."""


class Leitner(Share):
    """Boxes of 1, 2, 4, … days: a right reply moves a name on, a wrong one back to the first."""

    def foretell(self, history: History, at: float) -> Shares:
        """A half when the name is due."""
        return np.exp2(-self.worth(history, at))

    def worth(self, history: History, at: float) -> Shares:
        """How much it is overdue."""
        return history.since(at) / np.exp2(history.box)


def gain(model: Reviewer, history: History, at: float) -> Shares:
    """How much likelier each name is known in a week if it is asked now, by the model itself."""
    now, later = model.foretell(history, at), at + WEEK
    known = model.foretell(history.after(True, at), later)
    missed = model.foretell(history.after(False, at), later)
    return now * known + (1 - now) * missed - model.foretell(history, later)


class HalfLifeRegression:
    """Half-life regression (Settles and Meeder 2016), with guesses and slips.

    The half-life in days is two to the power of a weighed sum of the roots of the counts. With
    ``spread`` each learner has an offset to it, a posterior over a grid.
    """

    def __init__(self, histories: Shares, since: Shares, replies: Flags, own: bool) -> None:
        """Fit; ``histories`` [n, 2] are the roots of the counts, ``since`` [n] days."""
        data = [torch.tensor(a, dtype=torch.float32) for a in (histories, since, replies)]
        weights = torch.tensor([0.0, 1.0, 0.0, -2.5, -2.5], requires_grad=True)

        def loss() -> Tensor:
            roots, days, known = data
            half_life = torch.exp2((weights[0] + roots @ weights[1:3]).clamp(-7, 9))
            guess, slip = weights[3:].sigmoid()
            likely = guess + (1 - guess - slip) * torch.exp2(-days / half_life)
            return torch.nn.functional.binary_cross_entropy(likely.clamp(1e-4, 1 - 1e-4), known)

        self.weights = _fit(weights, loss)
        self._spread = 1.0 if own else 0.0
        self.begin(1)

    def begin(self, learners: int) -> None:
        """The prior of the offset of each learner."""
        prior = np.exp(-0.5 * (_OFFSETS / max(self._spread, 1e-3)) ** 2)
        self._posterior = np.tile(prior / prior.sum(), (learners, 1))

    def foretell(self, history: History, at: float) -> Shares:
        """Chance of "knew it", averaged over the offsets that are likely of the learner."""
        exponent = self._exponent(history)
        shares = np.zeros(exponent.shape)
        for offset, likely in zip(_OFFSETS, self._posterior.T):
            if likely.max() > 1e-6:
                shares += likely[:, None] * self._known(exponent + offset, history.since(at))
        return shares

    def worth(self, history: History, at: float) -> Shares:
        """The gain in a week."""
        return gain(self, history, at)

    def observe(self, history: History, items: Items, replies: Flags, at: float) -> None:
        """Weigh the offsets by how likely they made the reply."""
        every = np.arange(len(items))
        exponent = self._exponent(history)[every, items][:, None] + _OFFSETS
        known = self._known(exponent, history.since(at)[every, items][:, None])
        self._posterior = self._posterior * np.where(replies[:, None], known, 1 - known)
        self._posterior /= self._posterior.sum(1, keepdims=True)

    def _exponent(self, history: History) -> Shares:
        first, right, wrong = self.weights[:3]
        exponent: Shares = first + right * np.sqrt(history.right) + wrong * np.sqrt(history.wrong)
        return exponent

    def _known(self, exponent: Shares, since: Shares) -> Shares:
        guess, slip = 1 / (1 + np.exp(-self.weights[3:]))
        known: Shares = guess + (1 - guess - slip) * np.exp2(-since / np.exp2(exponent.clip(-7, 9)))
        return known


class Logistic:
    """Logistic regression on times and counts; each learner's weights are a Gaussian posterior.

    The mean is that of many learners; with ``own`` each reply moves it (assumed-density filter).
    """

    def __init__(self, features: Shares, replies: Flags, own: bool) -> None:
        """Fit; ``features`` [steps, learners, FEATURES] and ``replies`` [steps, learners]."""
        rows = _expand(features)
        self._centre, self._scale = rows.mean((0, 1)), rows.std((0, 1)) + 1e-6
        rows = self._rows(features)
        data = torch.tensor(rows.reshape(-1, rows.shape[-1]), dtype=torch.float32)
        known = torch.tensor(replies.reshape(-1), dtype=torch.float32)
        weights = torch.zeros(rows.shape[-1], requires_grad=True)
        cost = torch.nn.functional.binary_cross_entropy_with_logits
        self.weights = _fit(weights, lambda: cost(data @ weights, known))
        self._spread = 0.0
        if own:
            self._spread = min(_SPREADS, key=lambda spread: self._wrong(rows, replies, spread))
        self.begin(1)

    def begin(self, learners: int) -> None:
        """The prior of the weights of each learner."""
        size = len(self.weights)
        self._mean = np.tile(self.weights, (learners, 1))
        self._covariance = np.tile(self._spread**2 * np.eye(size), (learners, 1, 1))

    def foretell(self, history: History, at: float) -> Shares:
        """Chance of "knew it" by the learner's likeliest weights."""
        rows = self._rows(history.features(at))
        return _logistic(np.einsum("lnf,lf->ln", rows, self._mean))

    def worth(self, history: History, at: float) -> Shares:
        """The gain in a week."""
        return gain(self, history, at)

    def observe(self, history: History, items: Items, replies: Flags, at: float) -> None:
        """Move the weights of each learner."""
        if self._spread:
            features = history.features(at)[np.arange(len(items)), items]
            self._move(self._rows(features), replies)

    def _move(self, rows: Shares, replies: Flags) -> Shares:
        """Move the posteriors; what was foretold before."""
        likely = _logistic((rows * self._mean).sum(-1))
        drawn = np.einsum("lfg,lg->lf", self._covariance, rows)
        scale = 1 / (likely * (1 - likely) + 1e-9) + (drawn * rows).sum(-1)
        self._covariance -= drawn[:, :, None] * drawn[:, None, :] / scale[:, None, None]
        moved = np.einsum("lfg,lg->lf", self._covariance, rows)
        self._mean += moved * (replies - likely)[:, None]
        return likely

    def _wrong(self, rows: Shares, replies: Flags, spread: float) -> float:
        """Log loss of foretelling these replies in their order, with this prior."""
        self._spread = spread
        self.begin(rows.shape[1])
        likely = np.array([self._move(*step) for step in zip(rows, replies)]).clip(1e-4, 1 - 1e-4)
        return -float(np.log(np.where(replies, likely, 1 - likely)).mean())

    def _rows(self, features: Shares) -> Shares:
        rows = (_expand(features) - self._centre) / self._scale
        rows[..., 0] = 1
        return rows


def _expand(features: Shares) -> Shares:
    """A constant, the features, and the time since times each of the others."""
    products = features[..., :1] * features[..., 1:]
    return np.concatenate([np.ones_like(features[..., :1]), features, products], axis=-1)


def _fit(weights: Tensor, loss: object) -> Shares:
    """The weights of the least loss, by L-BFGS."""
    optimizer = torch.optim.LBFGS([weights], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value: Tensor = loss()  # type: ignore[operator]
        value.backward()
        return value

    optimizer.step(closure)
    return weights.detach().double().numpy()


def _logistic(scores: Shares) -> Shares:
    shares: Shares = 1 / (1 + np.exp(-scores))
    return shares
