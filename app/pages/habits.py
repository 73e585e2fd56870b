"""Habits: charts of how time was spent, each bar opening its moments, and the daily digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.shell import scripted

if TYPE_CHECKING:
    from app.assistant import Assistant


def page(assistant: Assistant) -> None:
    """Places the page; ``static/habits.js`` fills it from ``/api/habits``."""
    scripted("habits", "eb-habits")
