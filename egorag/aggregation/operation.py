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
    "list",
]
Of = Literal["occasion", "who", "what", "year", "month", "day"]
# Groups of activities of which things are counted: what was eaten, not which meal.
COUNTS_THINGS = frozenset({"meal", "drink", "making", "purchase"})


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it ranges over; ``unit`` is of a sum, or what is counted of each
    occasion (杯, 公里), or the verb whose things are listed."""

    op: Operator
    of: Of = "occasion"
    unit: str = ""
