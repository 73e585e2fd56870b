"""The bell in the header: what became of recordings while nobody was looking."""

from __future__ import annotations

from app.pages.shell import markup, shell
from app.presentation.i18n import t


def bell() -> None:
    """Places the bell; ``static/notices.js`` fills it from ``/api/notices``."""
    markup(shell("notices", title=t("News")), "eb-notices", "notices")
