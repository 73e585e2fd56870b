"""Replies about recordings on their way in."""

from __future__ import annotations

from app.api_models.base import Reply


class UploadReply(Reply):
    """How far an upload is; send on from ``offset``, in pieces of ``block`` bytes or more."""

    id: str
    name: str
    size: int
    offset: int
    percent: int
    done: bool
    block: int


class UploadRefused(Reply):
    """Why an upload does not go on; from which byte it would, or what room (bytes) it lacks."""

    error: str
    offset: int = 0
    missing: int = 0
    free: int = 0
