"""Replies of the Timeline: the calendar, a day at a glance, and moments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.api_models.base import Reply, Seconds, Utc

Bar = tuple[float, float, float]  # its left end, width and height in percent


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
    """What was when, as bars: recorded, waiting, spoken, and a lane for each person and place."""

    kind: Literal["recorded", "waiting", "spoken", "person", "place"]
    name: str = ""
    bars: list[Bar]


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
    pictured: list[int] = Field(description="its minutes of which there is a picture")


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
    at: Seconds | None = Field(default=None, description="where its clock shows ``t``")
    first: Seconds = Field(description="when recording began; 0 where nothing is recorded")
    last: Seconds = Field(description="when it ended")
    view: tuple[float, float] = Field(description="what to show at first")
    lanes: list[LaneReply]
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
    caption: str = Field(description="what is there besides what is said")
    speech: str = Field(description="what is said, and by whom")
    words: str = Field(description="what is said then, or seen where nobody speaks")
    picture: str
    seek: str


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
