"""Library: add recordings, see how far each is, and what to do where something failed."""

from __future__ import annotations

from app.web.shell import scripted


def page() -> None:
    """Places the page; ``static/library.js`` fills it from ``/api/library``."""
    scripted("library", "eb-library")
