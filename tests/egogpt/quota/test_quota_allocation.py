"""Tokens are shared out within the budget, by merit, and never by accident of order or scale."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from egogpt.quota.allocators import ALLOCATORS, Clues, UnknownAllocator, allocate, needs_scores
from egogpt.quota.budget import NOTHING, Newline, Shape, TokenBudget, cost, ladder
from egogpt.quota.grids import Assignment, assign_grid
from egogpt.quota.uniqueness import frame_uniqueness
from egogpt.quota.weights import frame_weights, frames_for_duration

JUNK = [0.0, -1.0, math.nan, math.inf, -math.inf, 1e-300, 1e300, 1.0]
plain = st.lists(st.integers(0, 1000).map(lambda n: n / 1000), min_size=1, max_size=40)
scores = st.lists(st.one_of(st.sampled_from(JUNK), st.floats(0, 1)), min_size=1, max_size=40)
newlines = st.sampled_from(get_args(Newline))
grids = st.tuples(st.integers(1, 27), st.integers(1, 27))
budgets = st.builds(TokenBudget, st.integers(1, 12_544), grids, newlines, st.integers(0, 4))
ROOMY = TokenBudget(2000, (27, 27), "grid")


def area(shape: Shape) -> int:
    return shape[0] * shape[1]


def by_weight(weights: np.ndarray, shown: Assignment) -> list[tuple[float, int]]:
    """(weight, tokens) of the frames, the heaviest first."""
    return sorted(zip(weights.tolist(), shown.tokens), key=lambda one: (-one[0], -one[1]))


@given(scores, budgets)
def test_a_budget_is_never_exceeded_and_no_frame_is_larger_than_it_was(
    found: list[float], budget: TokenBudget
) -> None:
    shown = assign_grid(frame_weights(found), budget)
    spent = sum(cost(shape, budget.newline) for shape in shown.shapes)
    assert shown.spent == spent + (budget.newline == "one") <= max(budget.total, 1)
    assert shown.slack == budget.total - shown.spent
    assert len(shown.shapes) == len(found)
    for rows, columns in shown.shapes:
        assert rows <= budget.grid[0]
        assert columns <= budget.grid[1]
        assert (rows == 0) == (columns == 0)


@given(scores, budgets)
def test_a_better_score_never_gets_fewer_tokens(found: list[float], budget: TokenBudget) -> None:
    weights = frame_weights(found)
    tokens = [count for _, count in by_weight(weights, assign_grid(weights, budget))]
    assert tokens == sorted(tokens, reverse=True)


@given(scores, budgets)
def test_every_frame_gets_its_floor_where_the_budget_reaches(
    found: list[float], budget: TokenBudget
) -> None:
    steps = ladder(budget.grid, budget.newline)
    least = steps.first_with(budget.min_tokens)
    shown = assign_grid(frame_weights(found), budget)
    if len(found) * int(steps.costs[least]) <= budget.for_frames:
        assert min(shown.tokens) >= min(budget.min_tokens, area(budget.grid))
    elif budget.for_frames >= steps.costs[max(least, 1)]:
        assert any(shown.tokens)


@given(plain, budgets, st.floats(1e-6, 1e6))
def test_scaling_all_scores_changes_nothing(
    found: list[float], budget: TokenBudget, factor: float
) -> None:
    scaled = [one * factor for one in found]
    shown = assign_grid(frame_weights(found), budget)
    assert assign_grid(frame_weights(scaled), budget).shapes == shown.shapes


@given(st.data())
def test_frames_in_another_order_get_the_same_grids(data: st.DataObject) -> None:
    found = data.draw(scores)
    budget = TokenBudget(data.draw(st.integers(4 * len(found), 9000)), (27, 27), "grid", 1)
    order = data.draw(st.permutations(range(len(found))))
    shown = assign_grid(frame_weights(found), budget).shapes
    moved = assign_grid(frame_weights([found[index] for index in order]), budget).shapes
    assert moved == tuple(shown[index] for index in order)


@given(st.integers(1, 160), st.integers(1, 200), newlines)
def test_equal_scores_get_equal_grids(frames: int, each: int, newline: Newline) -> None:
    budget = TokenBudget(frames * (each + 2) + 1, (27, 27), newline)
    assert len(set(assign_grid(frame_weights([0.3] * frames), budget).shapes)) == 1


def test_what_a_model_spends_itself_buys_its_own_grid_when_all_frames_are_alike() -> None:
    llava = TokenBudget(64 * 196 + 1, (27, 27), "one")
    egogpt = TokenBudget(30 * 182, (27, 27), "grid")
    assert set(assign_grid([1.0] * 64, llava).shapes) == {(14, 14)}
    assert set(assign_grid([1.0] * 30, egogpt).shapes) == {(13, 13)}


@pytest.mark.parametrize("frames", [64, 96, 160])
def test_nearly_all_of_a_budget_is_spent(frames: int) -> None:
    noise = np.random.default_rng(0)
    budget = TokenBudget(12_544, (27, 27))
    slack = [
        assign_grid(frame_weights(noise.beta(0.4, 1.5, frames)), budget).slack for _ in range(20)
    ]
    assert max(slack) <= 12


def test_a_frame_that_alone_matters_gets_its_native_grid_and_the_rest_is_shared() -> None:
    shown = assign_grid(frame_weights([1e-4] * 95 + [0.99], floor=0.0), TokenBudget(5000, (27, 27)))
    assert shown.shapes[-1] == (27, 27)
    assert shown.slack < 95 * 3  # one step more for all that are alike would be too much
    assert min(shown.tokens) > 40


def test_with_fewer_tokens_than_frames_the_best_frames_are_shown() -> None:
    shown = assign_grid([0.1, 0.9, 0.5, 0.7], TokenBudget(2, (4, 4)))
    assert shown.shapes == (NOTHING, (1, 1), NOTHING, (1, 1))


def test_with_fewer_tokens_than_equal_frames_those_shown_lie_apart() -> None:
    shown = assign_grid([1.0] * 9, TokenBudget(3, (4, 4)))
    places = [index for index, tokens in enumerate(shown.tokens) if tokens]
    assert len(places) == 3
    assert min(np.diff(places)) > 1


def test_a_grid_keeps_the_proportions_of_the_picture() -> None:
    for rows, columns in ladder((18, 32), "none").shapes[8:]:
        assert 0.7 < (columns / rows) / (32 / 18) < 1.45


@given(scores, st.floats(0, 8), st.floats(0, 1))
def test_weights_are_shares_whatever_the_scores(
    found: list[float], gamma: float, floor: float
) -> None:
    weights = frame_weights(found, gamma, floor)
    assert math.isclose(weights.sum(), 1.0, rel_tol=1e-9)
    assert (weights >= floor / len(found) - 1e-12).all()


def test_scores_that_say_nothing_share_evenly() -> None:
    for found in ([0.0] * 4, [math.nan] * 4, [-1.0] * 4, [math.inf] * 4):
        assert frame_weights(found).tolist() == [0.25] * 4
    assert frame_weights([]).size == 0


def test_a_square_favours_the_better_frame_and_the_floor_holds_it_back() -> None:
    bare = frame_weights([1.0, 0.5], floor=0.0)
    assert bare[0] / bare[1] == pytest.approx(4)
    assert frame_weights([1.0, 0.0], floor=0.5).tolist() == [0.75, 0.25]
    with pytest.raises(ValueError, match="floor from 0 to 1"):
        frame_weights([1.0], floor=1.5)


def test_a_longer_clip_gets_more_frames_up_to_an_hour() -> None:
    assert [frames_for_duration(s) for s in (0, 30, 1800, 3600, 86_400)] == [96, 96, 128, 160, 160]
    with pytest.raises(ValueError, match="cannot be"):
        frames_for_duration(math.nan)


def maps(frames: int = 6, odd: int = 4) -> torch.Tensor:
    """Maps that are all alike but for one."""
    noise = torch.Generator().manual_seed(0)
    found = torch.randn(1, 5, 5, 16, generator=noise).repeat(frames, 1, 1, 1)
    found[odd] = torch.randn(5, 5, 16, generator=noise)
    return found


@pytest.mark.parametrize("name", ALLOCATORS)
def test_every_allocator_stays_within_its_budget_and_shows_every_frame(name: str) -> None:
    clues = Clues(6, [0.1, 0.9, 0.2, 0.0, 0.4, 0.1], frame_uniqueness(maps()))
    for newline in get_args(Newline):
        for total in (20, 40, 75, 151, 500):
            shown = allocate(name, TokenBudget(total, (5, 5), newline), clues)
            assert shown.spent <= total
            assert min(shown.tokens) >= 1
            assert max(shown.tokens) <= 25


def test_each_allocator_favours_what_it_goes_by() -> None:
    budget = TokenBudget(60, (5, 5))
    clues = Clues(6, [0.1, 0.9, 0.2, 0.0, 0.4, 0.1], frame_uniqueness(maps(odd=4)))
    best = {name: np.argmax(allocate(name, budget, clues).tokens) for name in ALLOCATORS}
    assert best["quota"] == best["topk"] == 1
    assert best["uniqueness"] == 4
    assert len(set(allocate("uniform", budget, clues).tokens)) == 1
    shown = allocate("topk", budget, clues)
    assert shown.tokens[1] == shown.tokens[4] == 25
    both = allocate("quota+uniqueness", budget, clues).tokens
    assert both[4] > allocate("quota", budget, clues).tokens[4]


def test_alike_frames_are_not_told_apart_by_uniqueness() -> None:
    clues = Clues(7, uniqueness=frame_uniqueness(maps()[:1].repeat(7, 1, 1, 1)))
    assert len(set(allocate("uniqueness", TokenBudget(70, (5, 5)), clues).shapes)) == 1


def test_an_allocator_says_what_it_lacks() -> None:
    budget = TokenBudget(60, (5, 5))
    for name in ALLOCATORS:
        if needs_scores(name):
            with pytest.raises(ValueError, match="score"):
                allocate(name, budget, Clues(6, uniqueness=frame_uniqueness(maps())))
    with pytest.raises(ValueError, match="uniqueness"):
        allocate("uniqueness", budget, Clues(6))
    with pytest.raises(ValueError, match="6 frames but 2 scores"):
        allocate("quota", budget, Clues(6, [0.1, 0.2]))
    with pytest.raises(UnknownAllocator, match="quota, uniform"):
        allocate("best", budget, Clues(6))


def test_an_impossible_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        TokenBudget(0, (4, 4))
    with pytest.raises(ValueError, match="newline is one of"):
        TokenBudget(9, (4, 4), "row")  # type: ignore[arg-type]
