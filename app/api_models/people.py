"""Replies of the People page."""

from __future__ import annotations

from app.api_models.base import Reply, Seconds
from app.api_models.search import FoundMomentReply


class SampleReply(Reply):
    """A face or a voice, and where it is to be had."""

    id: str
    kind: str
    address: str
    when: str


class PersonCardReply(Reply):
    """A person with a few samples; ``faces`` and ``voices`` count all of them."""

    id: str
    number: int
    name: str
    label: str
    me: bool
    faces: int
    voices: int
    met: str
    samples: list[SampleReply]


class PeopleReply(Reply):
    """Those without a name from ``offset`` on, and everybody with a name."""

    unnamed: list[PersonCardReply]
    unnamed_total: int
    offset: int
    named: list[PersonCardReply]
    names: list[str]
    can_undo: bool
    empty: bool


class SuggestedPairReply(Reply):
    """Two who may be one person, and why."""

    one: PersonCardReply
    two: PersonCardReply
    why: str


class WeekReply(Reply):
    """How long somebody was met in a week."""

    monday: str
    label: str
    minutes: float
    length: str


class CompanionReply(Reply):
    """Somebody who was there at the same time, and how long."""

    id: str
    label: str
    length: str


class ActivityReply(Reply):
    """What somebody did, and how often."""

    what: str
    times: int


class OccasionReply(Reply):
    """When somebody did something; ``seek`` is seconds in the recording."""

    recording: str
    seek: Seconds
    day: str
    when: str
    quote: str


class PersonReply(Reply):
    """All that the page tells of one person; ``search`` is the query that finds more."""

    person: PersonCardReply
    samples: list[SampleReply]
    weeks: list[WeekReply]
    beside: list[CompanionReply]
    activities: list[ActivityReply]
    occasions: list[OccasionReply]
    moments: list[FoundMomentReply]
    moments_total: int
    search: str


class PeopleChangeReply(Reply):
    """Who is left of a change, and how many captions were made again."""

    person: PersonCardReply | None
    captions: int
