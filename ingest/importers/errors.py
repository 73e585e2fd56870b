"""Errors in a file of lines; each text tells the person how to put it right."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import UnreadableMedia
from memory.types.messages import UserMessage


class UnreadableLines(UnreadableMedia):
    """A file that cannot be imported: the ``reason``, and ``advice`` on what to do."""


def unreadable_lines(path: Path, reason: str, advice: str, **params: object) -> UnreadableLines:
    """The error whose ``reason`` and ``advice``, filled with ``params``, have these keys."""
    return UnreadableLines(path, UserMessage(reason, **params), UserMessage(advice, **params))


class UndatedLines(UnreadableLines):
    """A file whose lines count from a moment that it does not tell."""


def needs_day_one(path: Path) -> UndatedLines:
    """For names that number their days: nobody but the person knows the date of the first."""
    reason, advice = "ingest.lines-numbered-day", "ingest.lines-give-day-one"
    return UndatedLines(path, UserMessage(reason), UserMessage(advice))


def needs_start(path: Path) -> UndatedLines:
    """For lines that count from the beginning of something."""
    reason, advice = "ingest.lines-count-on", "ingest.lines-give-start"
    return UndatedLines(path, UserMessage(reason), UserMessage(advice))
