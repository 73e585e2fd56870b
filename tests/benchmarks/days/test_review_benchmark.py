"""The benchmark of memory review: laws of forgetting, models that learn them, and what they ask."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.days.review import overdue
from benchmarks.days import review
from benchmarks.days.learners import ITEMS, LAWS, Learners, evenings
from benchmarks.days.recall_models import HalfLifeRegression, Leitner, Logistic, Share, gain
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


@pytest.mark.parametrize("law", LAWS)
def test_spaced_questions_hold_longer_than_none(law: str) -> None:
    unasked = Learners(law, 20, seed=3).law.recall(35.0).mean()
    asked = review.remembered(law, 20, Leitner(), seed=3).mean()
    assert asked > unasked + 0.2
    assert review.remembered(law, 20, None, seed=3).mean() > asked  # who knows the law does better


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


@pytest.mark.parametrize("kind", [HalfLifeRegression, Logistic])
def test_a_learner_who_forgets_is_foretold_to_forget(kind: type) -> None:
    log = review.logs("half-life", 60, seed=5)
    if kind is Logistic:
        model = Logistic(log.features, log.replies, own=True)
    else:
        roots, since = log.features[..., 3:5].reshape(-1, 2), np.exp2(log.features[..., 0])
        model = HalfLifeRegression(roots, since.reshape(-1), log.replies.reshape(-1), own=True)
    model.begin(2)
    history, knows = History.begin(np.zeros((2, ITEMS))), np.array([True, False])
    before = model.foretell(history, 2.0)
    assert np.allclose(before[0], before[1])
    for item in range(8):
        items = np.array([item, item])
        model.observe(history, items, knows, 1.0)
        history = history.asked(items, knows, 1.0)
    fresh = model.foretell(history, 2.0)[:, 20]  # a name that neither was asked
    assert fresh[0] > before[0, 20] > fresh[1]


def test_the_gain_of_a_question_is_not_negative_where_it_lengthens_half_lives() -> None:
    model = HalfLifeRegression(np.zeros((1, 2)), np.ones(1), np.ones(1, bool), own=False)
    model.weights = np.array([0.0, 1.0, 0.0, -20.0, -20.0])
    history = History.begin(np.zeros((1, ITEMS)))
    assert (gain(model, history, 1.0) > 0).all()


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


def test_the_network_learns_who_knows_names() -> None:
    logs = [review.logs(law, 40, seed=1) for law in ("half-life", "activation")]
    log = review.together(logs)
    first, learned = train(log, epochs=0), train(log, epochs=6)
    unseen = review.logs("half-life", 30, seed=2)
    before, after = (review.foretold(unseen, AttentionReviewer(one)) for one in (first, learned))
    assert review.log_loss(after, unseen.replies) < review.log_loss(before, unseen.replies) - 0.015


def test_learners_are_the_same_whoever_asks_and_others_for_another_seed() -> None:
    assert np.array_equal(Learners("power", 3, 1).met, Learners("power", 3, 1).met)
    assert not np.array_equal(Learners("power", 3, 1).met, Learners("power", 3, 2).met)
    assert len(set(evenings())) == len(evenings())


def test_the_share_of_a_learner_is_drawn_to_a_half() -> None:
    history = History.begin(np.zeros((1, ITEMS)))
    assert Share().foretell(history, 1.0)[0, 0] == 0.5
    history = history.asked(np.array([0]), np.array([True]), 1.0)
    assert Share().foretell(history, 1.0)[0, 1] == 0.6


def test_the_command_judges_every_model_on_every_law() -> None:
    lines: list[str] = []
    small = ["--learned", "6", "--judged", "3", "--epochs", "1", "--unseen", "power"]
    review.main([*small, "--json"], lines.append)
    rows = [json.loads(line) for line in lines]
    assert [(row["unseen"], row["judged"]) for row in rows] == [("power", law) for law in LAWS]
    assert all(len(row["figures"]) == 7 for row in rows)
    assert all(row["figures"]["Leitner"]["above Leitner"] == 0 for row in rows)


def test_boxes_here_are_those_of_the_memory_review() -> None:
    history, replies = History.begin(np.zeros((1, ITEMS))), []
    for at, known in ((1.0, True), (3.5, True), (7.0, False), (8.5, True)):
        history = history.asked(np.array([0]), np.array([known]), at)
        replies.append(ReviewReply(at * 86_400, known, "clip", "person"))
        worth = Leitner().worth(history, 12.0)[0, 0]
        assert overdue(replies, 0.0, 12 * 86_400.0) == pytest.approx(worth)
