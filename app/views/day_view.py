"""A day, and the moments of a part of it, in the words of the Timeline page."""

from __future__ import annotations

import math
from bisect import bisect_right
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import PurePosixPath
from urllib.parse import quote

from app.api_models.days import (
    Bar,
    CalendarDayReply,
    CalendarMonthReply,
    CalendarReply,
    DayReply,
    GapReply,
    HourReply,
    LaneReply,
    MomentReply,
    MomentsReply,
    TenMinutesReply,
)
from app.core.view_models import Moment
from app.days.completeness import completeness_words
from app.days.sheets import MINUTES
from app.days.strip import SMALLEST_GAP, DayStrip, HourLine, StripRow
from app.presentation.composed_text import (
    in_words,
    split_speech,
    translated_label,
    without_speech,
)
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import (
    day_words,
    length_words,
    month_words,
    seek_address,
    short_day,
    weekday_words,
)
from memory.store.summary_builder import SENTENCES
from memory.types.core import Span

_WARMER = (30, 120, 300, 600)  # minutes from which on a colour is the next stronger one
_PLACES = 3  # that have a lane
_HOUR = 3600.0


def calendar_json(seconds: Mapping[date, float]) -> CalendarReply:
    """The calendar of the days on which so many seconds are recorded."""
    months = groupby(sorted(seconds.items()), lambda item: item[0].replace(day=1))
    return CalendarReply(
        weekdays=[weekday_words(day, short=True) for day in range(7)],
        months=[_month_json(first, dict(days)) for first, days in months],
    )


def _month_json(first: date, seconds: Mapping[date, float]) -> CalendarMonthReply:
    weekday, length = monthrange(first.year, first.month)
    return CalendarMonthReply(
        name=month_words(first),
        summary=_month_summary(list(seconds.values())),
        first=weekday,
        length=length,
        days=[_calendar_day(day, recorded) for day, recorded in seconds.items()],
    )


def _month_summary(seconds: Sequence[float]) -> str:
    if len(seconds) == 1:
        length = length_words(seconds[0])
        return t("1 day with recordings, {length} in all.", length=length)
    minutes = round(sum(seconds) / 60)
    if minutes < 120:
        return t(
            "{days} days with recordings, about {minutes} min in all. The darker a day, the more "
            "there is.",
            days=len(seconds),
            minutes=minutes,
        )
    return t(
        "{days} days with recordings, about {hours} h in all. The darker a day, the more there is.",
        days=len(seconds),
        hours=round(minutes / 60),
    )


def _calendar_day(day: date, seconds: float) -> CalendarDayReply:
    minutes = seconds / 60
    hours = t("{n} h", n=round(minutes / 60))
    return CalendarDayReply(
        day=day.isoformat(),
        label=day_words(day),
        short=short_day(day, date.min),
        title=f"{day_words(day)}, {_recorded_words(seconds)}",
        amount=t("{n} min", n=max(1, round(minutes))) if minutes < 60 else hours,
        heat=bisect_right(_WARMER, minutes) + 1,
    )


def day_json(day: DayStrip) -> DayReply:
    """The day as the page draws it: the strip, then hours and gaps from top to bottom.

    Times are seconds from ``start``, which is in seconds UTC.
    """
    seconds = sum(span.duration for span in day.recorded)
    recorded = _recorded_words(seconds) if day.recorded else ""
    complete = completeness_words(day.completeness, day.timezone)
    spans = _inside(day, day.recorded)
    first, last = (spans[0].start, spans[-1].end) if spans else (0.0, 0.0)
    return DayReply(
        day=day.day.isoformat(),
        title=day_words(day.day),
        start=day.span.start,
        length=day.span.duration,
        clock=[
            _hour(day.span.start + 60 * n, day.timezone)
            for n in range(math.ceil(day.span.duration / 60))
        ],
        summary=in_words(day.summary),
        elsewhere=" ".join(_elsewhere_words(day)),
        recorded=recorded,
        facts=" · ".join(filter(None, (recorded, _pending_words(day.pending), complete))),
        met=" · ".join(_met_words(day)),
        pending=day.pending,
        first=first,
        last=last,
        view=_view(first, last, day.span.duration),
        lanes=list(_lanes(day)),
        rows=list(_rows(day)),
    )


def position_of(clock: Sequence[str], time: str) -> float | None:
    """The first second of a day at which its clock shows "18:42" or "18:42:30", if it ever does."""
    hour, minute, *second = map(int, time.split(":"))
    shown = f"{hour:02}:{minute:02}"
    return 60.0 * clock.index(shown) + sum(second) if shown in clock else None


def _view(first: float, last: float, length: float) -> tuple[float, float]:
    """The part with something in it and an hour around it; the day where that is most of it."""
    begin, end = max(0.0, first - _HOUR), min(length, last + _HOUR)
    return (begin, end) if last and end - begin <= length / 2 else (0.0, length)


def _lanes(day: DayStrip) -> Iterator[LaneReply]:
    def bars(spans: Iterable[Span]) -> list[Bar]:
        return [
            (_percent(day, span.start), _percent(day, span.end, span.start), 100.0)
            for span in _inside(day, spans)
        ]

    step = day.span.duration / max(1, len(day.talk))
    yield LaneReply(kind="recorded", name=t("Camera on"), bars=bars(day.recorded))
    yield LaneReply(kind="waiting", bars=bars(day.waiting))
    yield LaneReply(
        kind="spoken",
        name=t("Talk"),
        bars=[
            (_percent(day, step * n), _percent(day, step), round(100 * math.sqrt(share)))
            for n, share in enumerate(day.talk)
            if share
        ],
    )
    for row in day.people:
        yield LaneReply(kind="person", name=label_words(row.name), bars=bars(row.spans))
    for row in day.places[:_PLACES]:
        yield LaneReply(kind="place", name=translated_label(row.name), bars=bars(row.spans))


def _percent(day: DayStrip, at: float, since: float = 0.0) -> float:
    return round(100 * (at - since) / day.span.duration, 4)


def _recorded_words(seconds: float) -> str:
    return t("{length} recorded", length=length_words(seconds))


def _pending_words(count: int) -> str:
    if count < 2:
        return t("1 moment still being indexed") if count else ""
    return t("{count} moments still being indexed", count=count)


def _met_words(day: DayStrip) -> Iterator[str]:
    def named(rows: Iterable[StripRow], words: Callable[[str], str]) -> str:
        return ", ".join(f"{words(row.name)} ({length_words(row.seconds)})" for row in rows)

    if day.people:
        yield t("With {people}", people=named(day.people, label_words))
    if day.places:
        yield t("Places: {places}", places=named(day.places[:_PLACES], translated_label))


def _elsewhere_words(day: DayStrip) -> list[str]:
    return [f"Shown are the times of {day.timezone}.", *day.elsewhere] if day.elsewhere else []


def _from(day: DayStrip, at: float) -> float:
    return round(at - day.span.start, 1)


def _inside(day: DayStrip, spans: Iterable[Span]) -> list[Span]:
    """The spans as seconds from the beginning of the day, cut at its end."""
    return [Span(_from(day, span.start), _from(day, min(span.end, day.span.end))) for span in spans]


def _rows(day: DayStrip) -> Iterator[GapReply | HourReply]:
    last: HourLine | None = None
    for hour in day.hours:
        if last is not None and hour.span.start - last.span.end >= SMALLEST_GAP:
            until = f"{_hour(last.span.end, day.timezone)}–{_hour(hour.span.start, day.timezone)}"
            yield GapReply(kind="gap", label=t("{hours} · nothing recorded", hours=until))
        yield HourReply(
            kind="hour",
            start=_from(day, hour.span.start),
            end=_from(day, hour.span.end),
            label=_hour(hour.span.start, day.timezone),
            summary=_beside(hour.summary, hour.moments),
            moments=hour.moments,
            recorded=length_words(hour.recorded),
            pictured=_pictured(day, hour),
        )
        last = hour


def _beside(summary: str, moments: int) -> str:
    """The summary of moments that are shown beside it; of a few, without what is said there."""
    return in_words(summary if moments > SENTENCES["hour"] else without_speech(summary))


def _pictured(day: DayStrip, hour: HourLine) -> list[int]:
    first = int(_from(day, hour.span.start) // 60)
    return [n for n, there in enumerate(day.pictured[first : first + MINUTES]) if there]


def moments_json(
    moments: Iterable[Moment], tens: Mapping[float, str], timezone: str
) -> MomentsReply:
    """The moments of a part of a day with the pauses between them, and its ten minutes in words."""
    shown = list(moments)
    begun = Counter(max((at for at in tens if at <= moment.start), default=0.0) for moment in shown)
    return MomentsReply(
        items=list(_items(shown, timezone)),
        tens=[
            TenMinutesReply(start=at, label=_hour(at, timezone), summary=_beside(words, begun[at]))
            for at, words in sorted(tens.items())
        ],
    )


def _items(moments: Iterable[Moment], timezone: str) -> Iterator[GapReply | MomentReply]:
    until: float | None = None
    for moment in moments:
        if until is not None and moment.start - until >= SMALLEST_GAP:
            length = length_words(moment.start - until)
            yield GapReply(kind="gap", label=t("{length} not recorded", length=length))
        yield _moment_json(moment, timezone)
        until = moment.end if until is None else max(until, moment.end)


def _moment_json(moment: Moment, timezone: str) -> MomentReply:
    scene, turns = split_speech(moment.caption, moment.speech)
    caption, spoken = in_words(scene), f"“{' '.join(moment.speech)}”" if moment.speech else ""
    end = moment.offset + moment.end - moment.start
    return MomentReply(
        kind="moment",
        clip=moment.clip_id,
        recording=moment.recording_id,
        at=round(moment.start, 2),
        until=round(moment.end, 2),
        offset=round(moment.offset, 2),
        end=round(end, 2),
        time=f"{local_time(moment.start, timezone):%H:%M:%S}",
        caption=caption if moment.indexed else t("Still being indexed …"),
        speech=in_words(turns) or spoken,
        words=spoken or caption,
        picture=_picture(moment),
        seek=seek_address(moment.recording_id, moment.offset, end, spoken or caption),
    )


def _picture(moment: Moment) -> str:
    if not moment.thumbnails:
        return ""
    middle = PurePosixPath(moment.thumbnails[len(moment.thumbnails) // 2])
    return "/" + "/".join(quote(part, safe="") for part in middle.parts)


def _hour(at: float, timezone: str) -> str:
    return f"{local_time(at, timezone):%H:%M}"
