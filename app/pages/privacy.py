"""Privacy: forget a time, a person or a place and see that it is gone; rules, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/privacy.js`` fills it from ``/api/privacy``."""
    scripted("privacy", "eb-privacy")
