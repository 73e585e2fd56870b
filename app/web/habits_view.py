"""Habits in words and numbers: what the charts of the page are drawn from, and their moments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from app.api_models.habits import (
    HabitMomentReply,
    HabitMomentsReply,
    HabitRowReply,
    HabitsReply,
    PeriodReply,
)
from app.days.digest_text import times_words
from app.days.habit_range import Range
from app.days.habits import TIMED, HabitMoment, HabitRow, Habits
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import (
    interval_words,
    length_words,
    month_mark,
    month_words,
    seek_address,
    short_day,
    week_mark,
)
from memory.repositories.habit_counts import Of
from memory.store.store import Store
from memory.types.timezones import zone


def habits_json(found: Habits, today: date) -> HabitsReply:
    """All charts: their periods, and a row for each thing that was counted."""
    wanted = found.range
    return HabitsReply(
        range=wanted.name,
        first=wanted.first.isoformat(),
        last=wanted.last.isoformat(),
        unit=wanted.unit,
        title=f"{short_day(wanted.first, today)} – {short_day(wanted.last, today)}",
        timezone=wanted.timezone,
        recorded=found.recorded,
        coverage=coverage_words(found),
        waiting=_waiting(found),
        periods=[_period(first, last, wanted, today) for first, last in wanted.periods()],
        charts={of: [_row(row, of) for row in rows] for of, rows in found.rows.items()},
        others={str(of): count for of, count in found.others.items()},
    )


def coverage_words(found: Habits) -> str:
    """How much of the range was recorded: what all numbers are about."""
    if not found.recorded:
        return t("Nothing was recorded in this time.")
    return t(
        "Counted in {length} of recordings, from {days} of {all} days.",
        length=length_words(found.recorded),
        days=found.days,
        all=found.range.days,
    )


def _waiting(found: Habits) -> str:
    if not found.waiting:
        return ""
    return t(
        "{length} of it are still being indexed; what they hold is not in here yet.",
        length=length_words(found.waiting),
    )


def _period(first: date, last: date, wanted: Range, today: date) -> PeriodReply:
    """A bar's name in full and as the short mark under it."""
    if wanted.unit == "day":
        return PeriodReply(label=short_day(first, today), mark=str(first.day))
    if wanted.unit == "month":
        return PeriodReply(label=month_words(first), mark=month_mark(first))
    label = f"{short_day(first, today)} – {short_day(last, today)}"
    return PeriodReply(label=label, mark=week_mark(first))


def _row(row: HabitRow, of: Of) -> HabitRowReply:
    """Values are minutes where the kind is timed, else times; each with its words."""
    words = length_words if of in TIMED else lambda times: times_words(round(times))
    return HabitRowReply(
        what=row.what,
        label=label_words(row.what),
        total=words(row.seconds if of in TIMED else row.times),
        bars=[(value, words(value) if value else "") for value in row.bars],
        heat=[
            (weekday, hour, value, words(value))
            for (weekday, hour), value in sorted(row.heat.items())
            if value
        ],
    )


def moments_json(
    store: Store, found: Sequence[HabitMoment], timezone: str, offset: int, limit: int
) -> HabitMomentsReply:
    """One page of the moments behind a bar, in order of time."""
    page = found[offset : offset + limit]
    return HabitMomentsReply(
        total=len(found),
        offset=offset,
        left=max(0, len(found) - offset - len(page)),
        moments=[_moment(store, one, timezone) for one in page],
    )


def _moment(store: Store, one: HabitMoment, timezone: str) -> HabitMomentReply:
    recording = store.recordings.get(one.recording_id)
    begun = one.span.start if recording is None else recording.start
    offset = max(0.0, one.span.start - begun)
    caption = store.memories.caption(one.clip_id) or ""
    pictures = store.perceptions.thumbnails(one.clip_id)
    local = local_time(one.span.start, timezone)
    return HabitMomentReply(
        recording=one.recording_id,
        start=round(offset, 2),
        when=interval_words(one.span.start, one.span.end, timezone, _today(timezone)),
        day=local.date().isoformat(),
        time=f"{local:%H:%M}",
        length=length_words(one.span.duration),
        caption=caption,
        picture=_address(pictures[len(pictures) // 2].path) if pictures else "",
        seek=seek_address(one.recording_id, offset, offset + one.span.duration, caption[:200]),
    )


def _today(timezone: str) -> date:
    return datetime.now(zone(timezone)).date()


def _address(path: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in PurePosixPath(path).parts)
