"""The player: one for all pages, driven by every link to a moment."""

from __future__ import annotations

from app.pages.shell import markup, scripted, shell
from app.presentation.i18n import language


def panel() -> None:
    """Places the player."""
    scripted("player", "eb-player", language=language())


def sharing() -> None:
    """Places the dialog that ``static/share.js`` opens."""
    markup(shell("share"), "eb-share")
