"""An interval in words for the person: "Tuesday 3 March, 18:00–23:00"."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from egorag.time.calendar.calendar_terms import MONTHS, WEEKDAYS
from egorag.time.calendar.local_time import LocalTime, month_start
from egorag.time.calendar.time_reference import EVER, Anchor, Recurrence, TimeReference
from memory.types.core import Span

_SHORT = timedelta(minutes=10)


def day_in_words(day: date, today: date) -> str:
    """ "Tuesday 3 March", with the year where it is not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    weekday, month = WEEKDAYS[day.weekday()].capitalize(), MONTHS[day.month - 1].capitalize()
    return f"{weekday} {day.day} {month}{year}"


def interval_in_words(span: Span, local: LocalTime) -> str:
    """The interval as a person would read it off a calendar and a clock."""
    if span.start <= 0:
        return f"before {_moment(span.end, local)}"
    first, last = local.local(span.start), local.local(span.end)
    whole = (first.hour, first.minute, last.hour, last.minute) == (0, 0, 0, 0)
    if whole and first.date() < last.date():
        return _whole_days(first.date(), last.date(), local.today)
    start = f"{day_in_words(first.date(), local.today)}, {first:%H:%M}"
    if first.date() == last.date():
        return f"{day_in_words(first.date(), local.today)}, {clock_faces(first, last)}"
    if (last.hour, last.minute) == (0, 0) and last.date() - first.date() == timedelta(days=1):
        return f"{start}–24:00"
    return f"{start} – {day_in_words(last.date(), local.today)}, {last:%H:%M}"


def clock_faces(first: datetime, last: datetime) -> str:
    """ "14:00–15:30"; within a few minutes with seconds, where there are any."""
    exact = last - first < _SHORT and (first.second or last.second)
    shape = "%H:%M:%S" if exact else "%H:%M"
    return f"{first:{shape}}–{last:{shape}}"


def _moment(at: float, local: LocalTime) -> str:
    moment = local.local(at)
    day = day_in_words(moment.date(), local.today)
    return day if (moment.hour, moment.minute) == (0, 0) else f"{day}, {moment:%H:%M}"


def _whole_days(first: date, after: date, today: date) -> str:
    if after - first == timedelta(days=1):
        return day_in_words(first, today)
    if first.day == 1 and after == month_start(first, 1):
        return f"{MONTHS[first.month - 1].capitalize()} {first.year}"
    if (first.month, first.day) == (1, 1) and after == date(first.year + 1, 1, 1):
        return str(first.year)
    return f"{day_in_words(first, today)} – {day_in_words(after - timedelta(days=1), today)}"


def reference_in_words(time: TimeReference, local: LocalTime) -> str:
    """What is searched, for the person: the interval, its windows, the event that it hangs on."""
    span = time.span
    open_span = span.start <= EVER and span.end >= local.asked_at
    words = "" if open_span else interval_in_words(span, local)
    if time.recurring:
        words = f"{recurrence_in_words(time.recurring)}{', ' if words else ''}{words}"
    if time.anchor:
        words = f"{_anchor_in_words(time.anchor)}{', ' if words else ''}{words}"
    return words or "any time"


def is_plain(time: TimeReference) -> bool:
    """Whether its two ends say all of a reference."""
    return time.recurring is None and time.anchor is None and time.span.start > EVER


def recurrence_in_words(recurring: Recurrence) -> str:
    """ "18:00–23:00 on Mondays and Tuesdays", "weekdays", "05:00–12:00 of every day"."""
    days = recurring.weekdays
    names = [f"{WEEKDAYS[day].capitalize()}s" for day in days]
    named = {tuple(range(5)): "weekdays", (5, 6): "weekends"}
    listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
    words = named.get(days, listed)
    start, end = recurring.hours
    if (start, end) == (0, 24):
        return "every day" if len(days) == 7 else words
    hours = f"{_clock(start)}–{_clock(end)}"
    return f"{hours} of every day" if len(days) == 7 else f"{hours} on {words}"


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60 % 24 if minutes != 1440 else 24:02}:{minutes % 60:02}"


def _anchor_in_words(anchor: Anchor) -> str:
    both = f"{anchor.text} and {anchor.second}" if anchor.second else anchor.text
    return f"{anchor.relation} “{both}”"
