"""An interval in words for the person: "Tuesday 3 March, 18:00–23:00"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import reduce

from egorag.time.calendar.local_time import LocalTime, month_start
from egorag.time.calendar.time_reference import EVER, Recurrence, TimeReference
from memory.types.core import Span
from memory.types.messages import UserMessage

_SHORT = timedelta(minutes=10)
_MIDNIGHT = "00:00"
_WEEKDAYS = (
    "egorag.monday", "egorag.tuesday", "egorag.wednesday", "egorag.thursday", "egorag.friday",
    "egorag.saturday", "egorag.sunday",
)  # fmt: skip
_MONTHS = (
    "egorag.january", "egorag.february", "egorag.march", "egorag.april", "egorag.may",
    "egorag.june", "egorag.july", "egorag.august", "egorag.september", "egorag.october",
    "egorag.november", "egorag.december",
)  # fmt: skip
_DAY_SETS = {
    tuple(range(7)): "egorag.every-day", tuple(range(5)): "egorag.weekdays",
    (5, 6): "egorag.weekends",
}  # fmt: skip
_RELATIONS = {
    "after": "egorag.after-event", "before": "egorag.before-event",
    "during": "egorag.during-event", "between": "egorag.between-events",
}  # fmt: skip


def day_in_words(day: date, today: date) -> str:
    """ "Tuesday 3 March", with the year where it is not this one."""
    key = "egorag.day" if day.year == today.year else "egorag.day-of-year"
    weekday, month = UserMessage(_WEEKDAYS[day.weekday()]), UserMessage(_MONTHS[day.month - 1])
    return UserMessage(key, weekday=weekday, day=day.day, month=month, year=day.year)


def interval_in_words(span: Span, local: LocalTime) -> str:
    """The interval as a person would read it off a calendar and a clock."""
    first, last = local.local(span.start), local.local(span.end)
    start, end = f"{first:%H:%M}", f"{last:%H:%M}"
    if span.start <= 0:
        when = _at(last, end, local) if end != _MIDNIGHT else day_in_words(last.date(), local.today)
        return UserMessage("egorag.before", when=when)
    if (start, end) == (_MIDNIGHT, _MIDNIGHT) and first.date() < last.date():
        return _whole_days(first.date(), last.date(), local.today)
    if first.date() == last.date():
        exact = last - first < _SHORT and (first.second or last.second)
        clock = f"{first:%H:%M:%S}–{last:%H:%M:%S}" if exact else f"{start}–{end}"
        return _at(first, clock, local)
    if end == _MIDNIGHT and last.date() - first.date() == timedelta(days=1):
        return _at(first, f"{start}–24:00", local)
    return UserMessage("egorag.from-to", first=_at(first, start, local), last=_at(last, end, local))


def _at(moment: datetime, clock: str, local: LocalTime) -> str:
    day = day_in_words(moment.date(), local.today)
    return UserMessage("egorag.day-and-clock", day=day, clock=clock)


def _whole_days(first: date, after: date, today: date) -> str:
    if after - first == timedelta(days=1):
        return day_in_words(first, today)
    if first.day == 1 and after == month_start(first, 1):
        month = UserMessage(_MONTHS[first.month - 1])
        return UserMessage("egorag.month-of-year", month=month, year=first.year)
    if (first.month, first.day) == (1, 1) and after == month_start(first, 12):
        return str(first.year)
    last = day_in_words(after - timedelta(days=1), today)
    return UserMessage("egorag.from-to", first=day_in_words(first, today), last=last)


def reference_in_words(time: TimeReference, local: LocalTime) -> str:
    """What is searched, for the person: the interval, its windows, the event that it hangs on."""
    span = time.span
    parts: list[str] = []
    if anchor := time.anchor:
        events = f"{anchor.text} and {anchor.second}" if anchor.second else anchor.text
        parts.append(UserMessage(_RELATIONS[anchor.relation], event=events))
    parts += [recurrence_in_words(time.recurring)] if time.recurring else []
    open_span = span.start <= EVER and span.end >= local.asked_at
    parts += [] if open_span else [interval_in_words(span, local)]
    return _joined("egorag.comma", parts) or UserMessage("egorag.any-time")


def _joined(key: str, parts: Sequence[str]) -> str:
    return reduce(lambda first, last: UserMessage(key, first=first, last=last), parts or [""])


def is_plain(time: TimeReference) -> bool:
    """Whether its two ends say all of a reference."""
    return time.recurring is None and time.anchor is None and time.span.start > EVER


def recurrence_in_words(recurring: Recurrence) -> str:
    """ "18:00–23:00 on Mondays and Tuesdays", "weekdays", "05:00–12:00 of every day"."""
    days, (start, end) = recurring.weekdays, recurring.hours
    hours = "" if (start, end) == (0, 24) else f"{_clock(start)}–{_clock(end)}"
    if len(days) == 7 and hours:
        return UserMessage("egorag.hours-of-every-day", hours=hours)
    words = _weekdays(days)
    return UserMessage("egorag.hours-on", hours=hours, days=words) if hours else words


def _weekdays(days: tuple[int, ...]) -> str:
    if key := _DAY_SETS.get(days):
        return UserMessage(key)
    names = [
        UserMessage("egorag.weekday-plural", weekday=UserMessage(_WEEKDAYS[day])) for day in days
    ]
    listed = _joined("egorag.listed", names[:-1])
    return UserMessage("egorag.and", first=listed, last=names[-1]) if listed else names[-1]


def _clock(hours: float) -> str:
    minutes = round(hours * 60)
    return f"{minutes // 60 % 24 if minutes != 1440 else 24:02}:{minutes % 60:02}"
