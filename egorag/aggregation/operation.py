"""What may be done with events: count, add up, find the most; read off a question by language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal[
    "count",
    "distinct",
    "sum",
    "first",
    "last",
    "argmax",
]
Of = Literal["occasion", "who", "what", "year", "month", "day"]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it ranges over; ``unit`` is of a sum, or what is counted of each
    occasion (杯, 公里)."""

    op: Operator
    of: Of = "occasion"
    unit: str = ""
