"""Habits in words and numbers: what the charts of the page are drawn from, and their moments."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.api_models.digest import PlacedReply
from app.api_models.habits import (
    HabitMomentReply,
    HabitMomentsReply,
    HabitRowReply,
    HabitsReply,
    PeriodReply,
    UsuallyNowReply,
    UsualReply,
)
from app.core.result_cache import VersionedCache
from app.days.digest_text import cite_json, times_words, waiting_words
from app.days.habit_range import Range, choose
from app.days.habits import TIMED, HabitMoment, HabitRow, Habits, habits, moments
from app.days.usually_now import Usual, usually_now
from app.presentation.composed_text import in_words
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

if TYPE_CHECKING:
    from app.assistant import Assistant

PAGE = 24  # moments


class HabitsView:
    """The habits of a home, for its page and for programs."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._cache: VersionedCache[Habits] = assistant.caches.until_change()
        self._usual: VersionedCache[list[Usual]] = assistant.caches.until_change()

    def charts(self, name: str, first: date | None = None, last: date | None = None) -> HabitsReply:
        """All charts of a range, as ``choose`` names it. Raises ValueError for the person."""
        date_range = self._range(name, first, last)
        # What was recorded by now is: it is enough to look again when a minute has passed.
        counted = self._cache.get(
            (date_range, time.time() // 60), lambda: habits(self._assistant.store, date_range)
        )
        return habits_json(counted, _today(self._assistant.timezone))

    def usually_now(self, now: float | None = None) -> UsuallyNowReply:
        """What usually comes about now (seconds UTC; default: this moment)."""
        home, at = self._assistant, time.time() if now is None else now
        usual = self._usual.get(at // 900, lambda: usually_now(home.store, home.timezone, at))
        return UsuallyNowReply(usual=[_usual(one, home.timezone) for one in usual])

    def moments(
        self,
        of: Of,
        first: date,
        last: date,
        what: str = "",
        period: int | None = None,
        weekday: int | None = None,
        hour: int | None = None,
        offset: int = 0,
    ) -> HabitMomentsReply:
        """A page of the moments behind a bar or an hour of these days. Raises ValueError."""
        store, date_range = self._assistant.store, self._range("custom", first, last)
        behind = moments(store, date_range, of, what, period, weekday, hour)
        return moments_json(store, behind, self._assistant.timezone, offset, PAGE)

    def _range(self, name: str, first: date | None, last: date | None) -> Range:
        home = self._assistant
        return choose(name, _today(home.timezone), home.days(), home.timezone, first, last)


def habits_json(habits: Habits, today: date) -> HabitsReply:
    """All charts: their periods, and a row for each thing that was counted."""
    date_range = habits.range
    return HabitsReply(
        range=date_range.name,
        first=date_range.first.isoformat(),
        last=date_range.last.isoformat(),
        unit=date_range.unit,
        title=f"{short_day(date_range.first, today)} – {short_day(date_range.last, today)}",
        timezone=date_range.timezone,
        recorded=habits.recorded,
        coverage=coverage_words(habits),
        waiting=waiting_words(habits.waiting),
        periods=[_period(first, last, date_range, today) for first, last in date_range.periods()],
        charts={of: [_row(row, of) for row in rows] for of, rows in habits.rows.items()},
        others={str(of): count for of, count in habits.others.items()},
    )


def _usual(usual: Usual, timezone: str) -> UsualReply:
    label = label_words(usual.activity)
    return UsualReply(
        activity=usual.activity,
        label=label,
        days=usual.days,
        of=usual.of,
        words=t("{what} (on {days} of {all} days)", what=label, days=usual.days, all=usual.of),
        moments=[PlacedReply(**cite_json(one, label, timezone)) for one in usual.moments],
    )


def coverage_words(habits: Habits) -> str:
    """How much of the range was recorded: what all numbers are about."""
    if not habits.recorded:
        return t("Nothing was recorded in this time.")
    return t(
        "Counted in {length} of recordings, from {days} of {all} days.",
        length=length_words(habits.recorded),
        days=habits.days,
        all=habits.range.days,
    )


def _period(first: date, last: date, date_range: Range, today: date) -> PeriodReply:
    """A bar's name in full and as the short mark under it."""
    if date_range.unit == "day":
        return PeriodReply(label=short_day(first, today), mark=str(first.day))
    if date_range.unit == "month":
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
    store: Store, moments: Sequence[HabitMoment], timezone: str, offset: int, limit: int
) -> HabitMomentsReply:
    """One page of the moments behind a bar, in order of time."""
    page = moments[offset : offset + limit]
    return HabitMomentsReply(
        total=len(moments),
        offset=offset,
        left=max(0, len(moments) - offset - len(page)),
        moments=[_moment(store, moment, timezone) for moment in page],
    )


def _moment(store: Store, moment: HabitMoment, timezone: str) -> HabitMomentReply:
    recording = store.recordings.get(moment.recording_id)
    begun = moment.span.start if recording is None else recording.start
    offset = max(0.0, moment.span.start - begun)
    caption = in_words(store.memories.caption(moment.clip_id) or "")
    pictures = store.perceptions.thumbnails(moment.clip_id)
    local = local_time(moment.span.start, timezone)
    return HabitMomentReply(
        recording=moment.recording_id,
        start=round(offset, 2),
        when=interval_words(moment.span.start, moment.span.end, timezone),
        day=local.date().isoformat(),
        time=f"{local:%H:%M}",
        length=length_words(moment.span.duration),
        caption=caption,
        picture=_address(pictures[len(pictures) // 2].path) if pictures else "",
        seek=seek_address(
            moment.recording_id, offset, offset + moment.span.duration, caption[:200]
        ),
    )


def _today(timezone: str) -> date:
    return datetime.now(zone(timezone)).date()


def _address(path: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in PurePosixPath(path).parts)
