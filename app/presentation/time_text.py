"""Days, times and durations in words, in the language of the person."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from urllib.parse import quote

from babel.dates import format_date

from app.presentation.i18n import language, t
from app.presentation.rendering import local_time
from memory.types.core import Recording
from memory.types.paths import printable

# Patterns of CLDR; English has its own wording, which is shorter than CLDR's.
_LONG, _SHORT, _SHORT_WITH_YEAR = (
    "full",
    {"zh": "M月d日 EEE"},
    {
        "zh": "y年M月d日 EEE",
        "de": "EEE d. MMM y",
    },
)


def day_words(day: date) -> str:
    """``Tuesday 3 March 2026``."""
    if language() == "en":
        return f"{day:%A} {day.day} {day:%B} {day.year}"
    return format_date(day, _LONG, locale=language())


def short_day(day: date, today: date = date.min) -> str:
    """``Tue 3 Mar 2026``, without the year where it is that of ``today``."""
    if language() == "en":
        year = "" if day.year == today.year else f" {day.year}"
        return f"{day:%a} {day.day} {day:%b}{year}"
    patterns = _SHORT if day.year == today.year else _SHORT_WITH_YEAR
    return format_date(day, patterns.get(language(), "medium"), locale=language())


def month_words(day: date) -> str:
    """``March 2026``."""
    if language() == "en":
        return f"{day:%B} {day.year}"
    return format_date(day, {"zh": "y年M月"}.get(language(), "MMMM y"), locale=language())


def month_mark(day: date) -> str:
    """``Mar``."""
    return f"{day:%b}" if language() == "en" else format_date(day, "LLL", locale=language())


def week_mark(day: date) -> str:
    """``2 Mar``."""
    if language() == "en":
        return f"{day.day} {day:%b}"
    return format_date(day, {"zh": "M/d"}.get(language(), "d MMM"), locale=language())


def weekday_words(weekday: int, *, short: bool = False) -> str:
    """``Monday`` or ``Mon`` of 0."""
    day = date(2024, 1, 1 + weekday)  # the first was a Monday
    return format_date(day, "EEE" if short else "EEEE", locale=language())


def moment_words(at: float, timezone: str, *, seconds: bool = False) -> str:
    """``Tue 3 Mar 2026, 10:31``: how a moment is written wherever it does not stand under its day.
    ``seconds``: ``Tue 3 Mar 2026, 10:31:05``."""
    local = local_time(at, timezone)
    return _at(local.date(), f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}")


def _at(day: date, clock: str) -> str:
    return t("{day}, {time}", day=short_day(day), time=clock)


def recording_words(recording: Recording) -> str:
    """``Tue 3 Mar 2026, 10:31 · walk.mp4``: a recording in a list, where names may be alike."""
    return f"{moment_words(recording.start, recording.timezone)} · {printable(recording.name)}"


def interval_words(start: float, end: float, timezone: str) -> str:
    """``Mon 16 Mar 2026, 18:00–23:00``; whole days without hours; both days of several."""
    begin, finish = local_time(start, timezone), local_time(end, timezone)
    first, last = begin.date(), local_time(max(start, end - 1), timezone).date()
    if _is_midnight(begin) and _is_midnight(finish):
        return short_day(first) if first == last else f"{short_day(first)} – {short_day(last)}"
    if first == last:
        until = "24:00" if finish.date() != first else f"{finish:%H:%M}"
        within = until == f"{begin:%H:%M}"  # a minute: a moment
        return _at(first, f"{begin:%H:%M}" + ("" if within else f"–{until}"))
    return f"{_at(first, f'{begin:%H:%M}')} – {_at(last, f'{finish:%H:%M}')}"


def _is_midnight(moment: datetime) -> bool:
    return moment.time().replace(second=0, microsecond=0) == time()


def length_words(seconds: float) -> str:
    """``40 s``, ``12 min``, ``1 h 5 min``."""
    if seconds < 60:
        return t("{n} s", n=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return t("{n} min", n=minutes)
    hours, rest = divmod(minutes, 60)
    return t("{h} h {min} min", h=hours, min=rest) if rest else t("{n} h", n=hours)


def seek_address(recording_id: str, start: float, end: float, words: str) -> str:
    """The fragment that our player understands: ``#seek=<recording>,<seconds>,<end>,<quote>``."""
    inside = math.ceil(max(0.0, start) * 100) / 100  # rounded into the span, never before it
    return f"#seek={quote(recording_id, safe='')},{inside:.2f},{end:.2f},{quote(words, safe='')}"
