"""Say durations, remaining time and stage names in words."""

from __future__ import annotations

from app.core.view_models import QueueReport

STAGE_WORDS = {
    "opening": "Opening",
    "speech": "Listening",
    "voices": "Telling voices apart",
    "sounds": "Listening for sounds",
    "sights": "Looking",
    "pictures": "Keeping pictures",
    "face-prints": "Telling faces apart",
    "people": "Recognising people",
    "caption": "Writing",
    "formulas": "Reading formulas",
}


def spoken(seconds: float) -> str:
    """A rough duration as a person says it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute"
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def left_words(report: QueueReport) -> str:
    """``12 files left, about 40 min``; nothing where it is but the one that is at work."""
    if report.left < 2:
        return ""
    about = "" if report.seconds_left is None else f", about {spoken(report.seconds_left)}"
    return f"{report.left} files left{about}"
