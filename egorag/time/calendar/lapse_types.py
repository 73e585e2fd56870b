"""Durations counted back from a moment ("three days ago")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Span

_SECONDS = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400,
    "week": 604800, "fortnight": 1209600, "night": 86400, "evening": 86400, "morning": 86400,
    "afternoon": 86400, "month": 2629800, "year": 31557600,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lapse:
    """A span that ends at, or lies some time before, the present."""

    span: Span
    start: int
    end: int
    exact: bool


def back_to(asked_at: float, count: float, unit: float, local: LocalTime) -> float:
    """When a lapse began: of several days, with the first of them, for people count whole days."""
    if unit == 86400 and count >= 2:
        return local.at(local.today - timedelta(days=min(int(count), 99_999)), 0)
    return asked_at - count * unit


def ago_middle(asked_at: float, back: float) -> tuple[float, float]:
    """The moment that lies ``back`` seconds ago and how vaguely that is said, in seconds."""
    return asked_at - back, max(120.0, back / 4)
