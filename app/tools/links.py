"""Links to moments in the app that the reader of a result can open."""

from __future__ import annotations

from urllib.parse import quote

from app.presentation.rendering import Json, local_time
from memory.types.core import Recording, Span

DEFAULT_ADDRESS = "http://127.0.0.1:7860"
MOMENTS = "memory://moments"  # what the addresses of moments as resources begin with


def resource(clip_id: str) -> str:
    """The address of a moment as a resource."""
    return f"{MOMENTS}/{quote(clip_id, safe='')}"


def placed(recording: Recording, span: Span, timezone: str, address: str) -> Json:
    """A moment's recording, the place in it in seconds, its time on the clock, and its links."""
    start = max(0.0, span.start - recording.start)
    end = max(start, span.end - recording.start)
    recording_id = quote(recording.id, safe="")
    return {
        "when": local_time(span.start, timezone).isoformat(timespec="seconds"),
        "recording": recording.id,
        "file": recording.name,
        "start": round(start, 2),
        "end": round(end, 2),
        "watch": f"{address}/#seek={recording_id},{start:.1f},{end:.1f}",
        "media": f"{address}/media/{recording_id}#t={start:.1f},{end:.1f}",
    }
