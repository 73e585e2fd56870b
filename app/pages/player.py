"""The player: one for all pages, driven by every link to a moment."""

from __future__ import annotations

from app.pages.shell import scripted


def panel() -> None:
    """Places the player."""
    scripted("player", "eb-player")
