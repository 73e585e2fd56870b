"""The player: one for all pages, driven by every link to a moment."""

from __future__ import annotations

from app.pages.shell import markup, scripted, shell
from app.presentation.i18n import t


def panel() -> None:
    """Places the player."""
    scripted("player", "eb-player")


def sharing() -> None:
    """Places the dialog that ``static/share.js`` opens."""
    words = {
        "title": t("Share this moment"),
        "about": t(
            "A file of this stretch alone is made, without a word of where, when or with what it "
            "was filmed. You decide whom to give it to; EgoButler sends it nowhere."
        ),
        "from": t("From"),
        "to": t("To"),
        "cover": t("Make unrecognisable"),
        "faces": t("Faces"),
        "screens": t("Screens"),
        "plates": t("Number plates"),
        "mute": t("Leave the sound out"),
        "cancel": t("Cancel"),
        "make": t("Make the file"),
        "making": t("Making the file …"),
        "looks": t("Every picture is looked through, which may take some minutes."),
        "silent": t("The sound was left out."),
        "again": t("Save it again"),
    }
    markup(shell("share", **words), "eb-share")
