"""Measure whether Gaussian attention over the retriever's features finds more than fixed weights.

    python -m benchmarks.training.gaussian_gate --data DATA --cache CACHE --langs en

The features of each candidate (words, meaning, neighbours, form; `egorag.retrieval.pyramid`) are
weighed by fixed numbers. Here the same softmax over candidates is learned with a gate before them:
`kernels.layers.gaussian_attention` over the features of one candidate, one head. Rows, halves, loss
and R@10 are those of `benchmarks.training.ranking`; fixed weights are learned anew beside, in the
same way. Learned on the developers' half, told of the other; the difference with the interval of
95 % over questions.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import ci95, mean
from benchmarks.training.ranking import Ranked, read_all
from kernels.layers.gaussian_attention import GaussianAttention

_TOP, _STEPS, _DECAY = 10, 400, 3e-4


class Scorer(nn.Module):
    """A score of each candidate from its features, (…, features) → (…); gated or not."""

    def __init__(self, features: int, gaussians: int) -> None:
        super().__init__()
        self.gate = GaussianAttention(1, gaussians) if gaussians else None
        self.weights = nn.Parameter(torch.zeros(features))

    def forward(self, values: Tensor) -> Tensor:
        """Scores; a gate that leaves all alike changes nothing."""
        if self.gate is not None:
            values = values * self.gate.weights(values) * values.shape[-1]
        return values @ self.weights


def values_of(row: Ranked) -> Tensor:
    """The features of a question's candidates, (candidates, features)."""
    return torch.from_numpy(np.stack(list(row.features.values()), 1)).float()


def learned(rows: Sequence[Ranked], gaussians: int) -> Scorer:
    """A scorer of the lowest loss on these questions, each set counting alike."""
    torch.manual_seed(0)
    sets = Counter(row.kept for row in rows)
    longest = max(len(row.holds) for row in rows)
    values = torch.zeros(len(rows), longest, len(rows[0].features))
    right, there = torch.zeros(len(rows), longest), torch.zeros(len(rows), longest)
    for at, row in enumerate(rows):
        hits = torch.from_numpy(row.holds.any(axis=1)).float()
        values[at, : len(hits)], right[at, : len(hits)] = values_of(row), hits / hits.sum()
        there[at, : len(hits)] = 1
    counts = torch.tensor([1 / sets[row.kept] for row in rows])
    scorer = Scorer(values.shape[-1], gaussians)
    optimiser = torch.optim.Adam(scorer.parameters(), 0.05)
    for _ in range(_STEPS):
        logs = torch.log_softmax(scorer(values).masked_fill(there == 0, -1e9), -1)
        loss = -(counts[:, None] * right * logs).sum() / counts.sum()
        loss = loss + _DECAY * (scorer.weights**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return scorer


def recall(row: Ranked, scorer: Scorer) -> float:
    """The share of the moments that the first ten candidates hold."""
    with torch.no_grad():
        best = torch.argsort(-scorer(values_of(row)), stable=True)[:_TOP]
    return float(row.holds[best.numpy()].any(axis=0).mean())


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("ranking-cache"))
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--langs", nargs="+", default=["en", "zh"])
    parser.add_argument("--people", nargs="+", default=["leimingxuan", "yinhao"])
    options = parser.parse_args(arguments)
    options.cache.mkdir(parents=True, exist_ok=True)
    rows = [row for row in read_all(options) if row.time is None and row.holds.any()]
    dev = [row for row in rows if half_of(row.text) == "dev"]
    test = [row for row in rows if half_of(row.text) != "dev"]
    fixed, found = learned(dev, 0), {}
    for gaussians in (1, 2, 4):
        gated = learned(dev, gaussians)
        for name in sorted({row.kept for row in test}):
            pairs = [(recall(r, gated), recall(r, fixed)) for r in test if r.kept == name]
            gains = [new - old for new, old in pairs]
            found[f"{name}, {gaussians} Gaussians"] = {
                "gated": round(mean([new for new, _ in pairs]), 1),
                "fixed": round(mean([old for _, old in pairs]), 1),
                "gain": round(mean(gains), 2),
                "ci95": round(ci95(gains), 2),
                "n": len(pairs),
            }
    for name, figures in found.items():
        print(name, figures)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
