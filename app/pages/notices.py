"""The bell in the header: what became of recordings while nobody was looking."""

from __future__ import annotations

from app.pages.shell import markup, shell
from app.presentation.i18n import t


def bell() -> None:
    """Places the bell; ``static/notices.js`` fills it from ``/api/notices``."""
    words = {
        "title": t("News"),
        "none": t("When a recording is ready, or needs you, it is said here."),
        "allow": t("Tell me outside of this page, too"),
        "denied": t("Your browser shows no messages of this page; its settings can change that."),
    }
    markup(shell("notices", **words), "eb-notices", "notices")
