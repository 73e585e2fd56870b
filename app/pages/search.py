"""Search: one box, moments as they are found; a click plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/search.js`` fills it from ``/api/search``."""
    scripted("search", "eb-search")
