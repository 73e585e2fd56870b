"""What may be done with events: count, add up, find the most; read off a question by language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal[
    "count",
    "days",
    "distinct",
    "sum",
    "average",
    "first",
    "last",
    "argmax",
    "argmin",
    "list",
    "whether",
]
Of = Literal["occasion", "who", "what", "where", "year", "month", "week", "day", "weekday"]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it ranges over; ``per`` is of an average, ``unit`` of a sum, or
    what is counted of each occasion (杯, 公里)."""

    op: Operator
    of: Of = "occasion"
    per: str = ""
    unit: str = ""
