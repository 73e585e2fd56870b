"""Timeline: a day as hours, with pictures, speech and captions; a click plays the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/timeline.js`` fills it from ``/api/pages/day``."""
    scripted("timeline", "eb-timeline")
