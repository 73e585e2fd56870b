"""Attention over the log of replies that assesses and recommends, trained on simulated learners.

After "Creating A Neural Pedagogical Agent by Jointly Learning to Review and Assess" (arXiv
1906.10910): recurrent states of question-response pairs, attended by the question that may come
next. There questions are shared by all and have embeddings; here each has one's own names, so a
question is what is known of it (times and counts), and whether a reply was about the same name.
Three heads share the states: the reply now, and recall in a week without and with the question. The
recurrence looks back only (theirs is bidirectional), so that one pass trains on all questions.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.days.learners import Items, Shares
from benchmarks.days.recall_models import Flags
from benchmarks.days.reply_history import FEATURES, History

_WIDTH, _EPOCHS, _BATCH, _RATE, _VALIDATED = 32, 20, 16, 4e-3, 0.15


@dataclass(frozen=True, slots=True)
class ReplyLog:
    """Replies of many learners, [steps, learners]; ``weeks`` are recalls in a week (two)."""

    met: Shares
    times: list[float]
    items: Items
    replies: Flags
    features: Shares  # [steps, learners, FEATURES] of what was asked, before the reply
    weeks: Shares  # [steps, learners, 2] without and with the question


class ReplyAttention(nn.Module):
    """Logits of the reply and of recall in a week, without and with the question."""

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.states = nn.GRU(FEATURES + 1, width, batch_first=True)
        self.query, self.key = nn.Linear(FEATURES, width), nn.Linear(width, width)
        self.value, self.same = nn.Linear(width, width), nn.Parameter(torch.zeros(width))
        self.near, self.own = nn.Parameter(torch.tensor(0.1)), nn.Parameter(torch.tensor(1.0))
        self.heads = nn.Sequential(
            nn.Linear(FEATURES + 2 * width, 2 * width), nn.GELU(), nn.Linear(2 * width, 3)
        )

    def forward(
        self, asked: Tensor, state: Tensor, memory: Tensor, same: Tensor, lag: Tensor
    ) -> Tensor:
        """Three logits [B, Q, 3].

        Args:
            asked: Features of the questions, [B, Q, FEATURES].
            state: The learner's state before each, [B, Q, width].
            memory: States after each reply, [B, T, width]; a zero stands for none.
            same: 1 where a reply was about the same name, [B, Q, T].
            lag: Days since each reply, [B, Q, T]; below zero where it is yet to come.
        """
        scores = self.query(asked) @ self.key(memory).mT / memory.shape[-1] ** 0.5
        scores = scores + self.own * same - self.near * torch.log2(lag.clamp(min=0) + 1 / 96)
        weights = scores.masked_fill(lag < 0, -1e9).softmax(-1)
        of_same = (weights * same).sum(-1, keepdim=True) * self.same
        context = weights @ self.value(memory) + of_same
        logits: Tensor = self.heads(torch.cat([asked, state, context], -1))
        return logits

    def replay(self, features: Tensor, replies: Tensor, items: Tensor, times: Tensor) -> Tensor:
        """Logits [B, T, 3] of each question of logs by the replies before it."""
        pairs = torch.cat([_scaled(features), replies[..., None] * 2 - 1], -1)
        after = self.states(pairs)[0]
        memory = functional.pad(after, (0, 0, 1, 0))
        lag = times[:, None] - functional.pad(times, (1, 0), value=-30.0)
        lag = lag.expand(len(items), -1, -1).clone()
        ahead = torch.ones(lag.shape[1:], dtype=torch.bool).triu(1)
        lag.masked_fill_(ahead, -1.0)
        same = (items[:, :, None] == functional.pad(items, (1, 0), value=-1)[:, None]).float()
        return self(_scaled(features), memory[:, :-1], memory, same, lag)


def train(log: ReplyLog, seed: int = 0, epochs: int = _EPOCHS) -> ReplyAttention:
    """A network that has learned from these learners; the last of them say which epoch is best."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    model, count = ReplyAttention(), log.items.shape[1]
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.01)
    learned = int(count * (1 - _VALIDATED))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    best, chosen = float("inf"), model.state_dict()
    for epoch in range(epochs):
        model.train()
        order = chance.permutation(learned)
        for begin in range(0, learned, _BATCH):
            optimizer.zero_grad()
            _loss(model, log, order[begin : begin + _BATCH]).sum().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        schedule.step()
        model.eval()
        with torch.no_grad():
            wrong = float(_loss(model, log, np.arange(learned, count)).sum())
        print(f"epoch {epoch}: {wrong:.4f}", file=sys.stderr, flush=True)
        if wrong < best:
            best, chosen = wrong, {name: one.clone() for name, one in model.state_dict().items()}
    model.load_state_dict(chosen)
    return model.eval()


def _loss(model: ReplyAttention, log: ReplyLog, rows: Items) -> Tensor:
    """Cross-entropies of the three heads, [3]."""
    features, replies = _tensor(log.features[:, rows]), _tensor(log.replies[:, rows])
    times, items = _tensor(np.array(log.times)), torch.tensor(log.items[:, rows].T)
    logits = model.replay(features.transpose(0, 1), replies.T, items, times)
    targets = torch.cat([replies.T[..., None], _tensor(log.weeks[:, rows]).transpose(0, 1)], -1)
    wrong: Tensor = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return wrong.mean((0, 1))


class AttentionReviewer:
    """Foretells and recommends by the network, for many learners at a time."""

    def __init__(self, model: ReplyAttention) -> None:
        self._model = model
        self.begin(1)

    def begin(self, learners: int) -> None:
        """Forget the learners before."""
        self._memory = torch.zeros(learners, 1, _WIDTH)
        self._items = torch.full((learners, 1), -1)
        self._times = [-30.0]

    def foretell(self, history: History, at: float) -> Shares:
        """Chance of "knew it" for each name."""
        return self._shares(history, at)[..., 0]

    def worth(self, history: History, at: float) -> Shares:
        """The recall in a week that the question adds, as the network was trained to tell."""
        shares = self._shares(history, at)
        return shares[..., 2] - shares[..., 1]

    @torch.no_grad()
    def observe(self, history: History, items: Items, replies: Flags, at: float) -> None:
        """Add a reply of each learner to the log."""
        asked = _tensor(history.features(at)[np.arange(len(items)), items])
        pair = torch.cat([_scaled(asked), _tensor(replies)[:, None] * 2 - 1], -1)
        state = self._model.states(pair[:, None], self._memory[:, -1][None].contiguous())[0]
        self._memory = torch.cat([self._memory, state], 1)
        self._items = torch.cat([self._items, torch.tensor(items)[:, None]], 1)
        self._times.append(at)

    @torch.no_grad()
    def _shares(self, history: History, at: float) -> Shares:
        asked = _scaled(_tensor(history.features(at)))
        learners, names = asked.shape[:2]
        state = self._memory[:, -1:].expand(-1, names, -1)
        same = (torch.arange(names)[:, None] == self._items[:, None]).float()
        lag = (at - torch.tensor(self._times)).float().expand(learners, names, -1)
        shares: Shares = (
            self._model(asked, state, self._memory, same, lag).sigmoid().double().numpy()
        )
        return shares


def _scaled(features: Tensor) -> Tensor:
    """Logarithms of days reach from -7 to 5."""
    return features / 3


def _tensor(values: Shares | Flags) -> Tensor:
    return torch.tensor(np.ascontiguousarray(values), dtype=torch.float32)
