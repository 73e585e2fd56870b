"""The player: one for all pages, driven by every link to a moment."""

from __future__ import annotations

from app.pages.shell import scripted
from app.presentation.i18n import language, t


def panel() -> None:
    """Places the player."""
    scripted(
        "player",
        "eb-player",
        language=language(),
        player=t("Player"),
        empty=t("Press a ▶ time or a picture, and the moment plays here."),
        close=t("Close the player"),
        make=t("Make a copy that plays here"),
        save=t("Save the file"),
        controls=t("Playing"),
        before=t("Moment before"),
        back=t("Back 10 seconds (J)"),
        forward=t("Forward 10 seconds (L)"),
        next=t("Next moment"),
        speed=t("Speed"),
        captions=t("Captions"),
        apart=t("Picture in picture"),
        transcript=t("Transcript"),
        search=t("Search what is said here"),
    )
