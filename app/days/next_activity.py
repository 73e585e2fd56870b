"""The wearer's next activity: learned from the home's own days, and silent where that fails.

An activity is likely where it followed the one before about this hour, and where it was done
lately: p ∝ after^0.5 · lately^0.4. The two weights are between those that are likeliest on the
first 70 % of the days of LLQA (0.49, 0.36) and of EgoLife (0.30, 0.55), 29 November 2026
(``benchmarks/days/next_activity.py``). Nothing is stored: it is counted anew when the home changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from memory.types.events import Event
from memory.types.timezones import zone

LEARNED_DAYS = 0.7  # share of the days that are learned from when it is tried on the others
FEWEST_DAYS, FEWEST_TRIED = 14, 50
AFTER_WEIGHT, LATELY_WEIGHT = 0.5, 0.4
_HOURS = 1.5  # hours over which one hour tells of another: the deviation of a normal curve
_PRIOR = 5.0  # occasions that the less detailed counts weigh as
_STAYING = 0.9  # of the weight of an occasion, after each further one
_SELDOM = 0.02  # weight of what was not done lately

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ActivityStep:
    """Something the wearer did, after something else; ``day`` and ``hour`` are of their clock."""

    activity: str
    day: date
    hour: int
    event: Event


def steps(events: Iterable[Event], timezone: str) -> list[ActivityStep]:
    """What the wearer did, in order of time; the same over and over on one day is one step."""
    own = sorted((e for e in events if not e.doer), key=lambda e: (e.span.start, e.activity))
    taken: list[ActivityStep] = []
    for event in own:
        local = datetime.fromtimestamp(event.span.start, zone(timezone))
        step = ActivityStep(event.activity, local.date(), local.hour, event)
        if not taken or (taken[-1].activity, taken[-1].day) != (step.activity, step.day):
            taken.append(step)
    return taken


class NextActivity:
    """Counts of what followed what, and about when."""

    def __init__(self, learned: Sequence[ActivityStep], kinds: Sequence[str] = ()) -> None:
        """Count.

        Args:
            learned: Steps in order of time.
            kinds: Further activities that may come.
        """
        self.kinds = sorted({step.activity for step in learned} | set(kinds))
        self._at = {kind: n for n, kind in enumerate(self.kinds)}
        count = len(self.kinds)
        beside = np.zeros((24, count + 1, count))  # the last row of the middle is a day's beginning
        for before, step in with_before(learned):
            beside[step.hour, self._row(before), self._at[step.activity]] += 1
        overall = beside.sum(axis=(0, 1)) + 0.1
        self.overall: Shares = overall / overall.sum()
        self.after: Shares = _shares(beside.sum(axis=0), self.overall)
        apart = np.abs(np.arange(24)[:, None] - np.arange(24))
        near = np.exp(-0.5 * (np.minimum(apart, 24 - apart) / _HOURS) ** 2)
        self.after_at: Shares = _shares(np.einsum("gh,hbk->gbk", near, beside), self.after)
        self.at_hour: Shares = _shares(near @ beside.sum(axis=1), self.overall)

    def index(self, activity: str) -> int:
        """The place of an activity in all shares."""
        return self._at[activity]

    def markov(self, before: str | None) -> Shares:
        """Shares of what follows an activity (None: what begins a day), whatever the hour."""
        row: Shares = self.after[self._row(before)]
        return row

    def shares(self, before: str | None, hour: int, lately: Sequence[str]) -> Shares:
        """Shares of what comes next.

        Args:
            before: The last activity of the day, None where it is the first.
            hour: Of the clock.
            lately: The activities before, oldest first; those of other days too.
        """
        weights = np.zeros(len(self.kinds))
        for age, activity in enumerate(reversed(lately)):
            if activity in self._at:
                weights[self._at[activity]] += _STAYING**age
        lately_shares = (weights + _SELDOM) / (weights + _SELDOM).sum()
        mixed = self.after_at[hour, self._row(before)] ** AFTER_WEIGHT
        mixed = mixed * lately_shares**LATELY_WEIGHT
        likely: Shares = mixed / mixed.sum()
        return likely

    def _row(self, before: str | None) -> int:
        return len(self.kinds) if before is None else self._at.get(before, len(self.kinds))


def with_before(taken: Sequence[ActivityStep]) -> Iterator[tuple[str | None, ActivityStep]]:
    """Each step with the activity before it on its day."""
    for before, step in itertools.pairwise([None, *taken]):
        if step is not None:
            yield (before.activity if before and before.day == step.day else None), step


def split(taken: Sequence[ActivityStep]) -> tuple[list[ActivityStep], list[ActivityStep]]:
    """The steps of the first 70 % of the days, and those of the others."""
    days = sorted({step.day for step in taken})
    learned = set(days[: int(len(days) * LEARNED_DAYS)])
    return [s for s in taken if s.day in learned], [s for s in taken if s.day not in learned]


@dataclass(frozen=True, slots=True)
class Trial:
    """How often the likeliest activity was right on the home's own later days."""

    days: int
    tried: int
    right: int
    markov_right: int

    @property
    def passed(self) -> bool:
        """Whether there is enough to go by, and more is right than by what follows what alone."""
        enough = self.days >= FEWEST_DAYS and self.tried >= FEWEST_TRIED
        return enough and self.right > self.markov_right


def try_out(taken: Sequence[ActivityStep]) -> Trial:
    """Learn from the first days of a home and judge on the others."""
    learned, others = split(taken)
    model = NextActivity(learned, [step.activity for step in others])
    right = markov_right = 0
    done = [step.activity for step in taken]
    for n, (before, step) in enumerate(with_before(others), len(learned)):
        is_next = model.index(step.activity)
        shares = model.shares(before, step.hour, done[max(0, n - 50) : n])
        right += int(shares.argmax()) == is_next
        markov_right += int(model.markov(before).argmax()) == is_next
    return Trial(len({step.day for step in taken}), len(others), right, markov_right)


def _shares(counts: Shares, general: Shares) -> Shares:
    """Counts as shares, drawn to more general ones where there are few."""
    shares: Shares = (counts + _PRIOR * general) / (counts.sum(axis=-1, keepdims=True) + _PRIOR)
    return shares
