"""Replies about two answers to one question, and the owner's votes on them."""

from __future__ import annotations

from pydantic import Field

from app.api_models.ask import AnswerReply
from app.api_models.base import Reply


class WinRateReply(Reply):
    """A setting against the home's own: the share of votes that it wins, with its 95 % interval."""

    setting: str = Field(description="a strategy and a model: flat/none")
    won: int
    lost: int
    tied: int
    rate: float
    low: float
    high: float
    better: float = Field(description="the probability that it answers better")


class CompareHomeReply(Reply):
    """What can be compared, and the votes so far."""

    own: str = Field(description="the setting by which the home answers")
    others: list[str]
    rates: list[WinRateReply]


class ComparedReply(Reply):
    """An answer of one of the two; ``trouble`` says why there is none."""

    answer: AnswerReply | None
    trouble: str
    setting: str = Field(description="empty until there is a vote, where one can be given")


class ComparisonReply(Reply):
    """Two answers in an order that was drawn; ``id`` is empty where nothing can be voted on."""

    id: str
    a: ComparedReply
    b: ComparedReply


class VotedReply(Reply):
    """Which was which, and whether the vote was stored."""

    a: str
    b: str
    stored: bool
