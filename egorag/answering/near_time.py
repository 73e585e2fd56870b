"""Widen the named interval where it shows nothing, and say how far off the results lie."""

from __future__ import annotations

from dataclasses import replace

from egorag.question.plan import Plan
from memory.types.core import Span

_LEAST, _MOST = 6 * 3600.0, 7 * 86_400.0  # seconds that are added on either side


def widen_interval(plan: Plan) -> Plan | None:
    """The plan for the time named and as much again on either side; None where it has no ends.

    At least six hours are added, so that "this evening" reaches the afternoon, at most a week.
    """
    time = plan.time
    if time is None or time.recurring or time.anchor or time.span.start <= 0:
        return None
    slack = min(_MOST, max(_LEAST, time.span.duration))
    wider = Span(time.span.start - slack, time.span.end + slack)
    return replace(plan, time=replace(time, span=wider, exact=True, text=""))


def how_far(span: Span, named: Span, plan: Plan) -> str:
    """ "the day after", "3 days before", "later that day"; "" where the two overlap."""
    if span.overlaps(named):
        return ""
    local = plan.local
    later = span.start >= named.end
    edge = named.end - 1e-3 if later else named.start
    first, last = local.local(edge).date(), local.local(span.start).date()
    days = abs((last - first).days)
    side = "after" if later else "before"
    if days == 0:
        return plan.language.say(f"{side}_that_day")
    count, unit = (days, "days") if days < 60 else (round(days / 30), "months")
    return plan.language.say(f"{unit}_{side}", count)
