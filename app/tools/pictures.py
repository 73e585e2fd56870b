"""Pictures of the moments of a result, which an assistant may look at beside the words."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from mcp.types import ImageContent

from app.days.storyboards import ROUNDING, picture_at
from app.presentation.rendering import Json
from memory.store.store import Store

MOST = 4  # pictures of a result


def pictured(store: Store, result: Json) -> tuple[Json, list[ImageContent]]:
    """The result, whose first moments say which picture is theirs, and these pictures."""
    reply, pictures = dict(result), list[ImageContent]()
    for name in ("citations", "moments"):
        if name in reply:
            reply[name] = [*_numbered(store, reply[name], pictures)]
    if "recording" in reply:
        (reply,) = _numbered(store, [reply], pictures)
    return reply, pictures


def _numbered(
    store: Store, moments: list[Mapping[str, Any]], pictures: list[ImageContent]
) -> Iterator[dict[str, Any]]:
    for moment in moments:
        shown = dict(moment)
        image = picture(store, moment) if len(pictures) < MOST else None
        if image is not None:
            data = base64.b64encode(image).decode()
            pictures.append(ImageContent(type="image", data=data, mime_type="image/jpeg"))
            shown["picture"] = len(pictures)
        yield shown


def picture(store: Store, moment: Mapping[str, Any]) -> bytes | None:
    """What a moment with a ``recording`` and a ``start`` looked like, as a JPEG."""
    recording = store.recordings.get(str(moment.get("recording", "")))
    if recording is None:
        return None
    second = float(moment["start"])
    board = store.perceptions.storyboard_at(recording.id, recording.start + second + ROUNDING)
    instant = picture_at(store.home, board, recording, second) if board else None
    return instant or _thumbnail(store, str(moment.get("id", "")))


def _thumbnail(store: Store, clip_id: str) -> bytes | None:
    for thumbnail in store.perceptions.thumbnails(clip_id):
        try:
            return (store.home / thumbnail.path).read_bytes()
        except OSError:  # forgotten just now
            continue
    return None
