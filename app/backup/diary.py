"""A day as Markdown that reads the same in every viewer: words of recordings stay words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from app.core.view_models import DayTimeline, Hour, Moment
from app.presentation.composed_text import split_speech
from memory.types.timezones import zone

# What Markdown would make headings, links, pictures, tables or HTML of.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~$&])")
# Viewers make links of bare addresses; a word joiner keeps them words.
_ADDRESS = re.compile(r"(?i)(?<=\w)(://|@)|\b(www)\.")


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line, and that no viewer makes a link of."""
    line = " ".join(text.split())
    line = _MARKUP.sub(r"\\\1", line)
    return _ADDRESS.sub(lambda m: f"{m[1] or m[2] + '.'}\u2060", line)


def diary(day: DayTimeline) -> str:
    """The page of a day: its summary, its hours, and every moment with what was said."""
    return "\n".join(_lines(day)) + "\n"


def _lines(day: DayTimeline) -> Iterator[str]:
    yield f"# {day.day:%A} {day.day.day} {day.day:%B %Y}"
    yield f"\nTimes are those of {plain(day.timezone)}."
    if day.summary:
        yield f"\n{plain(day.summary)}"
    for hour in day.hours:
        yield from _hour(hour, day.timezone)


def _hour(hour: Hour, timezone: str) -> Iterator[str]:
    yield f"\n## {_clock(hour.start, timezone)}\n"
    if hour.summary:
        yield f"{plain(hour.summary)}\n"
    pictured = [thumbnail for moment in hour.moments for thumbnail in moment.thumbnails]
    if pictured:
        yield f"![picture](<../{pictured[0]}>)\n"
    for moment in hour.moments:
        yield from _moment(moment, timezone)


def _moment(moment: Moment, timezone: str) -> Iterator[str]:
    seen = plain(moment.caption) or "(not indexed yet)"
    yield f"- **{_clock(moment.start, timezone)}** {seen}"
    if not split_speech(moment.caption, moment.speech)[1]:  # a model's caption quotes nobody
        for sentence in moment.speech:
            yield f"    - “{plain(sentence)}”"


def _clock(at: float, timezone: str) -> str:
    return f"{datetime.fromtimestamp(at, zone(timezone)):%H:%M}"
