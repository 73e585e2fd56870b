"""Times that a person types at the command line."""

from __future__ import annotations

from datetime import date, datetime

from app.core.errors import Refusal
from memory.types.timezones import zone


def parse_moment(text: str, timezone: str) -> datetime:
    """An aware datetime from ISO 8601 or from words ("yesterday 18:00"), in the given zone.

    Raises:
        Refusal: the text names no time, or the zone does not exist.
    """
    clock = zone(timezone)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _from_words(text, datetime.now(clock).replace(tzinfo=None))
    if not 1990 <= moment.year <= 2200:
        raise Refusal(f"{text!r} is not a time at which anything was recorded")
    return moment if moment.tzinfo else moment.replace(tzinfo=clock)


def parse_day(text: str, timezone: str) -> date:
    """A date from ISO 8601 or from words ("today", "last Tuesday").

    Raises:
        Refusal: the text names no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _from_words(text, datetime.now(zone(timezone)).replace(tzinfo=None)).date()


def _from_words(text: str, now: datetime) -> datetime:
    import dateparser

    settings = {"PREFER_DATES_FROM": "past", "RELATIVE_BASE": now}
    parsed: datetime | None = dateparser.parse(text, settings=settings)
    if parsed is None:
        raise Refusal(f"{text!r} is not a time; write it as 2026-03-01 or '2026-03-01 18:30'")
    return parsed
