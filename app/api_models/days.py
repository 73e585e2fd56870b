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
    minutes: float
    recorded: str = Field(description="``minutes`` in words")


class StripRowReply(Reply):
    """When somebody was there, or where somebody was."""

    name: str
    length: str = Field(serialization_alias="for", description="in words")
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
    """A day: all that is sent of one that no calendar holds. Spans are from its beginning."""

    day: str = Field(description="ISO 8601")
    title: str
    spans: list[DaySpan]
    rows: list[Annotated[GapReply | HourReply, Field(discriminator="kind")]]
    revision: str = Field(default="", description="another text whenever the day changes")


class DayStripReply(DayReply):
    """A day at a glance; but for ``start``, times are seconds from its beginning."""

    start: Utc
    length: Seconds
    clocks: list[tuple[float, float]] = Field(
        description="from when on the wall clock is how many seconds ahead of UTC"
    )
    summary: str
    elsewhere: str
    recorded: str
    complete: str = Field(description="what of it was heard, seen and described; its pauses")
    pending: int
    waiting: list[DaySpan]
    talk: list[int] = Field(description="percent of each five minutes in which somebody spoke")
    people: list[StripRowReply]
    places: list[StripRowReply]
    pictured: str = Field(description="1 or 0 for each minute: whether there is a picture")


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
    """A moment on the wall clock, and the bounds of what was recorded then."""

    day: str = Field(description="ISO 8601")
    time: str
    start: Utc
    end: Utc
