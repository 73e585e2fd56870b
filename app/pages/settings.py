"""Settings: language, time zone, models and how they work, storage, account, and what this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/settings.js`` fills it from ``/api/settings``."""
    scripted("settings", "eb-settings")
