"""What votes say of settings: nothing of few, and by how much with how much certainty of many."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from app.ask.win_rates import SURE, sure_words, win_rates
from memory.repositories.comparison_votes import Better, ComparisonVote

OWN, FLAT, BM25 = "pyramid/none", "flat/none", "bm25/none"


def votes(better: Better, count: int, first: str = FLAT, second: str = OWN) -> list[ComparisonVote]:
    return [ComparisonVote(float(n), first, second, better) for n in range(count)]


def test_without_votes_nothing_is_known() -> None:
    assert win_rates([], OWN) == []


@pytest.mark.parametrize("count", range(1, 9))
def test_few_votes_are_never_enough(count: int) -> None:
    (rate,) = win_rates(votes("first", count), OWN)
    assert 0.5 < rate.better < SURE
    assert sure_words(rate) == "not yet known"


def test_many_votes_are_enough_for_either() -> None:
    (better,) = win_rates(votes("first", 12), OWN)
    (worse,) = win_rates(votes("second", 12), OWN)
    assert better.is_better
    assert not better.is_worse
    assert worse.is_worse
    assert better.better == pytest.approx(1 - worse.better)
    assert (better.won, better.lost, better.tied) == (12, 0, 0)
    assert sure_words(better).startswith("better, ")


def test_it_does_not_matter_which_was_a() -> None:
    (straight,) = win_rates(votes("first", 5) + votes("second", 2), OWN)
    (turned,) = win_rates(votes("second", 5, OWN, FLAT) + votes("first", 2, OWN, FLAT), OWN)
    assert straight == turned


def test_ties_favour_nobody_and_make_it_surer_that_both_are_alike() -> None:
    (few,), (many,) = (win_rates(votes("both", n) + votes("neither", n), OWN) for n in (1, 20))
    assert few.rate == many.rate == pytest.approx(0.5)
    assert many.high - many.low < few.high - few.low
    assert (many.won, many.lost, many.tied) == (0, 0, 40)


def test_a_setting_is_known_by_way_of_another() -> None:
    """Never voted on against the home's own, but against one that is better than that."""
    chain = votes("first", 12) + votes("first", 12, BM25, FLAT)
    best, second = win_rates(chain, OWN)
    assert (best.setting, second.setting) == (BM25, FLAT)
    assert best.is_better


def test_two_settings_have_the_posterior_that_integration_gives() -> None:
    """The normal approximation against the exact posterior of the difference, by a grid."""
    grid = np.linspace(-6, 6, 12001)
    for won, lost in ((1, 0), (9, 1), (14, 6)):
        (rate,) = win_rates(votes("first", won) + votes("second", lost), OWN)
        density = -won * np.log1p(np.exp(-grid)) - lost * np.log1p(np.exp(grid)) - grid**2 / 0.5
        weight = np.exp(density - density.max())
        assert rate.better == pytest.approx(weight[grid > 0].sum() / weight.sum(), abs=0.01)
        inside = [1 / (1 + exp(-at)) for at in grid[np.abs(density - density.max()) < 1e-6]]
        assert rate.rate == pytest.approx(sum(inside) / len(inside), abs=0.01)
