"""What a language's words for time were read as; ``resolve.py`` makes intervals of it.

One vocabulary for all languages: each has its own finders (English: ``english/reader.py``, Chinese:
``chinese/reader.py``), and none of them knows how readings become intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.clock_types import Clock, Part
from egorag.time.calendar.lapse_types import Lapse
from egorag.time.calendar.time_reference import Anchor

SideName = Literal["since", "after", "before", "until"]


@dataclass(frozen=True, slots=True)
class Side:
    """On which side of the named time the interval lies, and where the word stands."""

    name: SideName
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Habit:
    """Days of the week, and a part of the day or "", that come again and again."""

    weekdays: tuple[int, ...]
    part: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All time words of a question: days (a range of days is one), clock, part of the day, …"""

    day: Days | None = None
    clock: Clock | None = None
    part: Part | None = None
    lapse: Lapse | None = None
    habit: Habit | None = None
    side: Side | None = None
    anchor: Anchor | None = None
    wider: Days | None = None  # longer days that hold ``day`` and bound it


def blank(text: str, start: int, end: int) -> str:
    """The text with a stretch made unreadable, so that no other word is found in it."""
    return text[:start] + "\0" * (end - start) + text[end:]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without the white space at its ends."""
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - (len(inner) - len(inner.rstrip()))
