"""Base class of all replies, and the replies that several areas share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Seconds = float
Utc = Annotated[float, Field(description="seconds UTC")]
UtcSpan = tuple[float, float]


class Reply(BaseModel):
    """A reply of the API. Clients must accept fields that later versions add."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"additionalProperties": True})


class EmptyReply(Reply):
    """An object without fields."""


class Refused(Reply):
    """Why a request was refused: a sentence for the person, or which fields are off."""

    detail: str | list[dict[str, Any]]


class FileAddress(Reply):
    """Where a file that was made on request can be fetched, once."""

    address: str
    name: str
    bytes: int


class LinesReply(Reply):
    """Sentences for the person."""

    lines: list[str]
