"""Timeline: a day as hours, with pictures, speech and captions; a click plays the moment."""

from __future__ import annotations

from app.web.shell import scripted


def page() -> None:
    """Places the page; ``static/timeline.js`` fills it from ``/api/pages/day``."""
    scripted("timeline", "eb-timeline")
