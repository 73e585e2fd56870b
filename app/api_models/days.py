"""Replies of the Timeline: the calendar, a day at a glance, and moments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.api_models.base import Reply, Seconds, Utc

DaySpan = tuple[float, float]  # seconds from the beginning of the day


class CalendarDayReply(Reply):
    """A day on which something was recorded, and how much."""

    day: str = Field(description="ISO 8601")
    label: str
    short: str = Field(description="``label`` where there is little room")
    title: str = Field(description="the day with how much is recorded of it, for who hears it")
    amount: str = Field(description="how much, in a few letters")
    heat: int = Field(description="1 to 5: how strong its colour is")


class CalendarMonthReply(Reply):
    """A month in which something was recorded."""

    name: str
    summary: str
    first: int = Field(description="the weekday of its first day; 0 is Monday")
    length: int = Field(description="days")
    days: list[CalendarDayReply]


class CalendarReply(Reply):
    """The months in which something was recorded, oldest first."""

    weekdays: list[str]
    months: list[CalendarMonthReply]


class LaneReply(Reply):
    """When somebody was there, or where somebody was."""

    kind: Literal["person", "place"]
    name: str
    spans: list[DaySpan]


class GapReply(Reply):
    """A time with nothing recorded."""

    kind: Literal["gap"]
    label: str


class HourReply(Reply):
    """An hour of a day with its summary, empty until there is one."""

    kind: Literal["hour"]
    start: Seconds
    end: Seconds
    label: str
    summary: str
    moments: int
    recorded: str


class DayReply(Reply):
    """A day at a glance; but for ``start``, times are seconds from its beginning."""

    day: str = Field(
        description="ISO 8601; the nearest with recordings where the one asked for has none"
    )
    title: str
    instead: str = Field(default="", description="says that this is not the day asked for")
    revision: str = Field(default="", description="another text whenever the day changes")
    start: Utc
    length: Seconds
    clock: list[str] = Field(description="what the wall clock shows at each minute")
    summary: str
    elsewhere: str
    recorded: str
    facts: str = Field(description="how much is recorded, indexed and described; its pauses")
    met: str = Field(description="people and places")
    pending: int
    spans: list[DaySpan]
    waiting: list[DaySpan]
    talk: list[int] = Field(description="0 to 100 for each five minutes: how much was spoken")
    lanes: list[LaneReply]
    pictured: str = Field(description="1 or 0 for each minute: whether there is a picture")
    rows: list[Annotated[GapReply | HourReply, Field(discriminator="kind")]]


class RevisionReply(Reply):
    """Another text whenever the calendar or the day changes."""

    revision: str


class MomentReply(Reply):
    """A clip; ``offset`` and ``end`` are seconds in its recording."""

    kind: Literal["moment"]
    clip: str
    recording: str
    at: Utc
    until: Utc
    offset: Seconds
    end: Seconds
    time: str
    caption: str
    speech: str
    picture: str
    indexed: bool


class TenMinutesReply(Reply):
    """Ten minutes in words."""

    start: Utc
    label: str
    summary: str


class MomentsReply(Reply):
    """The moments of a part of a day with the pauses between them."""

    items: list[Annotated[GapReply | MomentReply, Field(discriminator="kind")]]
    tens: list[TenMinutesReply]


class WallClockReply(Reply):
    """A moment on the wall clock."""

    day: str = Field(description="ISO 8601")
    time: str
