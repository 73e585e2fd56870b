"""Compress a reply where that is worth it, and where the program that asks can undo it."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

_LARGE = 4096  # bytes from which on it is worth it


def compressed_reply(
    request: Request, body: bytes, media_type: str, headers: Mapping[str, str]
) -> Response:
    """The body with these headers, compressed where it is large and may be."""
    sent = {**headers, "Vary": "Accept-Encoding"}
    if len(body) >= _LARGE and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 4)
        sent["Content-Encoding"] = "gzip"
    return Response(body, media_type=media_type, headers=sent)
