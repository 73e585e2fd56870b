"""When a task is due: the time that its sentence names, meant ahead of the moment when it was said.

"On Friday" in a question is the last one, in a promise it is the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from egorag.language.language import Language
from egorag.time.calendar.format_interval import interval_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

_ENGLISH = Language("en")
_DAY = 86_400.0
_AHEAD = 400  # days: no task is planned further ahead
_LONGEST = 40  # days: "this year" says nothing of when


@dataclass(frozen=True, slots=True)
class Due:
    """The time (absolute, seconds UTC) in which something is to be done."""

    span: Span

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
    until, clock, past = (
        _ENGLISH.pattern("tasks", f"due.{name}") for name in ("until", "clock", "past")
    )
    if past.search(sentence):
        return None
    said = LocalTime(said_at, local.zone)
    asked = until.sub("on", clock.sub("at", sentence))
    named = find_time(asked, said, "future")
    if named is None or named.recurring or not named.text or named.span.start <= 0:
        return None
    span = named.span
    passed = span.end <= said_at or span.start - said_at > _AHEAD * _DAY
    return None if passed or span.duration > _LONGEST * _DAY else Due(span)
