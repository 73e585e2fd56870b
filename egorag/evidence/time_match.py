"""Tell how well a statement lies in the time asked about: when it was said, or what it tells of.

"I'm off tomorrow", said on Sunday, is of the Monday.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from egorag.question.plan import Plan
from egorag.ranking.bm25 import nearness
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.resolve import find_time
from memory.types.core import Span

_DAY = 86_400.0
_LONGEST_DAY = 90_000.0  # seconds, when clocks are set back
_TENSES: tuple[Tense, ...] = ("past", "future")


def in_time(plan: Plan, text: str, spoken: Span) -> float:
    """0..1, 1 inside the time asked about; 0.5 where none was, or it hangs on an event."""
    time = plan.time
    if time is None or time.anchor is not None:
        return 0.5
    near = nearness(spoken, time.span)
    if near == 1 or time.recurring:
        return near
    spans = _named_times(text, LocalTime(spoken.start, plan.local.zone))
    return max(near, *(nearness(span, time.span) for span in spans), 0.0)


def day_told(text: str, spoken: Span, local: LocalTime) -> date:
    """The day on which what a statement tells was done: the one that it names ("on Monday I ..."),
    or the one on which it is said."""
    said = LocalTime(spoken.start, local.zone)
    named = find_time(text, said, "past")
    if named is None or named.anchor or named.recurring:
        return said.today
    span = named.named or named.span
    is_day = span.duration <= _LONGEST_DAY and span.start <= spoken.start
    return said.local(span.start).date() if is_day else said.today


@lru_cache(maxsize=20_000)
def _named_times(text: str, local: LocalTime) -> tuple[Span, ...]:
    """The days and hours that a statement names, as what lies behind and as what lies ahead; of
    "until spring", which begins at no time, the last day."""
    named = (find_time(text, local, tense) for tense in _TENSES)
    spans = (time.span for time in named if time and not time.anchor and not time.recurring)
    return tuple(span if span.start > 0 else Span(span.end - _DAY, span.end) for span in spans)
