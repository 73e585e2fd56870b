"""The player: one for all pages, driven by every link to a moment."""

from __future__ import annotations

from app.pages.shell import markup, scripted, shell
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
