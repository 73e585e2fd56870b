"""Tell which line of an exchange completes a statement: "How much?" – "Two hundred and forty."

A price, a time or a place is often told a line or two away from what it is of. The judge reads the
best statement again together with each line beside it, and the line alone in its place; how much
surer that makes it tells whether the line completes the answer. Fitted on folds of the written
lives by ``benchmarks/training/exchange.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from egogpt.text.is_question import is_question
from egorag.answerability.pool import Statement

REACH = 3  # lines on either side that are read with a statement
PAUSE = 130.0  # seconds between two lines of one exchange


@dataclass(frozen=True, slots=True)
class Beside:
    """A line beside the best statement, ``after`` it or before, and what it does to the judgement.

    ``alone`` is how far the score of the statement (a logit) moves where the line stands in its
    place, ``surer`` how far that of the question does where both are read as one statement.
    """

    line: Statement
    after: bool
    surer: float
    alone: float

    def values(self) -> dict[str, float]:
        """What the probability that it completes the statement's answer rests on, by name."""
        return {
            "surer": self.surer, "alone": self.alone, "after": float(self.after),
            "asks": float(is_question(self.line.text)), "always": 1.0,
        }  # fmt: skip

    @property
    def completes(self) -> bool:
        """Whether the line completes the statement's answer."""
        fitted = exchange_weights()
        logit = sum(fitted["weights"][name] * value for name, value in self.values().items())
        least: float = fitted["least"]
        return 1 / (1 + math.exp(-logit)) >= least


@cache
def exchange_weights() -> Mapping[str, Any]:
    """What each value counts, and the probability from which on a line completes."""
    text = files("egorag.answerability").joinpath("exchange.json").read_text("utf-8")
    weights: Mapping[str, Any] = json.loads(text)
    return weights
