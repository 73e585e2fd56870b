"""Replies of the digest: a day in a page."""

from __future__ import annotations

from app.api_models.base import Reply, Seconds


class PlacedReply(Reply):
    """Where a line plays; all empty where its moment is gone. ``start`` is in the recording."""

    recording: str
    start: Seconds
    time: str
    day: str
    seek: str


class LineReply(PlacedReply):
    """A line with the moment that it is about."""

    text: str


class AmountReply(PlacedReply):
    """Somebody, an activity or a place, and how long or how often."""

    label: str
    amount: str


class PromiseReply(LineReply):
    """What somebody said they would do, and the line that says that it was done."""

    key: str
    who: str
    due: str
    late: bool
    done: LineReply | None


class DigestReply(Reply):
    """The digest of a day."""

    day: str
    title: str
    timezone: str
    empty: bool
    facts: list[str]
    waiting: str
    summary: str
    hours: list[LineReply]
    people: list[AmountReply]
    activities: list[AmountReply]
    places: list[AmountReply]
    promised: list[PromiseReply]
    unfinished: list[PromiseReply]
