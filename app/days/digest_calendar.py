"""A digest, and promises with a due date, as iCalendar (RFC 5545): any calendar can show them.

Promises are events by default, because most calendars show no tasks; "todo" makes them tasks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Todo

from app.days.digest import Digest, Promise
from app.days.digest_text import day_address, due_words, facts, title, who_words
from app.presentation.composed_text import in_words
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from memory.types.timezones import zone

Kind = Literal["event", "todo"]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_SHORT, _LONG = 180, 4000  # characters of a title, of a description
_HOURS = 3 * 3600.0  # seconds: what is due within less has an hour, else a day
_REFRESH = "PT1H"


def digest_calendar(digest: Digest, address: str = "") -> bytes:
    """The day as an event of the whole day, and what was promised in it with its due date."""
    calendar = _calendar(title(digest.day))
    event = Event()
    event.add("uid", _uid(f"day|{digest.day.isoformat()}"))
    event.add("summary", plain(title(digest.day)))
    event.add("dtstart", digest.day)
    event.add("dtend", digest.day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("description", plain("\n".join(_told(digest)), _LONG))
    if address:
        event.add("url", f"{address.rstrip('/')}/digest/{digest.day.isoformat()}")
    _finish(calendar, event, digest.day)
    for promise in digest.promised:
        _add(calendar, promise, digest.timezone, address, "event")
    return bytes(calendar.to_ical())


def promises_calendar(
    promises: Iterable[Promise], timezone: str, address: str = "", kind: Kind = "event"
) -> bytes:
    """The promises that have a due date, as a feed that a calendar subscribes to."""
    calendar = _calendar(t("What you promised"))
    calendar.add("x-published-ttl", _REFRESH)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for promise in promises:
        _add(calendar, promise, timezone, address, kind)
    return bytes(calendar.to_ical())


def plain(text: str, longest: int = _SHORT) -> str:
    """The text without control characters, cut where it is too long; newlines stay."""
    lines = (" ".join(_CONTROL.sub(" ", line).split()) for line in text.split("\n"))
    clean = "\n".join(lines).strip()
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//EgoButler//Digest//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", plain(name))
    return calendar


def _told(digest: Digest) -> Sequence[str]:
    lines = [" · ".join(facts(digest)), in_words(digest.summary).replace("\n", " ")]
    lines += [in_words(line.text).replace("\n", " ") for line in digest.hours]
    return [line for line in lines if line]


def _add(calendar: Calendar, promise: Promise, timezone: str, address: str, kind: Kind) -> None:
    """Adds one promise, where it is due at some time and not done."""
    if promise.due is None or promise.done is not None:
        return
    todo = Todo() if kind == "todo" else Event()
    todo.add("uid", _uid(promise.key))
    todo.add("summary", plain(promise.said.text.replace("\n", " ")))
    description = f"{who_words(promise)}: “{promise.said.text}”\n{due_words(promise, timezone)}"
    todo.add("description", plain(description, _LONG))
    first, last = _when(promise, timezone)
    if kind == "todo":
        todo.add("due", first)
        todo.add("status", "NEEDS-ACTION")
    else:
        todo.add("dtstart", first)
        todo.add("dtend", last)
        todo.add("transp", "TRANSPARENT")
    cite = promise.said.cite
    if cite is not None and address:
        todo.add("url", address.rstrip("/") + day_address(cite, timezone))
    said_at = datetime.fromtimestamp(0 if cite is None else cite.span.start, UTC)
    _finish(calendar, todo, said_at)


def _when(promise: Promise, timezone: str) -> tuple[date | datetime, date | datetime]:
    """Moments in UTC where an hour is known, so that no zone needs describing; else whole days."""
    assert promise.due is not None
    due = promise.due
    if due.duration <= _HOURS:
        middle = datetime.fromtimestamp(round((due.start + due.end) / 2), UTC)
        return middle, middle + timedelta(minutes=30)
    first = local_time(due.start, timezone).date()
    last = datetime.fromtimestamp(max(due.start, due.end - 1), zone(timezone)).date()
    return first, last + timedelta(days=1)


def _finish(calendar: Calendar, component: Event | Todo, stamp: date | datetime) -> None:
    """The stamp is when it was said, so that the same digest is the same file."""
    at = (
        stamp
        if isinstance(stamp, datetime)
        else datetime(stamp.year, stamp.month, stamp.day, tzinfo=UTC)
    )
    component.add("dtstamp", at)
    calendar.add_component(component)


def _uid(key: str) -> str:
    return f"{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}@egobutler"
