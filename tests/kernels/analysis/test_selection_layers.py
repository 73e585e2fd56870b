"""The layers that choose for `tidal` are those by which most is still seen."""

from __future__ import annotations

from itertools import combinations

import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.analysis.selection_layers import best_layers, seen_by_choice
from tests.kernels.shapes import few


def covered(seen: torch.Tensor, chosen: tuple[int, ...]) -> float:
    """What all layers from the first that chooses on see, each of what the last one chose."""
    behind = range(chosen[0], len(seen))
    return sum(float(seen[max(s for s in chosen if s <= layer), layer]) for layer in behind)


@few
@given(seed=st.integers(0, 99), layers=st.integers(2, 7), count=st.integers(1, 4))
def test_no_other_layers_would_see_more(seed: int, layers: int, count: int) -> None:
    seen = torch.rand(layers, layers, generator=torch.Generator().manual_seed(seed))
    chosen = best_layers(seen, count, 1)
    assert chosen[0] == 1
    others = range(2, layers)
    every = [(1, *more) for n in range(count) for more in combinations(others, n)]
    assert covered(seen, chosen) >= max(covered(seen, one) for one in every) - 1e-5
    assert len(chosen) <= count


def test_a_layer_sees_what_lies_among_anothers_best_tokens() -> None:
    looks, away = torch.zeros(1, 2, 3, 20), torch.zeros(1, 2, 3, 20)
    looks[..., 5], away[..., 11] = 1.0, 1.0
    targets = torch.full((3, 1), 5)
    seen = seen_by_choice([looks, None, away, looks], targets, 1)
    assert seen[0].tolist() == [6.0, 0.0, 0.0, 6.0]  # two heads, three rows
    assert seen[2].tolist() == [0.0] * 4
    assert not seen[1].any()
