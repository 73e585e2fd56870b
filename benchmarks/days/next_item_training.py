"""Train the small models of `kernels.layers.next_item` on what a wearer did, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from app.days.next_activity import ActivityStep, with_before
from kernels.layers.next_item import Encoder, NextItem, transition_distillation

LONGEST = 8
_EPOCHS, _PATIENCE, _BATCH, _RATE, _DECAY = 80, 15, 16, 1e-2, 0.02
_WITHIN = 3  # steps in which one activity counts as following another
_VALIDATED = 0.15  # of the days: when training stops


@dataclass(frozen=True, slots=True)
class Variant:
    """A model: its encoder, and what is added to it."""

    encoder: Encoder
    decoupled: bool = False
    distilled: float = 0.0

    @property
    def name(self) -> str:
        """As a table calls it."""
        more = ["decoupled"] * self.decoupled + ["distilled"] * bool(self.distilled)
        return ", ".join([self.encoder, *more])


VARIANTS = (
    Variant("plain"),
    Variant("plain", decoupled=True),
    Variant("plain", distilled=0.1),
    Variant("rcmha"),
    Variant("rcmha", distilled=0.1),
    Variant("multi-query"),
    Variant("multi-query", decoupled=True),
    Variant("multi-query", distilled=0.1),
    Variant("multi-query", True, 0.1),
)


class StepData:
    """Steps as tensors: what was before each step, and the step itself."""

    def __init__(self, taken: Sequence[ActivityStep], kinds: Sequence[str]) -> None:
        at = {kind: n for n, kind in enumerate(kinds)}
        befores = [at[before] if before else len(kinds) for before, _ in with_before(taken)]
        hours = [step.hour for step in taken]
        self.before, self.steps = (
            torch.tensor(befores),
            torch.tensor([at[s.activity] for s in taken]),
        )
        self.hours, self.hours_before = torch.tensor(hours), torch.tensor([hours[0], *hours[:-1]])
        self.days = np.array([step.day.toordinal() for step in taken])
        self.kinds = len(kinds)

    def scores(self, model: NextItem, ends: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Scores [B, LONGEST, kinds] of windows that end at these steps, and their steps."""
        at = torch.tensor(ends)[:, None] - torch.arange(LONGEST - 1, -1, -1)
        known = at.clamp(min=0)
        return model(self.before[known], self.hours_before[known], self.hours[known]), at

    @torch.no_grad()
    def shares(self, model: NextItem, at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Shares of what comes at these steps, [n, kinds]."""
        model.eval()
        parts = [
            self.scores(model, rows)[0][:, -1] for rows in np.array_split(at, len(at) // 512 + 1)
        ]
        return torch.cat(parts).softmax(dim=-1).double().numpy()


def train(data: StepData, learned: NDArray[np.bool_], variant: Variant, seed: int = 0) -> NextItem:
    """A model that has learned from these steps; the last of their days say when it stops."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    days = np.unique(data.days[learned])
    later = learned & (data.days > days[-1 - max(1, int(len(days) * _VALIDATED))])
    earlier = learned & ~later
    model = NextItem(data.kinds, encoder=variant.encoder, decoupled=variant.decoupled)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    follows, counted = torch.tensor(transitions(data, earlier)), torch.tensor(earlier)
    often = torch.bincount(data.steps[counted], minlength=data.kinds).float()
    best, kept, since = float("inf"), {}, 0
    for _ in range(_EPOCHS):
        model.train()
        first = LONGEST // 2 + int(chance.integers(LONGEST // 2))
        ends = chance.permutation(np.arange(first, len(earlier), LONGEST // 2))
        for begin in range(0, len(ends), _BATCH):
            scores, at = data.scores(model, ends[begin : begin + _BATCH])
            used = (at >= 0) & counted[at.clamp(min=0)]
            if not bool(used.any()):
                continue
            loss = functional.cross_entropy(scores[used], data.steps[at[used]])
            if variant.distilled:
                table = model.dropout(model.items.weight[:-1])
                loss = loss + variant.distilled * transition_distillation(table, follows, often)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        shares = data.shares(model, np.flatnonzero(later))
        wrong = -np.log(shares[np.arange(len(shares)), data.steps[later].numpy()] + 1e-9).mean()
        since += 1
        if wrong < best - 1e-4:
            best, kept, since = wrong, {k: v.clone() for k, v in model.state_dict().items()}, 0
        if since >= _PATIENCE:
            break
    model.load_state_dict(kept)
    return model


def transitions(data: StepData, learned: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How often one activity followed another within three steps of a day."""
    counts, taken = np.zeros((data.kinds, data.kinds), np.float32), data.steps.numpy()
    for gap in range(1, _WITHIN + 1):
        near = learned[:-gap] & learned[gap:] & (data.days[:-gap] == data.days[gap:])
        np.add.at(counts, (taken[:-gap][near], taken[gap:][near]), 1)
    return counts
