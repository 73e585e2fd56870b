"""Times of day: exact clock times and parts of a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

# hours of the wall clock; past 24 is the next morning
PARTS: dict[str, tuple[float, float]] = {
    "early morning": (5, 9), "late morning": (10, 12), "morning": (5, 12),
    "early afternoon": (12, 15), "late afternoon": (15, 18), "afternoon": (12, 18),
    "early evening": (17, 20), "late evening": (21, 24), "evening": (18, 23),
    "midday": (11, 14), "lunchtime": (11.5, 14), "lunch": (11.5, 14), "breakfast": (6, 10),
    "dinner": (17.5, 21), "night": (20, 29), "last night": (18, 29), "daytime": (7, 19),
    "small hours": (0, 5), "late night": (22, 27), "dawn": (5, 7.5), "dusk": (17, 21),
    "overnight": (21, 30), "mid morning": (9, 11.5), "mid afternoon": (14, 16.5),
    "teatime": (15.5, 17.5), "bedtime": (21, 24), "brunch": (10, 13), "forenoon": (8, 12),
    "noon": (11.5, 13.5), "early night": (20, 23), "business hours": (8, 18), "late day": (12, 24),
}  # fmt: skip
FUZZY_PARTS = frozenset(
    {"midday", "lunchtime", "lunch", "breakfast", "dinner", "brunch", "dawn", "dusk", "bedtime"}
    | {"small hours", "overnight", "noon"}
)
ClockKind = Literal["at", "around", "between", "before", "after", "since", "until"]


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Hours since midnight; ``half_known`` says whether morning or afternoon is certain.

    ``grain``: how exactly it is said, in seconds: "three", "3:15" or, as the app shows them,
    "14:00:20"; 0 where it is no moment ("shortly before three").
    """

    hours: float
    half_known: bool
    grain: int = 3600

    def options(self) -> tuple[float, ...]:
        """The hours of the day that may be meant."""
        if self.half_known:
            return (self.hours,)
        return (self.hours % 12, self.hours % 12 + 12)

    def known(self, hours: float) -> ClockTime:
        """The same time once it is certain which of the options is meant."""
        return replace(self, hours=hours, half_known=True)


@dataclass(frozen=True, slots=True)
class Clock:
    """One or two clock times with the word that relates them."""

    kind: ClockKind
    first: ClockTime
    second: ClockTime | None = None
