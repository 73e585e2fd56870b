"""The digest of a day: what happened, with whom, what was promised and what is unfinished.

Every line rests on a moment that can be watched; nothing is made up where nothing was recorded.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.core.errors import Refusal
from app.days.habit_range import EARLIEST, LATEST, Range
from app.days.habits import Habits, habits, moments
from app.days.timeline import day_span
from app.presentation.i18n import t
from egorag.evidence.units import Unit
from egorag.tasks.answer import open_tasks, tasks_said
from egorag.tasks.tasks import Task
from egorag.time.calendar.local_time import LocalTime
from memory.repositories.habit_counts import Of
from memory.store.store import Store
from memory.store.summary_builder import on_clock
from memory.types.core import Memory, Span
from memory.types.timezones import zone

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Cite:
    """A moment that a line rests on; ``span`` is absolute, ``offset`` seconds inside the file."""

    recording_id: str
    clip_id: str
    span: Span
    offset: float


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One statement and where it comes from; ``cite`` is None where the moment is gone."""

    text: str
    cite: Cite | None


@dataclass(frozen=True, slots=True)
class Amount:
    """How long somebody was there, or how often something was done; and when first."""

    label: str
    seconds: float
    times: int
    cite: Cite | None


@dataclass(frozen=True, slots=True)
class Promise:
    """Something taken on or asked for, as it was said.

    ``who`` said it: "" where nobody is known, "you" for the wearer. ``due`` is when it is to be
    done, ``late`` whether that is over; ``done`` tells of its being done.
    """

    said: DigestLine
    who: str
    asked: bool
    due: Span | None
    late: bool
    done: DigestLine | None

    @property
    def key(self) -> str:
        """The same for the same promise at every run."""
        cite = self.said.cite
        return f"{cite.clip_id if cite else ''}|{self.said.text}"


@dataclass(frozen=True, slots=True)
class Digest:
    """A day in short. ``recorded``, ``talk`` and ``waiting`` (not indexed yet) are in seconds."""

    day: date
    timezone: str
    recorded: float
    talk: float
    waiting: float
    summary: str
    hours: tuple[DigestLine, ...]
    people: tuple[Amount, ...]
    activities: tuple[Amount, ...]
    places: tuple[Amount, ...]
    promised: tuple[Promise, ...]
    unfinished: tuple[Promise, ...]


def digest(store: Store, day: date, timezone: str, now: float | None = None) -> Digest:
    """The digest of a day as it can be known at ``now`` (seconds UTC; default: this moment).

    What is unfinished is what was so at the end of the day.

    Raises:
        Refusal: the day is too far away for a calendar.
    """
    if not EARLIEST <= day <= LATEST:
        raise Refusal(t("Those days are too far away; nothing can be recorded there."))
    at = time.time() if now is None else now
    day_range = Range("custom", day, day, timezone)
    span, day_habits = day_span(day, timezone), habits(store, day_range, at)
    until = max(0.0, min(at, span.end))
    local = LocalTime(until, zone(timezone))
    tasks = tasks_said(store.as_of(at), span, local) if day_habits.recorded else []
    open_now = open_tasks(store.as_of(until), local) if until > span.start else []
    earlier = [task for task in open_now if task.unit.span.start < span.start]
    return Digest(
        day,
        timezone,
        day_habits.recorded,
        sum(row.seconds for row in day_habits.rows["talk"]),
        day_habits.waiting,
        next(iter(_summaries(store, "day", span, timezone)), DigestLine("", None)).text,
        tuple(_summaries(store, "hour", span, timezone)),
        tuple(_amounts(store, day_habits, "people")),
        tuple(_amounts(store, day_habits, "activities")),
        tuple(_amounts(store, day_habits, "places")),
        tuple(_promise(store, task, until) for task in tasks),
        tuple(_promise(store, task, until) for task in earlier),
    )


def promises(store: Store, timezone: str, now: float | None = None) -> list[Promise]:
    """What is unfinished now, nearest due first."""
    at = time.time() if now is None else now
    tasks = open_tasks(store.as_of(at), LocalTime(at, zone(timezone)))
    return [_promise(store, task, at) for task in tasks]


def cite(store: Store, recording_id: str, clip_id: str, span: Span) -> Cite | None:
    """A moment of a recording, or None where the recording is not there any more."""
    recording = store.recordings.get(recording_id)
    if recording is None:
        return None
    return Cite(recording_id, clip_id, span, max(0.0, span.start - recording.start))


def _summaries(store: Store, level: str, span: Span, timezone: str) -> Iterator[DigestLine]:
    """The summaries of a level, each with the first clip that it speaks of."""
    memories: list[Memory] = store.memories.overlapping(level, span)  # type: ignore[arg-type]
    for memory in memories:
        if span.contains(memory.span.start):
            yield DigestLine(on_clock(memory, zone(timezone)), _first_clip(store, memory.span))


def _first_clip(store: Store, span: Span) -> Cite | None:
    clip = store.recordings.first_clip(Span(span.start, max(span.end, span.start + 1)))
    return None if clip is None else cite(store, clip.recording_id, clip.id, clip.span)


def _amounts(store: Store, day_habits: Habits, of: Of) -> Iterator[Amount]:
    for row in day_habits.rows[of]:
        first = next(iter(moments(store, day_habits.range, of, row.what)), None)
        where = first and cite(store, first.recording_id, first.clip_id, first.span)
        yield Amount(row.what, row.seconds, row.times, where or None)


def _promise(store: Store, task: Task, at: float) -> Promise:
    due = None if task.due is None else task.due.span
    return Promise(
        _line(store, task.unit),
        "you" if task.mine else task.unit.speaker,
        task.commitment.by == "asked",
        due,
        due is not None and due.end <= at and task.done is None,
        None if task.done is None else _line(store, task.done),
    )


def _line(store: Store, unit: Unit) -> DigestLine:
    return DigestLine(
        " ".join(unit.what.split()), cite(store, unit.recording_id, unit.clip_id, unit.span)
    )
