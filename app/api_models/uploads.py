"""Replies about recordings on their way in."""

from __future__ import annotations

from app.api_models.base import Reply


class UploadReply(Reply):
    """How far an upload is: ``/api/uploads/<id>`` goes on from ``offset``.

    ``modified`` (seconds UTC) and ``first`` tell which file it is of.
    """

    id: str
    name: str
    size: int
    modified: float
    first: str
    offset: int
    percent: int


class UploadRefused(Reply):
    """Why an upload does not go on; from which byte it would, or what room (bytes) it lacks."""

    error: str
    offset: int = 0
    missing: int = 0
    free: int = 0
