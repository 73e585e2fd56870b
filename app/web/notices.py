"""The bell in the header: what became of recordings while nobody was looking."""

from __future__ import annotations

from app.web.shell import scripted


def bell() -> None:
    """Places the bell; ``static/notices.js`` fills it from ``/api/notices``."""
    scripted("notices", "eb-notices")
