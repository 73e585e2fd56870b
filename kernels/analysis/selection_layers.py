"""Fits the layers of `tidal` that choose tokens for those behind them.

While a model copies a number that it was told, its layers look back at that number. A layer that
reads what another has chosen sees of it what lies among the other's best tokens. For each pair of
layers this is counted once; then the set of choosing layers is found by which, in sum over all
layers, most of the number is still seen.

Source: Yang et al., TidalDecode, arXiv 2410.05076, section 3.3, where the second of two layers is
found for each model by trying all on needles.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def seen_by_choice(weights: Sequence[Tensor | None], targets: Tensor, tokens: int) -> Tensor:
    """How much of the looked-for each layer sees where it reads what another layer chose.

    Args:
        weights: For each layer the attention of some rows, float [Hkv, G, r, k]; None for a layer
            that is not looked into.
        targets: Places that are looked for from each row, int64 [r, c].
        tokens: How many tokens a key head chooses.

    Returns:
        [layers, layers]: row s, column l is the attention to the targets that layer l has on the
        choice of layer s, summed over heads and rows.
    """
    layers = len(weights)
    seen = torch.zeros(layers, layers)
    known = {at: layer for at, layer in enumerate(weights) if layer is not None}
    looked = {
        at: layer.gather(-1, targets.expand(*layer.shape[:2], -1, -1)).sum(dim=1)
        for at, layer in known.items()
    }  # [Hkv, r, c]
    for s, layer in known.items():
        votes = layer.sum(dim=1)  # [Hkv, r, k]
        best = votes.topk(min(tokens, votes.shape[-1]), dim=-1).indices
        chosen = torch.zeros_like(votes, dtype=torch.bool).scatter_(-1, best, True)
        there = chosen.gather(-1, targets.expand(votes.shape[0], -1, -1))
        for at, mass in looked.items():
            if mass.shape == there.shape:
                seen[s, at] = float((mass * there).sum())
    return seen


def best_layers(seen: Tensor, count: int, first: int) -> tuple[int, ...]:
    """The choosing layers by which most is seen.

    Args:
        seen: As `seen_by_choice` has it, or sums of such.
        count: How many choose.
        first: The first layer that may; those before it are dense, and it is always one.
    """
    layers = seen.shape[0]
    # covered[s, e]: what layers s … e - 1 see where s chooses for all of them.
    covered = torch.cat([torch.zeros(layers, 1), seen.triu().cumsum(dim=1)], dim=1)
    # By the last layer that chooses: what is seen before it, and all that choose.
    best: dict[int, tuple[float, tuple[int, ...]]] = {first: (0.0, (first,))}
    finished = [(float(covered[first, layers]), best[first][1])]
    for _ in range(min(count, layers - first) - 1):
        step: dict[int, tuple[float, tuple[int, ...]]] = {}
        for last, (total, chosen) in best.items():
            for new in range(last + 1, layers):
                reached = total + float(covered[last, new])
                if new not in step or reached > step[new][0]:
                    step[new] = (reached, (*chosen, new))
        best = step
        finished += [(best[at][0] + float(covered[at, layers]), best[at][1]) for at in best]
    return max(finished)[1]
