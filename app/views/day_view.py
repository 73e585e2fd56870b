"""A day, and the moments of a part of it, in the words of the Timeline page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import quote

from app.api_models.days import (
    CalendarDayReply,
    DayReply,
    DaySpan,
    DayStripReply,
    GapReply,
    HourReply,
    MomentReply,
    MomentsReply,
    StripRowReply,
    TenMinutesReply,
)
from app.core.view_models import Moment
from app.days.completeness import completeness_words
from app.days.strip import SMALLEST_GAP, DayStrip, HourLine, StripRow
from app.presentation.composed_text import in_words
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import day_words, length_words
from memory.types.core import Span


def days_json(seconds: Mapping[date, float]) -> list[CalendarDayReply]:
    """The days of the calendar, oldest first, with the minutes that are recorded of each."""
    return [
        CalendarDayReply(
            day=day.isoformat(),
            label=day_words(day),
            minutes=round(recorded / 60, 1),
            recorded=length_words(recorded),
        )
        for day, recorded in sorted(seconds.items())
    ]


def empty_day_json(day: date) -> DayReply:
    """A day that no calendar holds."""
    return DayReply(day=day.isoformat(), title=day_words(day), rows=[], spans=[])


def day_json(day: DayStrip) -> DayStripReply:
    """The day as the page draws it: the strip, then hours and gaps from top to bottom.

    Times are seconds from ``start``, which is in seconds UTC.
    """
    recorded = sum(span.duration for span in day.recorded)
    return DayStripReply(
        day=day.day.isoformat(),
        title=day_words(day.day),
        start=day.span.start,
        length=day.span.duration,
        clocks=[(_from(day, at), ahead) for at, ahead in day.clocks],
        summary=in_words(day.summary),
        elsewhere=" ".join(_elsewhere_words(day)),
        recorded=length_words(recorded) if day.recorded else "",
        complete=completeness_words(day.completeness, day.timezone),
        pending=day.pending,
        spans=_inside(day, day.recorded),
        waiting=_inside(day, day.waiting),
        talk=[round(100 * share) for share in day.talk],
        people=[_row(day, row) for row in day.people],
        places=[_row(day, row) for row in day.places],
        pictured="".join("1" if there else "0" for there in day.pictured),
        rows=list(_rows(day)),
    )


def _elsewhere_words(day: DayStrip) -> list[str]:
    return [f"Shown are the times of {day.timezone}.", *day.elsewhere] if day.elsewhere else []


def _from(day: DayStrip, at: float) -> float:
    return round(at - day.span.start, 1)


def _inside(day: DayStrip, spans: Iterable[Span]) -> list[DaySpan]:
    """The spans as seconds from the beginning of the day, cut at its end."""
    return [(_from(day, span.start), _from(day, min(span.end, day.span.end))) for span in spans]


def _row(day: DayStrip, row: StripRow) -> StripRowReply:
    return StripRowReply(
        name=label_words(row.name),
        length=length_words(row.seconds),
        spans=_inside(day, row.spans),
    )


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
            summary=in_words(hour.summary),
            moments=hour.moments,
            recorded=length_words(hour.recorded),
        )
        last = hour


def moments_json(
    moments: Iterable[Moment], tens: Mapping[float, str], timezone: str
) -> MomentsReply:
    """The moments of a part of a day with the pauses between them, and its ten minutes in words."""
    return MomentsReply(
        items=list(_items(moments, timezone)),
        tens=[
            TenMinutesReply(start=at, label=_hour(at, timezone), summary=in_words(words))
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
    return MomentReply(
        kind="moment",
        clip=moment.clip_id,
        recording=moment.recording_id,
        at=round(moment.start, 2),
        until=round(moment.end, 2),
        offset=round(moment.offset, 2),
        end=round(moment.offset + moment.end - moment.start, 2),
        time=f"{local_time(moment.start, timezone):%H:%M:%S}",
        caption=in_words(moment.caption),
        speech=" ".join(moment.speech),
        picture=_picture(moment),
        indexed=moment.indexed,
    )


def _picture(moment: Moment) -> str:
    if not moment.thumbnails:
        return ""
    middle = PurePosixPath(moment.thumbnails[len(moment.thumbnails) // 2])
    return "/" + "/".join(quote(part, safe="") for part in middle.parts)


def _hour(at: float, timezone: str) -> str:
    return f"{local_time(at, timezone):%H:%M}"
