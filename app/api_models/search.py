"""Replies about moments that fit some words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.api_models.base import Reply, Seconds, Utc

Pieces = list[tuple[str, bool]]


class ChipReply(Reply):
    """One condition of a query; ``rest`` is the query without it."""

    operator: str
    label: str
    value: str
    rest: str
    strange: bool = Field(description="it could not be followed")


class TimeWordsReply(Reply):
    """Words of a query that were taken for a time."""

    words: str
    label: str
    open: bool = Field(description="it has no beginning")


class QuoteReply(Reply):
    """What was said or written; pieces are texts, and whether each is marked."""

    kind: str
    who: str
    pieces: Pieces
    seek: Seconds


class FoundMomentReply(Reply):
    """A moment; ``seek`` and ``end`` are seconds in its recording."""

    clip: str
    recording: str
    start: Utc
    day: str
    day_label: str
    time: str
    seek: Seconds
    end: Seconds
    picture: str
    device: str
    indexed: bool
    caption: Pieces
    quotes: list[QuoteReply]
    why: list[str]


class SearchReply(Reply):
    """A page of results: those from ``offset`` on, of ``total``."""

    query: str
    chips: list[ChipReply]
    time: TimeWordsReply | None
    notes: list[str]
    total: int
    offset: int
    more: bool
    at: Utc
    unlike: bool = Field(
        description="nothing is like the query; `nearest` lists what comes closest"
    )
    moments: list[FoundMomentReply]


class RegionNameReply(Reply):
    """What is in a part of a picture; ``search`` is the query that finds more of it."""

    kind: Literal["person", "thing", "text"]
    name: str
    sure: float | None = Field(default=None, description="of things: 0 to 1")
    search: str


class RegionReply(Reply):
    """What a part of a picture is, and where else it was seen, the latest first."""

    names: list[RegionNameReply]
    box: tuple[float, float, float, float] = Field(
        description="what is meant: left, top, right and bottom as fractions of the picture"
    )
    same: list[FoundMomentReply] = Field(default=[], description="with the same, by its look")
    others: list[FoundMomentReply] = Field(default=[], description="with another of its kind")
    note: str = Field(default="", description="how many were compared, or that none was")
