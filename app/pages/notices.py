"""The bell in the header: what became of recordings while nobody was looking."""

from __future__ import annotations

from app.pages.shell import scripted
from app.presentation.i18n import t


def bell() -> None:
    """Places the bell; ``static/notices.js`` fills it from ``/api/notices``."""
    scripted("notices", "eb-notices", title=t("News"))
