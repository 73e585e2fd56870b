"""What is known of a learner from the replies so far: counts and times of each name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.days.learners import Items, Shares

FEATURES = 6
_QUARTER = 1 / 96  # of an hour, in days: nearer than that is at once


@dataclass(frozen=True, slots=True)
class History:
    """Counts, times (days) and Leitner's box of each name, [learners, items]."""

    met: Shares
    last: Shares
    gap: Shares
    right: Shares
    wrong: Shares
    box: Shares
    latest: Shares  # 1 known, -1 not known, 0 never asked

    @classmethod
    def begin(cls, met: Shares) -> History:
        """Before the first question."""
        none = np.zeros_like(met)
        return cls(met, met.copy(), none, none, none, none, none)

    def after(self, known: NDArray[np.bool_] | bool, at: float) -> History:
        """The history if every name had been asked now, with this reply."""
        known = np.broadcast_to(known, self.met.shape)
        return replace(
            self,
            last=np.full(self.met.shape, at),
            gap=self.since(at),
            right=self.right + known,
            wrong=self.wrong + ~known,
            box=np.where(known, self.box + 1, 0),
            latest=np.where(known, 1.0, -1.0),
        )

    def asked(self, items: Items, replies: NDArray[np.bool_], at: float) -> History:
        """The history after one question to each learner."""
        chosen = np.arange(self.met.shape[1]) == items[:, None]
        new = self.after(np.broadcast_to(replies[:, None], chosen.shape), at)
        names = ("last", "gap", "right", "wrong", "box", "latest")
        return replace(
            self, **{n: np.where(chosen, getattr(new, n), getattr(self, n)) for n in names}
        )

    def open(self, at: float) -> NDArray[np.bool_]:
        """The names that may be asked: met, and neither shown nor asked within the hour."""
        return at - self.last > 1 / 24

    def since(self, at: float) -> Shares:
        """Days since each name was last shown."""
        return np.maximum(at - self.last, 0)

    def features(self, at: float) -> Shares:
        """[learners, items, FEATURES]: logarithms of times, square roots of counts."""
        known_for = np.maximum(at - self.met, 0)
        logs = (np.log2(days + _QUARTER) for days in (self.since(at), self.gap, known_for))
        counts = (np.sqrt(self.right), np.sqrt(self.wrong), self.latest)
        return np.stack([*logs, *counts], axis=-1)
