"""Results of one attention method on one task at one length, with their uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import mean
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Seen:
    """Dense attention's mass, 0..1, on the keys that one query sees, and how many those are."""

    mass: float
    keys: float


@dataclass(slots=True)
class Cell:
    """What one method did with the questions of one task at one length.

    Attributes:
        right: Whether each question was answered.
        tokens: Share of each answer's tokens that were the likeliest, 0..1.
        divergence: KL of dense attention's next-token distribution to the method's, nats, the mean
            over each answer's tokens.
        mass: Dense attention's mass on the keys that the method reads, the mean over layers and
            heads, where the second token of each answer is told, 0..1.
        keys: How many keys that are, the mean over layers and key heads.
    """

    right: list[bool] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    divergence: list[float] = field(default_factory=list)
    mass: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)

    def add(
        self, answer: Sequence[int], sparse: Tensor, dense: Tensor, seen: Seen | None = None
    ) -> None:
        """Count one question; log-probabilities are [answer, vocabulary]."""
        hits = sparse.argmax(dim=-1).cpu() == torch.tensor(answer)
        self.right.append(bool(hits.all()))
        self.tokens.append(float(hits.float().mean()))
        self.divergence.append(float((dense.exp() * (dense - sparse)).sum(dim=-1).mean()))
        if seen is not None:
            self.mass.append(seen.mass)
            self.keys.append(seen.keys)

    def row(self, dense: Cell) -> dict[str, object]:
        """The cell as JSON, beside dense attention's: shares in percent, intervals Wilson's."""
        count, hits = len(self.right), sum(self.right)
        low, high = wilson(hits, count)
        pairs = list(zip(dense.right, self.right, strict=True))
        return {
            "n": count,
            "accuracy": round(100 * hits / count, 1),
            "ci95": [round(100 * low, 1), round(100 * high, 1)],
            "points_below_dense": round(100 * (sum(dense.right) - hits) / count, 1),
            "lost": sum(theirs and not ours for theirs, ours in pairs),
            "won": sum(ours and not theirs for theirs, ours in pairs),
            "token_accuracy": round(100 * mean(self.tokens), 1),
            "kl": round(mean(self.divergence), 4),
            "mass": round(mean(self.mass), 3) if self.mass else None,
            "keys": round(mean(self.keys)) if self.keys else None,
        }


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share (1927): honest for few tries and shares near 0 or 1."""
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def line(row: Mapping[str, Any]) -> str:
    """A cell for people."""
    low, high = row["ci95"]
    seen = "" if row["mass"] is None else f"  mass {row['mass']:.3f}  keys {row['keys']}"
    return (
        f"{row['task']:9}{row['length']:>6} {row['method']:28}{row['accuracy']:6.1f} % "
        f"[{low:.0f}, {high:.0f}]  tokens {row['token_accuracy']:5.1f} %  KL {row['kl']:.4f}{seen}"
    )
