"""Simulate people who learn names: three laws of forgetting, and replies with guesses and slips.

    learners = Learners("half-life", 300, seed=1)
    replies = learners.reply(items, at=3.8)  # one question to each; the answer is shown thereafter

Arrays are [learners, items] unless said otherwise; times are days.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

ITEMS, DAYS, A_DAY, WEEK = 40, 28, 6, 7.0
_EVENING, _MINUTE = 0.85, 1 / 1440
Shares: TypeAlias = NDArray[np.float64]
Items: TypeAlias = NDArray[np.int64]


class Law(Protocol):
    """How a name is forgotten, and what seeing it again does."""

    def recall(self, at: float) -> Shares:
        """Chance that each name comes to mind, [learners, items]."""

    def expose(self, chosen: NDArray[np.bool_], recalled: NDArray[np.bool_], at: float) -> None:
        """Show the answers of the ``chosen`` names, which had come to mind or not."""


class HalfLife:
    """Exponential forgetting; a half-life grows with each recall (Settles and Meeder 2016).

    Between 15 minutes and 9 months, as there. The first is of the learner and of the name.
    """

    def __init__(self, met: Shares, chance: np.random.Generator) -> None:
        own, of_name = chance.normal(0, 0.8, (len(met), 1)), chance.normal(0, 1, met.shape)
        self._growth = np.exp2(chance.normal(1.1, 0.3, (len(met), 1)))
        self._first = np.exp2(1 + own + of_name)
        self._half_life, self._last = self._first.copy(), met.copy()

    def recall(self, at: float) -> Shares:
        """Chance that each name comes to mind."""
        return np.exp2(-np.maximum(at - self._last, 0) / self._half_life)

    def expose(self, chosen: NDArray[np.bool_], recalled: NDArray[np.bool_], at: float) -> None:
        """Show the answers of the chosen names."""
        lapsed = np.maximum(self._half_life / 2, self._first)
        longer = np.where(recalled, self._half_life * self._growth, lapsed)
        self._half_life = np.where(chosen, np.clip(longer, 0.01, 274), self._half_life)
        self._last = np.where(chosen, at, self._last)


class PowerStability:
    """Forgetting by a power law; stability grows more where recall was hard (FSRS v4, defaults)."""

    def __init__(self, met: Shares, chance: np.random.Generator) -> None:
        own, of_name = chance.normal(0, 0.6, (len(met), 1)), chance.normal(0, 0.8, met.shape)
        self._stability, self._last = 0.1 * np.exp(own + of_name), met.copy()
        self._difficulty = np.clip(chance.normal(5, 2, met.shape), 1, 10)

    def recall(self, at: float) -> Shares:
        """Chance that each name comes to mind."""
        since = np.maximum(at - self._last, 0)
        shares: Shares = 1 / (1 + since / (9 * self._stability))
        return shares

    def expose(self, chosen: NDArray[np.bool_], recalled: NDArray[np.bool_], at: float) -> None:
        """Show the answers of the chosen names."""
        old, lost = self._stability, 1 - self.recall(at)
        growth = np.exp(1.49) * (11 - self._difficulty) * old**-0.14 * np.expm1(0.94 * lost)
        lapse = 2.18 * self._difficulty**-0.05 * ((old + 1) ** 0.34 - 1) * np.exp(1.26 * lost)
        new = np.where(recalled, old * (1 + growth), np.maximum(lapse, 0.02))
        self._stability = np.where(chosen, new, old)
        self._difficulty = np.clip(self._difficulty + np.where(chosen & ~recalled, 1.7, 0), 1, 10)
        self._last = np.where(chosen, at, self._last)


class Activation:
    """Activation of ACT-R: traces decay by a power that activation raises (Pavlik, Anderson 2005).

    Its parameters a, c, tau, s and the slower clock between sessions are those of the paper.
    """

    _A, _C, _TAU, _S, _CLOCK = 0.177, 0.217, -0.704, 0.255, 0.025 * 86_400

    def __init__(self, met: Shares, chance: np.random.Generator) -> None:
        own, of_name = chance.normal(0, 0.15, (len(met), 1)), chance.normal(0, 0.2, met.shape)
        self._offset = 0.4 + own + of_name
        self._shown = [met.copy()]
        self._decay = [np.full(met.shape, self._A)]

    def recall(self, at: float) -> Shares:
        """Chance that each name comes to mind."""
        activation = self._activation(at) + self._offset
        shares: Shares = 1 / (1 + np.exp((self._TAU - activation) / self._S))
        return shares

    def expose(self, chosen: NDArray[np.bool_], recalled: NDArray[np.bool_], at: float) -> None:
        """Show the answers of the chosen names; a trace is one whether it was recalled or not."""
        decay = self._C * np.exp(self._activation(at)) + self._A
        self._shown.append(np.where(chosen, at, np.inf))
        self._decay.append(decay)

    def _activation(self, at: float) -> Shares:
        total = np.zeros(self._shown[0].shape)
        for shown, decay in zip(self._shown, self._decay):
            known = np.isfinite(shown)
            since = np.maximum(at - shown[known], _MINUTE) * self._CLOCK
            total[known] += since ** -decay[known]
        logged: Shares = np.log(total)
        return logged


LAWS: dict[str, Callable[[Shares, np.random.Generator], Law]] = {
    "half-life": HalfLife,
    "power": PowerStability,
    "activation": Activation,
}


class Learners:
    """People of one law who meet names on the first three weeks of four."""

    def __init__(self, law: str, count: int, seed: int) -> None:
        chance = np.random.default_rng([seed, *law.encode()])
        at_once = np.arange(ITEMS) < ITEMS // 5
        self.met = np.where(at_once, 0, chance.uniform(0, 21, (count, ITEMS)))
        self.law = LAWS[law](self.met, chance)
        self.guess, self.slip = chance.beta(1.5, 15, count), chance.beta(1.5, 25, count)
        self.chance = chance

    def reply(self, items: Items, at: float) -> NDArray[np.bool_]:
        """Whether each learner says to have known the name that is asked, [learners]."""
        every = np.arange(len(items))
        recalled = self.chance.random(len(items)) < self.law.recall(at)[every, items]
        chosen = np.arange(ITEMS) == items[:, None]
        self.law.expose(chosen, np.broadcast_to(recalled[:, None], chosen.shape), at)
        other = self.chance.random(len(items)) < np.where(recalled, self.slip, self.guess)
        return recalled ^ other


def evenings() -> list[float]:
    """The times of all questions: a few each evening, a minute apart."""
    return [day + _EVENING + slot * _MINUTE for day in range(DAYS) for slot in range(A_DAY)]
