"""Memory review: which model foretells replies, and which makes people remember most names.

    python -m benchmarks.days.review --json

Simulated learners of three laws of forgetting meet 40 names in three weeks and get six questions
an evening for four. Models learn from learners of two laws and are judged on others of these and
of the third: the next reply (AUC, log loss) of logs whose questions chance or Leitner's boxes
chose, and, where the model itself asks, the share of names known a week after the last question.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks.days.highlights import auc
from benchmarks.days.learners import DAYS, LAWS, WEEK, Learners, Shares, evenings
from benchmarks.days.recall_models import (
    Flags,
    HalfLifeRegression,
    Leitner,
    Logistic,
    Reviewer,
    Share,
)
from benchmarks.days.reply_attention import AttentionReviewer, ReplyLog, train
from benchmarks.days.reply_history import History

Choose = Callable[[History, float], Shares]
_LEARNED, _JUDGED = 1, 2  # seeds of the learners that are learned from, and of the others


def logs(law: str, count: int, seed: int) -> ReplyLog:
    """Replies to questions that chance or Leitner's boxes choose, in shares of each learner's."""
    chance, leitner = np.random.default_rng(seed), Leitner()
    by_chance = chance.random((count, 1))

    def choose(history: History, at: float) -> Shares:
        drawn = chance.random(history.met.shape)
        random = chance.random((count, 1)) < by_chance
        return np.where(random, drawn, leitner.worth(history, at))

    return live(Learners(law, count, seed), choose)[0]


def live(
    learners: Learners, choose: Choose, reviewer: Reviewer | None = None
) -> tuple[ReplyLog, History]:
    """Four weeks of questions; what is worth most is asked."""
    history, every = History.begin(learners.met), np.arange(len(learners.met))
    items, replies, features, weeks = [], [], [], []
    for at in evenings():
        asked = np.where(history.open(at), choose(history, at), -np.inf).argmax(1)
        without = learners.law.recall(at + WEEK)[every, asked]
        known = learners.reply(asked, at)
        weeks.append(np.stack([without, learners.law.recall(at + WEEK)[every, asked]], -1))
        features.append(history.features(at)[every, asked])
        if reviewer:
            reviewer.observe(history, asked, known, at)
        history = history.asked(asked, known, at)
        items.append(asked)
        replies.append(known)
    log = [np.array(rows) for rows in (items, replies, features, weeks)]
    return ReplyLog(learners.met, evenings(), *log), history


def foretold(log: ReplyLog, reviewer: Reviewer) -> Shares:
    """What the model says of each question before its reply, [steps, learners]."""
    history, every = History.begin(log.met), np.arange(len(log.met))
    reviewer.begin(len(log.met))
    shares = []
    for at, items, replies in zip(log.times, log.items, log.replies):
        shares.append(reviewer.foretell(history, at)[every, items])
        reviewer.observe(history, items, replies, at)
        history = history.asked(items, replies, at)
    return np.array(shares)


def remembered(law: str, count: int, reviewer: Reviewer | None, seed: int = _JUDGED) -> Shares:
    """The share of names that each learner knows a week after the last question, [learners].

    None asks what by the law itself gains most.
    """
    learners = Learners(law, count, seed)
    if reviewer:
        reviewer.begin(count)
        live(learners, reviewer.worth, reviewer)
    else:
        live(learners, lambda _, at: _true_gain(learners, at))
    return learners.law.recall(DAYS + WEEK).mean(1)


def _true_gain(learners: Learners, at: float) -> Shares:
    """What a question adds to the recall in a week, by the law."""
    now, everything = learners.law.recall(at), np.ones(learners.met.shape, bool)
    after = []
    for recalled in (everything, ~everything):
        law = copy.deepcopy(learners.law)
        law.expose(everything, recalled, at)
        after.append(law.recall(at + WEEK))
    return now * after[0] + (1 - now) * after[1] - learners.law.recall(at + WEEK)


def together(parts: Sequence[ReplyLog]) -> ReplyLog:
    """The learners of several logs as one log, in an order by chance."""
    count = sum(part.items.shape[1] for part in parts)
    order = np.random.default_rng(0).permutation(count)
    names = ("items", "replies", "features", "weeks")
    rows = [np.concatenate([getattr(part, name) for part in parts], 1)[:, order] for name in names]
    return ReplyLog(np.concatenate([part.met for part in parts])[order], parts[0].times, *rows)


def fit(laws: Sequence[str], count: int, epochs: int) -> dict[str, Reviewer]:
    """Models, learned from ``count`` learners of each of these laws; 0 epochs: plain ones."""
    log = together([logs(law, count, _LEARNED) for law in laws])
    roots, since = log.features[..., 3:5].reshape(-1, 2), np.exp2(log.features[..., 0]).reshape(-1)
    known = log.replies.reshape(-1)
    models: dict[str, Reviewer] = {
        "own share; longest not shown": Share(),
        "Leitner": Leitner(),
        "half-life regression": HalfLifeRegression(roots, since, known, own=False),
        "half-life regression, own offset": HalfLifeRegression(roots, since, known, own=True),
        "logistic": Logistic(log.features, log.replies, own=False),
        "logistic, own weights": Logistic(log.features, log.replies, own=True),
    }
    if epochs:
        models["attention over replies"] = AttentionReviewer(train(log, epochs=epochs))
    return models


def log_loss(shares: Shares, replies: Flags) -> float:
    """Mean negative logarithm of what was said of the reply that came."""
    likely = np.where(replies, shares, 1 - shares)
    return -float(np.log(likely.clip(0.01, 0.99)).mean())


def judge(models: Mapping[str, Reviewer], law: str, count: int) -> dict[str, dict[str, float]]:
    """AUC, log loss and share remembered of every model, and the last above Leitner's (± error)."""
    log, boxes = logs(law, count, _JUDGED), remembered(law, count, Leitner())
    figures = {}
    for name, model in models.items():
        shares, known = foretold(log, model), remembered(law, count, model)
        figures[name] = {
            "auc": round(100 * auc(shares.ravel(), log.replies.ravel()), 1),
            "log loss": round(log_loss(shares, log.replies), 3),
            "remembered": round(100 * float(known.mean()), 1),
            "above Leitner": round(100 * float((known - boxes).mean()), 1),
            "error": round(100 * float((known - boxes).std() / count**0.5), 1),
        }
        print(law, name, figures[name], file=sys.stderr, flush=True)
    return figures


def bounds(law: str, count: int) -> dict[str, float]:
    """Share remembered without any question, and where the law itself chooses, in percent."""
    none = Learners(law, count, _JUDGED).law.recall(DAYS + WEEK).mean()
    best = remembered(law, count, None).mean()
    return {"no questions": round(100 * float(none), 1), "the law": round(100 * float(best), 1)}


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learned", type=int, default=300, help="learners of each law")
    parser.add_argument("--judged", type=int, default=120, help="other learners of each law")
    parser.add_argument("--epochs", type=int, default=20, help="of the network; 0: without it")
    parser.add_argument("--unseen", nargs="+", choices=list(LAWS), default=list(LAWS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    ends = {law: bounds(law, options.judged) for law in LAWS}
    for unseen in options.unseen:
        models = fit([law for law in LAWS if law != unseen], options.learned, options.epochs)
        for law in LAWS:
            figures = judge(models, law, options.judged)
            row = {"unseen": unseen, "judged": law, "bounds": ends[law], "figures": figures}
            say(json.dumps(row) if options.json else _table(row))
    return 0


def _table(row: dict[str, Any]) -> str:
    head = f"{row['judged']}, learned without {row['unseen']}; {row['bounds']}"
    lines = (
        f"  {name:34} {'  '.join(f'{key} {value}' for key, value in figures.items())}"
        for name, figures in row["figures"].items()
    )
    return "\n".join([head, *lines])


if __name__ == "__main__":
    sys.exit(main())
