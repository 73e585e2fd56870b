"""The usual activities of about this hour, and the days that this rests on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from app.days.digest import Cite, cite
from app.days.next_activity import ActivityStep, NextActivity, steps, try_out
from memory.store.store import Store
from memory.types.core import Span
from memory.types.events import EventFilter
from memory.types.timezones import zone

LEARNED = 120  # days back: older habits tell little of today's
STALE = 14  # days without an event after which "now" is not known
MOST = 3  # activities that are told
FEWEST = 3  # days that one has to rest on
_AROUND = 1  # hours of the clock, before and after, that count as this one
_SHOWN = 3  # moments of each


@dataclass(frozen=True, slots=True)
class Usual:
    """An activity of about this hour: on ``days`` of the ``of`` days with any, the latest first."""

    activity: str
    days: int
    of: int
    moments: tuple[Cite, ...]


def usually_now(store: Store, timezone: str, now: float) -> list[Usual]:
    """What comes next, likeliest first; empty where the home's own days do not bear it out.

    Args:
        store: The home.
        timezone: The person's.
        now: Seconds UTC.
    """
    lately = Span(now - LEARNED * 86_400, now)
    taken = steps(store.as_of(now).events(EventFilter(spans=(lately,))), timezone)
    today = datetime.fromtimestamp(now, zone(timezone))
    if not taken or (today.date() - taken[-1].day).days > STALE or not try_out(taken).passed:
        return []
    model = NextActivity(taken)
    before, shares = None, model.at_hour[today.hour]
    if taken[-1].day == today.date():
        before = taken[-1].activity
        shares = model.shares(before, today.hour, [step.activity for step in taken[-50:]])
    likely = [model.kinds[n] for n in (-shares).argsort(kind="stable")]
    done, of = _around(taken, today.hour)
    enough = [kind for kind in likely if kind != before and len(done[kind]) >= FEWEST]
    return [_usual(store, kind, done[kind], of) for kind in enough[:MOST]]


def _around(
    taken: list[ActivityStep], hour: int
) -> tuple[dict[str, dict[date, ActivityStep]], int]:
    """The days on which each activity began about this hour, and how many days have any then."""
    done: dict[str, dict[date, ActivityStep]] = defaultdict(dict)
    days = set()
    for step in taken:
        apart = abs(step.hour - hour)
        if min(apart, 24 - apart) <= _AROUND:
            done[step.activity].setdefault(step.day, step)
            days.add(step.day)
    return done, len(days)


def _usual(store: Store, activity: str, done: dict[date, ActivityStep], of: int) -> Usual:
    latest = [done[day].event for day in sorted(done, reverse=True)[:_SHOWN]]
    moments = (cite(store, one.recording_id, one.clip_ids[0], one.span) for one in latest)
    return Usual(activity, len(done), of, tuple(moment for moment in moments if moment))
