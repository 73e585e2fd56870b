"""When a task is due: the time that its sentence names, meant ahead of the moment when it was said.

"On Friday" in a question is the last one, in a promise it is the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from egorag.time.calendar.calendar_terms import MONTHS, WEEKDAYS, number
from egorag.time.calendar.format_interval import day_in_words, interval_in_words
from egorag.time.calendar.local_time import LocalTime, month_start
from egorag.time.resolve import find_time
from memory.types.core import Span

_UNTIL = re.compile(r"\b(?:by|before|until|till)(?= )", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(?:by|before|until|till)(?= (?:\d{1,2}\b(?!(?:st|nd|rd|th))|noon|midnight|one|two|three"
    r"|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|the end))",
    re.IGNORECASE,
)
_IN = re.compile(
    r"\bin (?P<n>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten) "
    r"(?P<unit>minute|hour|day|week|month)s?\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:yesterday|last|ago|since)\b", re.IGNORECASE)
_WEEKLY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)}|weekend)|[周礼]末|周|星期|礼拜", re.IGNORECASE)
_YEARLY = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b|christmas|easter", re.IGNORECASE)
_MONTHLY = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}
_DAY = 86_400.0
_AHEAD = 400  # days: no task is planned further ahead
_LONGEST = 40  # days: "this year" says nothing of when
_MERIDIEM = re.compile(
    r"[ap]\.?m\b|morning|night|evening|afternoon|noon|早|晚|上午|下午|\b1[3-9]:", re.IGNORECASE
)
_EARLY = 7  # hour: a bare "at five" is no time of the night


@dataclass(frozen=True, slots=True)
class Due:
    """The time (absolute, seconds UTC) in which something is to be done."""

    span: Span

    def words(self, local: LocalTime) -> str:
        """ "Friday 6 March", "today", "tomorrow at 17:00"."""
        first, last = local.local(self.span.start), local.local(self.span.end - 1)
        if first.date() != last.date() and self.span.duration > _DAY:
            return interval_in_words(self.span, local)
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        away = (first.date() - local.today).days
        day = near.get(away, day_in_words(first.date(), local.today))
        if self.span.duration > 3 * 3600:
            return day
        middle = local.local((self.span.start + self.span.end) / 2)
        return f"{day} at {middle:%H:%M}"


def due_of(sentence: str, said_at: float, local: LocalTime) -> Due | None:
    """When what a sentence of ``said_at`` (seconds UTC) speaks of is due, if it names a time."""
    if _PAST.search(sentence):
        return None
    said = LocalTime(said_at, local.zone)
    if lapse := _IN.search(sentence):
        return _after(lapse, said)
    asked = _UNTIL.sub("on", _CLOCK.sub("at", sentence))
    named = find_time(asked, said)
    if named is None or named.recurring or not named.text or named.span.start <= 0:
        return None
    if named.span.duration > _LONGEST * _DAY:
        return None
    span = _ahead(named.span, named.text, said)
    return Due(span) if span else None


def _after(lapse: re.Match[str], said: LocalTime) -> Due:
    seconds = number(lapse["n"].lower()) * _SECONDS[lapse["unit"].lower()]
    moment = said.asked_at + seconds
    if seconds < _DAY:
        return Due(Span(moment - 600, moment + 600))
    day = said.local(moment).date()
    return Due(said.days(day, day + timedelta(days=1)))


def _ahead(span: Span, words: str, said: LocalTime) -> Span | None:
    """The span, or its next one after the moment where the words mean one that has passed."""
    this_day = span.contains(said.asked_at) and span.duration <= _DAY
    for times in range(int(this_day and bool(_WEEKLY.search(words))), 60):  # "on Monday", a Monday
        moved = _moved(span, words, said, times)
        if moved is None or moved.start - said.asked_at > _AHEAD * _DAY:
            return None
        if moved.end > said.asked_at:
            return moved
    return None


def _moved(span: Span, words: str, said: LocalTime, times: int) -> Span | None:
    if times == 0:
        return span
    first = said.local(span.start).date()
    if _WEEKLY.search(words):
        to = first + timedelta(days=7 * times)
    elif _YEARLY.search(words):
        to = _with_month(first, 12 * times)
    elif _MONTHLY.search(words):
        to = _with_month(first, times)
    elif span.duration < 3 * 3600 and not _MERIDIEM.search(words):
        return _half_days(span, said, times)
    elif span.duration < _DAY:
        to = first + timedelta(days=times)
    else:
        return None
    begun = said.local(span.start)
    start = said.at(to, begun.hour + begun.minute / 60)
    return Span(start, start + span.duration)


def _half_days(span: Span, said: LocalTime, times: int) -> Span:
    """ "By six", said at noon, is six in the evening: half days later, nights left out."""
    moved = Span(span.start + times * _DAY / 2, span.end + times * _DAY / 2)
    at_night = said.local(moved.end).hour < _EARLY
    return Span(span.start, span.start) if at_night else moved


def _with_month(day: date, months: int) -> date:
    """The same day some months later; the last of a month that is shorter."""
    first = month_start(day, months)
    return min(first + timedelta(days=day.day - 1), month_start(first, 1) - timedelta(days=1))
