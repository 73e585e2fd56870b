"""Tell when what a sentence speaks of is due.

"On Friday" is the last one in a question, and the next in what was said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from egorag.language.language import Language, language_of
from egorag.time.calendar.format_interval import interval_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

_CLAUSE = re.compile(r"[,;.!?，；。！？]\s*")
_DAY = 86_400.0
_AHEAD = 400  # days: nothing is planned further ahead
_LONGEST = 40  # days: "this year" says nothing of when


@dataclass(frozen=True, slots=True)
class Due:
    """The time (absolute, seconds UTC) in which something is to be done."""

    span: Span

    @property
    def last_day(self) -> Due:
        """The end of a time of days: "this week" is over since Sunday."""
        days = self.span.duration > 1.5 * _DAY
        return Due(Span(self.span.end - _DAY, self.span.end)) if days else self

    def words(self, local: LocalTime, language: Language) -> str:
        """ "Friday 6 March", "today", "tomorrow at 17:00"."""
        first, last = local.local(self.span.start), local.local(self.span.end - 1)
        if first.date() != last.date() and self.span.duration > _DAY:
            return language.render(interval_in_words(self.span, local))
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((first.date() - local.today).days)
        day = language.say(near) if near else language.day(first.date(), local.today)
        if self.span.duration > 3 * 3600:
            return day
        middle = local.local((self.span.start + self.span.end) / 2)
        return language.say("day_at", day=day, clock=f"{middle:%H:%M}")


def due_of(sentence: str, said_at: float, local: LocalTime) -> Due | None:
    """When what a sentence of ``said_at`` (seconds UTC) speaks of is due, if it names a time."""
    if language_of(sentence).pattern("tasks", "due.past").search(sentence):
        return None
    named = find_time(in_the_time(moved(sentence)), LocalTime(said_at, local.zone), "future")
    if named is None or named.recurring or not named.text or named.span.start <= 0:
        return None
    span = named.span
    if span.duration > _AHEAD * _DAY:  # "from Monday on" begins that day
        span = Span(span.start, span.start + _DAY)
    elif named.either_half and local.local(span.start).hour < 12:  # only the day is certain
        span = Span(span.start, span.end + _DAY / 2)
    passed = span.end <= said_at or span.start - said_at > _AHEAD * _DAY
    return None if passed or span.duration > _LONGEST * _DAY else Due(span)


def in_the_time(text: str) -> str:
    """The text with "on Friday" for "by Friday": both are due in the time that is named."""
    return _rewritten(text, "by")


def moved(text: str) -> str:
    """The text with the new day alone: "moved it on Thursday" for "from Tuesday to Thursday"."""
    return _rewritten(text, "moved")


def thing_moved(text: str) -> str:
    """The words that name what a text says was moved or called off; "" where none do."""
    language = language_of(text)
    patterns = [pattern for pattern, _ in language.rewrites("tasks", "due.moved")]
    patterns.append(language.pattern("tasks", "due.off"))
    match = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
    if match is None:
        return ""
    named = match.groupdict()
    if named.get("head") is not None:
        return named["thing"] or named["head"]
    before = ". ".join(reversed(_CLAUSE.split(text[: match.start()])))  # the nearest names it
    return f"{named['thing']}. {before}" if named.get("thing") else before


def _rewritten(text: str, name: str) -> str:
    for pattern, by in language_of(text).rewrites("tasks", f"due.{name}"):
        text = pattern.sub(by, text)
    return text
