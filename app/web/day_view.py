"""A day in the words of the Timeline page: hours, moments, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import quote

from app.rendering import Json, elsewhere_words, local_time
from app.timeline import day_span
from app.views import DayTimeline, Hour, Moment
from app.web.moments import day_words, length_words
from memory.types import Span, merge_spans

SMALLEST_GAP = 60.0  # seconds; shorter pauses are not worth a mark


def day_json(day: DayTimeline) -> Json:
    """The day as the page draws it: an overview bar, then hours and gaps from top to bottom."""
    moments = [moment for hour in day.hours for moment in hour.moments]
    return {
        "day": day.day.isoformat(),
        "title": day_words(day.day),
        "summary": day.summary,
        "elsewhere": " ".join(elsewhere_words(day)),
        "recorded": length_words(sum(s.duration for s in _recorded(moments))) if moments else "",
        "pending": sum(not moment.indexed for moment in moments),
        "bar": _bar(day, moments),
        "rows": list(_rows(day)),
    }


def _recorded(moments: list[Moment]) -> tuple[Span, ...]:
    return merge_spans((Span(m.start, m.end) for m in moments), SMALLEST_GAP)


def _bar(day: DayTimeline, moments: list[Moment]) -> list[Json]:
    """Where in the day something was recorded, in per cent of its length."""
    whole = day_span(day.day, day.timezone)
    bars = []
    for span in _recorded(moments):
        first = next(m for m in moments if m.start == span.start)
        left = 100 * (span.start - whole.start) / whole.duration
        width = 100 * (min(span.end, whole.end) - span.start) / whole.duration
        bars.append(
            {
                "left": round(left, 3),
                "width": round(width, 3),
                "label": f"{_clock(span.start, day)}–{_clock(span.end, day)}",
                "moment": first.clip_id,
            }
        )
    return bars


def _rows(day: DayTimeline) -> Iterator[Json]:
    last: Hour | None = None
    for hour in day.hours:
        if last is not None and hour.start - last.end >= SMALLEST_GAP:
            until = f"{_clock(last.end, day)[:5]}–{_clock(hour.start, day)[:5]}"
            yield {"kind": "gap", "label": f"{until} · nothing recorded"}
        yield _hour_json(hour, day)
        last = hour


def _hour_json(hour: Hour, day: DayTimeline) -> Json:
    return {
        "kind": "hour",
        "label": _clock(hour.start, day)[:5],
        "summary": hour.summary,
        "recorded": length_words(sum(s.duration for s in _recorded(list(hour.moments)))),
        "items": list(_items(hour, day)),
    }


def _items(hour: Hour, day: DayTimeline) -> Iterator[Json]:
    until: float | None = None
    for moment in hour.moments:
        if until is not None and moment.start - until >= SMALLEST_GAP:
            yield {"kind": "gap", "label": f"{length_words(moment.start - until)} not recorded"}
        yield _moment_json(moment, day)
        until = moment.end if until is None else max(until, moment.end)


def _moment_json(moment: Moment, day: DayTimeline) -> Json:
    return {
        "kind": "moment",
        "clip": moment.clip_id,
        "recording": moment.recording_id,
        "offset": round(moment.offset, 2),
        "end": round(moment.offset + moment.end - moment.start, 2),
        "time": _clock(moment.start, day),
        "caption": moment.caption,
        "speech": " ".join(moment.speech),
        "picture": _picture(moment),
        "indexed": moment.indexed,
    }


def _picture(moment: Moment) -> str:
    if not moment.thumbnails:
        return ""
    middle = PurePosixPath(moment.thumbnails[len(moment.thumbnails) // 2])
    return "/" + "/".join(quote(part, safe="") for part in middle.parts)


def _clock(at: float, day: DayTimeline) -> str:
    return f"{local_time(at, day.timezone):%H:%M:%S}"
