"""Errors in a file of lines; each text tells the person how to put it right."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import UnreadableMedia


class UnreadableLines(UnreadableMedia):
    """A file that cannot be imported: the ``reason``, and ``advice`` on what to do."""


class UndatedLines(UnreadableLines):
    """A file whose lines count from a moment that it does not tell."""


def needs_day_one(path: Path) -> UndatedLines:
    """For names that number their days: nobody but the person knows the date of the first."""
    reason = "its name numbers the day and tells no date"
    return UndatedLines(
        path, reason, "give the date of DAY1, e.g. egobutler import FILE --day-one 2026-03-02"
    )


def needs_start(path: Path) -> UndatedLines:
    """For lines that count from the beginning of something."""
    reason = "its lines count from a beginning whose time it does not tell"
    return UndatedLines(
        path,
        reason,
        "give it, e.g. egobutler import FILE --start '2026-03-02 09:30', or ingest the recording "
        "beside it first",
    )
