"""The network: attention from a question's words to those of each statement, and what follows.

Each word of the question looks for its counterpart in a statement (attention over the states of a
frozen encoder, with their likeness and equality as evidence); what it finds is compared with it
(Wang and Jiang, "A compare-aggregate model", 2017), the words are pooled by their own attention,
statements by how well each answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

SIGNALS, FEATURES = 13, 18
STATE = 96  # dimensions of a token's state, after the encoder's principal components
_FAR = -1e4


class Inputs(NamedTuple):
    """A batch: B questions of Q words, K statements each of T words.

    ``question`` (B, Q, STATE) and ``statements`` (B, K, T, STATE) are token states, their masks
    (B, Q) and (B, K, T) are true at words; ``cosine`` and ``equal`` (B, K, Q, T) compare words;
    ``signals`` (B, K, SIGNALS); ``features`` (B, FEATURES).
    """

    question: Tensor
    question_mask: Tensor
    statements: Tensor
    statement_mask: Tensor
    cosine: Tensor
    equal: Tensor
    signals: Tensor
    features: Tensor


class Outputs(NamedTuple):
    """``answerable`` (B,) logits; ``scores`` (B, K) of statements; ``attention`` (B, K, Q, T)
    logits; ``importance`` (B, Q) of the question's words."""

    answerable: Tensor
    scores: Tensor
    attention: Tensor
    importance: Tensor


class AnswerabilityNetwork(nn.Module):
    """One network; about 110,000 numbers."""

    def __init__(self, width: int = 128, dropout: float = 0.1) -> None:
        super().__init__()
        self.project = nn.Linear(STATE, width)
        self.weigh = nn.Parameter(torch.tensor([3.0, 2.0]))  # of likeness, of equality
        self.dropout = nn.Dropout(dropout)
        self.compare = self._layer(2 * width + 3, width, dropout)
        self.importance = nn.Linear(width, 1)
        self.judge_statement = self._layer(2 * width + SIGNALS + 1, width, dropout)
        self.score = nn.Linear(width, 1)
        self.normalise = nn.BatchNorm1d(FEATURES)
        self.decide = nn.Sequential(
            self._layer(2 * width + FEATURES + 2, width, dropout), nn.Linear(width, 1)
        )

    @staticmethod
    def _layer(wide: int, width: int, dropout: float) -> nn.Sequential:
        return nn.Sequential(nn.Linear(wide, width), nn.ReLU(), nn.Dropout(dropout))

    def forward(self, inputs: Inputs, noise: Tensor | None = None) -> Outputs:
        """``noise`` (B, K, Q, T) is added to the attention's logits."""
        question = self.dropout(self.project(inputs.question))
        words = self.dropout(self.project(inputs.statements))
        attention = torch.einsum("bqd,bktd->bkqt", question, words) / math.sqrt(words.shape[-1])
        attention = attention + self.weigh[0] * inputs.cosine + self.weigh[1] * inputs.equal
        if noise is not None:
            attention = attention + noise
        importance = _softmax(self.importance(question).squeeze(-1), inputs.question_mask)
        compared, likeness = self._compared(inputs, question, words, attention)
        covered = torch.einsum("bq,bkq->bk", importance, likeness)[..., None]
        mean = torch.einsum("bq,bkqd->bkd", importance, compared)
        strongest = compared.masked_fill(~inputs.question_mask[:, None, :, None], 0.0).amax(2)
        units = self.judge_statement(torch.cat([mean, strongest, inputs.signals, covered], -1))
        present = inputs.statement_mask.any(-1)
        scores = self.score(units).squeeze(-1).masked_fill(~present, _FAR)
        share = torch.softmax(scores, -1)[..., None]
        facts = [
            (share * units).sum(1),
            units.masked_fill(~present[..., None], 0.0).amax(1),
            self.normalise(inputs.features),
            scores.amax(-1, keepdim=True).clamp(-20, 20),
            (share * covered).sum(1),
        ]
        logits = self.decide(torch.cat(facts, -1)).squeeze(-1)
        return Outputs(logits, scores, attention, importance)

    def _compared(
        self, inputs: Inputs, question: Tensor, words: Tensor, attention: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Each word of the question against what it looks at (B, K, Q, width), its likeness."""
        mask = inputs.statement_mask[:, :, None, :]
        looked = _softmax(attention, mask)
        seen = torch.einsum("bkqt,bktd->bkqd", looked, words)
        own = question[:, None]
        likeness = (looked * inputs.cosine).sum(-1, keepdim=True)
        equal = (looked * inputs.equal).sum(-1, keepdim=True)
        closest = inputs.cosine.masked_fill(~mask, -9.0).amax(-1, keepdim=True)
        anywhere = closest.amax(1, keepdim=True).expand_as(closest)
        facts = [(own - seen).abs(), own * seen, likeness, equal, anywhere]
        return self.compare(torch.cat(facts, -1)), likeness.squeeze(-1)


class AnswerabilityEnsemble(nn.Module):
    """Networks that were fitted from different starts, and the mean of what they say."""

    def __init__(self, members: Sequence[AnswerabilityNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: Inputs) -> Outputs:
        """Means of logits, of the statements' log-shares, of attention and importance."""
        outputs = [member(inputs) for member in self.members]
        ranked = [one._replace(scores=torch.log_softmax(one.scores, -1)) for one in outputs]
        return Outputs(*(torch.stack(values).mean(0) for values in zip(*ranked)))


def _softmax(logits: Tensor, mask: Tensor) -> Tensor:
    return functional.softmax(logits.masked_fill(~mask, _FAR), -1)
