"""The benchmark of memory review: laws of forgetting, models that learn them, and what they ask."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.days.review import overdue
from benchmarks.days import review
from benchmarks.days.learners import ITEMS, LAWS, Learners
from benchmarks.days.recall_models import HalfLifeRegression, Leitner
from benchmarks.days.reply_attention import AttentionReviewer, ReplyAttention, train
from benchmarks.days.reply_history import History
from memory.repositories.review_replies import ReviewReply

NEVER = np.full((1, ITEMS), 99.0)  # names that are yet to be met


@pytest.mark.parametrize("law", LAWS)
def test_names_fade_and_are_known_again_when_shown(law: str) -> None:
    learners = Learners(law, 20, seed=3)
    early, late = learners.law.recall(22.0), learners.law.recall(30.0)
    assert (late < early).all()
    shown = np.arange(ITEMS) < 5
    learners.law.expose(np.tile(shown, (20, 1)), np.ones((20, ITEMS), bool), 30.0)
    assert (learners.law.recall(30.1)[:, :5] > late[:, :5]).all()
    assert np.allclose(learners.law.recall(30.0)[:, 5:], late[:, 5:])


def test_a_history_counts_only_the_name_that_was_asked() -> None:
    history = History.begin(np.zeros((1, ITEMS)))
    asked = history.asked(np.array([7]), np.array([True]), 2.0)
    assert asked.right[0].tolist() == [float(n == 7) for n in range(ITEMS)]
    assert (asked.last[0, 7], asked.gap[0, 7], asked.box[0, 7], asked.last[0, 6]) == (2, 2, 1, 0)
    missed = asked.asked(np.array([7]), np.array([False]), 3.0)
    assert (missed.box[0, 7], missed.wrong[0, 7], missed.latest[0, 7]) == (0, 1, -1)


def test_only_names_that_are_met_and_not_just_shown_are_open() -> None:
    history = History.begin(NEVER.copy())
    assert not history.open(3.0).any()
    history.met[0, 2] = history.last[0, 2] = 1.0
    assert np.flatnonzero(history.open(3.0)).tolist() == [2]
    assert not history.asked(np.array([2]), np.array([True]), 3.0).open(3.001).any()


def test_boxes_ask_first_what_is_most_overdue() -> None:
    history = History.begin(np.zeros((1, ITEMS)))
    history = history.asked(np.array([0]), np.array([True]), 1.0)  # in the box of two days
    worth = Leitner().worth(history, 3.0)[0]
    assert (worth[0], worth[1]) == (1.0, 3.0)
    assert Leitner().foretell(history, 3.0)[0, 0] == 0.5


def test_a_half_life_is_found_from_replies() -> None:
    chance = np.random.default_rng(0)
    since = np.exp2(chance.uniform(-3, 5, 20_000))
    replies = chance.random(20_000) < np.exp2(-since / 4)
    model = HalfLifeRegression(np.zeros((20_000, 2)), since, replies, own=False)
    history = History.begin(np.zeros((1, ITEMS)))
    assert abs(model.foretell(history, 4.0)[0, 0] - 0.5) < 0.04


def test_the_network_sees_no_reply_that_is_yet_to_come() -> None:
    log = review.logs("power", 2, seed=1)
    torch.manual_seed(0)
    model = ReplyAttention().eval()
    as_tensor = [torch.tensor(a, dtype=torch.float32) for a in (log.features, log.replies)]
    features, replies = as_tensor[0].transpose(0, 1), as_tensor[1].T
    items, times = torch.tensor(log.items.T), torch.tensor(log.times, dtype=torch.float32)
    with torch.no_grad():
        plain = model.replay(features, replies, items, times)
        changed = replies.clone()
        changed[:, 50] = 1 - changed[:, 50]
        other = model.replay(features, changed, items, times)
    assert torch.equal(plain[:, :51], other[:, :51])
    assert not torch.allclose(plain[:, 51:], other[:, 51:])


def test_the_network_says_the_same_of_a_log_in_one_pass_and_step_by_step() -> None:
    log = review.logs("power", 3, seed=1)
    model = train(log, epochs=1)
    as_tensor = [torch.tensor(a, dtype=torch.float32) for a in (log.features, log.replies)]
    with torch.no_grad():
        times = torch.tensor(log.times, dtype=torch.float32)
        items = torch.tensor(log.items.T)
        pass_ = model.replay(as_tensor[0].transpose(0, 1), as_tensor[1].T, items, times)
    steps = review.foretold(log, AttentionReviewer(model))
    assert np.allclose(pass_[..., 0].sigmoid().T.numpy(), steps, atol=1e-3)


def test_boxes_here_are_those_of_the_memory_review() -> None:
    history, replies = History.begin(np.zeros((1, ITEMS))), []
    for at, known in ((1.0, True), (3.5, True), (7.0, False), (8.5, True)):
        history = history.asked(np.array([0]), np.array([known]), at)
        replies.append(ReviewReply(at * 86_400, known, "clip", "person"))
        worth = Leitner().worth(history, 12.0)[0, 0]
        assert overdue(replies, 0.0, 12 * 86_400.0) == pytest.approx(worth)
