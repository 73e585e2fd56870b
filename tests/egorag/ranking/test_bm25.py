"""Arithmetic of ranking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.ranking.bm25 import density, nearness
from egorag.retrieval.pyramid import neighbour_weight
from memory.types.core import Span
from tests.egorag.conftest import plan

_DAY = 86_400.0


def test_neighbours_of_short_units_count_fully_and_of_long_ones_little() -> None:
    turns, clips = np.full(9, 24.0), np.full(9, 117.0)
    assert neighbour_weight(turns) == 1
    assert neighbour_weight(clips) == pytest.approx(40 / 117)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=9), st.integers(1, 50))
def test_longer_units_never_count_their_neighbours_more(words: list[int], more: int) -> None:
    short, long = np.array(words, float), np.array(words, float) + more
    assert neighbour_weight(long) <= neighbour_weight(short) <= 1


def test_what_is_told_in_the_weeks_after_is_near_and_what_came_before_is_not() -> None:
    wanted, later = Span(100 * _DAY, 101 * _DAY), 20 * _DAY
    after, before = Span(106 * _DAY, 106 * _DAY + 30), Span(95 * _DAY, 95 * _DAY + 30)
    assert nearness(after, wanted, later) == pytest.approx(0.75)
    assert nearness(after, wanted) == nearness(before, wanted, later) == 0


@pytest.mark.parametrize(
    ("question", "exact"),
    [
        ("What did I cook yesterday?", True),
        ("What did I cook with Ada yesterday?", True),
        ("What did Ada cook yesterday evening?", True),
        ("Where did we see Ada in February?", True),
        ("What did our Ada cook yesterday?", True),
        ("So what did Ada cook yesterday?", False),
        ("Where did Ada travel in February?", False),
    ],
)
def test_days_in_the_life_of_others_favour_and_all_else_filters(question: str, exact: bool) -> None:
    time = plan(question).time
    assert time is not None
    assert time.exact is exact


def test_density_counts_what_is_near_in_time_and_not_of_the_same_stretch() -> None:
    scores, hours = np.array([3.0, 2.0, 1.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0, 240.0, 3.0])
    apart = density(scores, 3600 * hours, np.arange(5))
    assert 1 > apart[2] > apart[4] > 0.5 > 0.01 > apart[3] > 0
    beside = density(scores, 3600 * hours, np.array([0, 1, 0, 3, 4]))
    assert apart[2] > beside[2] > 0
    assert not density(np.ones(5), 3600 * hours, np.arange(5)).any()
    assert not density(np.ones(0), np.ones(0), np.arange(0)).size
