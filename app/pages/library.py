"""Library: add recordings, see how far each is, and what to do where something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/library.js`` fills it from ``/api/library``."""
    scripted("library", "eb-library")
