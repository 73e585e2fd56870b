"""How days, times and lengths are put into words on the pages."""

from __future__ import annotations

import math
from datetime import date
from urllib.parse import quote

from app.rendering import local_time


def day_words(day: date) -> str:
    """``Tuesday 3 March 2026``."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def short_day(day: date, today: date) -> str:
    """``Tue 3 Mar``, with the year unless it is the current one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def moment_words(at: float, timezone: str, today: date) -> str:
    """``Tue 3 Mar 10:31:05``."""
    local = local_time(at, timezone)
    return f"{short_day(local.date(), today)} {local:%H:%M:%S}"


def interval_words(start: float, end: float, timezone: str, today: date) -> str:
    """``Mon 16 Mar 18:00–23:00``; whole days without hours; both days where it takes several."""
    begin, finish = local_time(start, timezone), local_time(end, timezone)
    first, last = begin.date(), local_time(max(start, end - 1), timezone).date()
    if f"{begin:%H%M}{finish:%H%M}" == "00000000":
        days = short_day(first, today)
        return days if first == last else f"{days} – {short_day(last, today)}"
    if first == last:
        until = "24:00" if finish.date() != first else f"{finish:%H:%M}"
        return f"{short_day(first, today)} {begin:%H:%M}–{until}"
    return f"{short_day(first, today)} {begin:%H:%M} – {short_day(last, today)} {finish:%H:%M}"


def length_words(seconds: float) -> str:
    """``40 s``, ``12 min``, ``1 h 5 min``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def seek_address(recording_id: str, start: float, end: float, words: str) -> str:
    """The fragment that our player understands: ``#seek=<recording>,<seconds>,<end>,<quote>``."""
    inside = math.ceil(max(0.0, start) * 100) / 100  # rounded into the span, never before it
    return f"#seek={quote(recording_id, safe='')},{inside:.2f},{end:.2f},{quote(words, safe='')}"
