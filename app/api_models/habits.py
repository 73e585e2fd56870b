"""Replies of the Habits page: charts, and the moments behind their bars."""

from __future__ import annotations

from pydantic import Field

from app.api_models.base import Reply, Seconds
from app.api_models.digest import PlacedReply

Amount = int | float  # times, or minutes where the kind is timed


class PeriodReply(Reply):
    """A bar's name in full and as the short mark under it."""

    label: str
    mark: str


class HabitRowReply(Reply):
    """One thing that was counted."""

    what: str
    label: str
    total: str
    bars: list[tuple[Amount, str]] = Field(description="of each period: the value and its words")
    heat: list[tuple[int, int, Amount, str]] = Field(
        description="weekday, hour, the value and its words"
    )


class HabitsReply(Reply):
    """All charts of a range of days."""

    range: str
    first: str = Field(serialization_alias="from", description="ISO 8601")
    last: str = Field(serialization_alias="to", description="ISO 8601")
    unit: str
    title: str
    timezone: str
    recorded: Seconds
    coverage: str
    waiting: str
    periods: list[PeriodReply]
    charts: dict[str, list[HabitRowReply]]
    others: dict[str, int] = Field(description="how many more there are of each kind")


class HabitMomentReply(Reply):
    """A moment behind a bar; ``start`` is seconds in the recording."""

    recording: str
    start: Seconds
    when: str
    day: str
    time: str
    length: str
    caption: str
    picture: str
    seek: str


class HabitMomentsReply(Reply):
    """Those from ``offset`` on, of ``total``; ``left`` are behind them."""

    total: int
    offset: int
    left: int
    moments: list[HabitMomentReply]


class UsualReply(Reply):
    """What usually comes about now: on ``days`` of the ``of`` days that have anything then."""

    activity: str
    label: str
    days: int
    of: int
    words: str
    moments: list[PlacedReply] = Field(description="of the latest of these days")


class UsuallyNowReply(Reply):
    """Likeliest first; empty where the home's own days do not bear it out."""

    usual: list[UsualReply]
