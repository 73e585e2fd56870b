"""Tell how well a statement lies in the time asked about: when it was said, or what it tells of.

"I'm off tomorrow", said on Sunday, is of the Monday.
"""

from __future__ import annotations

from functools import lru_cache

from egorag.question.plan import Plan
from egorag.ranking.bm25 import nearness
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.resolve import find_time
from memory.types.core import Span

_DAY = 86_400.0
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


@lru_cache(maxsize=20_000)
def _named_times(text: str, local: LocalTime) -> tuple[Span, ...]:
    """The days and hours that a statement names, as what lies behind and as what lies ahead; of
    "until spring", which begins at no time, the last day."""
    named = (find_time(text, local, tense) for tense in _TENSES)
    spans = (time.span for time in named if time and not time.anchor and not time.recurring)
    return tuple(span if span.start > 0 else Span(span.end - _DAY, span.end) for span in spans)
