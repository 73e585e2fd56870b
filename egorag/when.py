"""The time that a question names becomes an interval, and an interval becomes words for a person.

    find_time("What did I read yesterday evening?", local) -> 18:00–23:00 of yesterday, exact

Own grammar, because kept libraries know neither intervals nor "last Tuesday" (dateparser #938,
#573); dateparser is asked only about absolute dates in forms that the grammar does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from egorag.clock_words import FUZZY_PARTS, PARTS, Clock, ClockTime, Part, find_clock, find_part
from egorag.day_words import Days, find_days
from egorag.foreign_dates import find_foreign_date
from egorag.lapse_words import find_lapse
from egorag.local_time import LocalTime
from memory.types import Span

_POINT = 10 / 60  # hours either side of "at 15:30"
_HOUR_POINT = 20 / 60  # … of "at three"
_AROUND = 0.5  # … of "around nine"
_WAKING = (6.0, 23.5)  # a bare hour means one of these where it can
_SIDE = re.compile(r"\b(since|before|after|until|till|up to)(?: the)?(?: (?:start|end) of)? ?$")
_THIRD = re.compile(
    r"\b(early(?: in)?|late(?: in)?|mid|(?:in )?the middle of|(?:at )?the (?:beginning|start) of"
    r"|(?:at |towards )?the end of)[ -]?$"
)
_INNER_THIRD = re.compile(r"^(early|late|mid)[ -]")
_RANGE_MIDDLE = re.compile(r"^\s*(?:and|to|until|till|through|-|–)\s*(?:on )?$")


@dataclass(frozen=True, slots=True)
class TimeReference:
    """The interval that some words of a question name.

    ``exact`` intervals may filter; the others ("around nine", "a week ago") may only favour.
    ``pieces`` are the (start, end) places of ``text`` in the question.
    """

    span: Span
    text: str
    exact: bool
    pieces: tuple[tuple[int, int], ...] = ()


def find_time(text: str, local: LocalTime) -> TimeReference | None:
    """The time that a question names, or None."""
    midnight = local.at(local.today, 0)
    lapse = find_lapse(text, local.asked_at, midnight)
    if lapse:
        return _reference(text, lapse.span, lapse.exact, [(lapse.start, lapse.end)])
    days = find_days(text, local.today) or find_foreign_date(text, local)
    masked = _mask(text, days)
    clock = find_clock(masked)
    part = find_part(
        masked if clock is None else _blank(masked, clock.start, clock.end), has_day=bool(days)
    )
    ranged = _day_range(text, days, local) if clock is None and part is None else None
    if ranged:
        return ranged
    day = days[0] if days else None
    if clock:
        return _with_clock(text, local, day, part, clock)
    if part or (day and day.part):
        return _with_part(text, local, day, part)
    return _whole_days(text, local, day) if day else None


def _reference(text: str, span: Span, exact: bool, pieces: list[tuple[int, int]]) -> TimeReference:
    pieces = sorted(pieces)
    words = " ".join(text[start:end].strip() for start, end in pieces)
    return TimeReference(span, words, exact, tuple(pieces))


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "\0" * (end - start) + text[end:]


def _mask(text: str, days: list[Days]) -> str:
    """The text with "today" in place of its day words: clock words may stand beside them."""
    for day in days:
        filler = "today"[: day.end - day.start].ljust(day.end - day.start)
        text = text[: day.start] + filler + text[day.end :]
    return text


def _with_part(text: str, local: LocalTime, day: Days | None, part: Part | None) -> TimeReference:
    name = part.name if part else (day.part if day else "")
    start, end = PARTS[name]
    first = day.first if day else local.today
    if day is None and local.at(first, start) > local.asked_at:
        first -= timedelta(days=1)
    exact = name not in FUZZY_PARTS and (day is None or day.exact)
    pieces = [(found.start, found.end) for found in (day, part) if found]
    if (
        day and (day.after - day.first).days > 1
    ):  # "in the evenings of last week": the days are enough
        return _reference(text, local.days(day.first, day.after), False, pieces)
    return _reference(text, local.hours(first, start, end), exact, pieces)


def _choose(time: ClockTime, window: tuple[float, float]) -> float:
    """The option inside the window, else by day rather than by night."""
    options = time.options()
    inside = [hours for hours in options if window[0] <= hours <= window[1]]
    return inside[0] if inside else next((h for h in options if 7 <= h < 19), options[0])


def _pair(clock: Clock, window: tuple[float, float]) -> tuple[float, float]:
    """The two times of a "between": the second is the next that follows the first."""
    assert clock.second is not None
    first = _choose(clock.first, window)
    if clock.second.half_known and not clock.first.half_known:
        before = [h for h in clock.first.options() if h < clock.second.hours]
        first = max(before, default=first)
    later = [
        h for h in (*clock.second.options(), *(o + 24 for o in clock.second.options())) if h > first
    ]
    return first, min(later)


def _clock_hours(clock: Clock, window: tuple[float, float]) -> tuple[float, float]:
    """Wall-clock hours [start, end) of a constraint on one day."""
    if clock.kind == "between":
        return _pair(clock, window)
    at = _choose(clock.first, window)
    if clock.kind in ("before", "until"):
        return min(window[0] if window != (7, 19) else 0, at), at
    if clock.kind in ("after", "since"):
        return at, max(at, window[1] if window != (7, 19) else 24)
    slack = _AROUND if clock.kind == "around" else (_POINT if at % 1 else _HOUR_POINT)
    return max(0.0, at - slack), at + slack


def _latest(clock: Clock, local: LocalTime) -> tuple[date, tuple[float, float]]:
    """Without a day: the latest one, and half of it, on which the constraint has begun."""
    found: list[tuple[bool, float, date, tuple[float, float]]] = []
    for back in (0, 1):
        day = local.today - timedelta(days=back)
        for option in clock.first.options():
            fixed = replace(clock, first=ClockTime(option, True))
            if clock.second and clock.second.half_known and option >= clock.second.hours:
                continue
            hours = _clock_hours(fixed, (7, 19))
            begins = local.at(day, hours[1] if clock.kind in ("before", "until") else option)
            if clock.kind in ("before", "until"):
                begins = local.at(day, hours[0])
            awake = _WAKING[0] <= option <= _WAKING[1] or clock.first.half_known
            if begins <= local.asked_at:
                found.append((awake, local.at(day, option), day, hours))
    if not found:
        return local.today, _clock_hours(clock, (7, 19))
    if clock.kind in ("before", "until") and not clock.first.half_known:
        today = [row for row in found if row[2] == local.today]
        day_row = min(today, key=lambda row: abs(row[1] - local.at(local.today, 12.5)))
        return day_row[2], day_row[3]
    best = max(found, key=lambda row: (row[0], row[1]))
    return best[2], best[3]


def _with_clock(
    text: str, local: LocalTime, day: Days | None, part: Part | None, clock: Clock
) -> TimeReference:
    name = part.name if part else (day.part if day else "")
    if name and not day:
        start = PARTS[name][0]
        first = local.today - timedelta(days=int(local.at(local.today, start) > local.asked_at))
        hours = _clock_hours(clock, PARTS[name])
    elif day:
        first, hours = day.first, _clock_hours(clock, PARTS[name] if name else (7, 19))
    else:
        first, hours = _latest(clock, local)
    exact = clock.kind not in ("at", "around") and (day is None or day.exact)
    pieces = [(found.start, found.end) for found in (day, part, clock) if found]
    span = local.hours(first, *hours)
    if clock.kind == "since" and first == local.today and not name:
        span = Span(span.start, max(span.start, local.asked_at))
    return _reference(text, span, exact, pieces)


def _third(text: str, day: Days) -> tuple[Days, int]:
    """Cuts "early", "mid" or "late" out of a week or more; also where the words begin."""
    match = _THIRD.search(text.lower()[: day.start]) or _INNER_THIRD.match(
        text.lower()[day.start : day.end]
    )
    length = (day.after - day.first).days
    if not match or length < 5:
        return day, day.start
    word = match.group(1)
    start = match.start() if match.re is _THIRD else day.start
    third = timedelta(days=max(2, round(length / 3)))
    if "early" in word or "beginning" in word or "start" in word:
        return replace(day, after=day.first + third, exact=False), start
    if "late" in word or "end" in word:
        return replace(day, first=day.after - third, exact=False), start
    return replace(day, first=day.first + third, after=day.after - third, exact=False), start


def _whole_days(text: str, local: LocalTime, day: Days) -> TimeReference:
    day, start = _third(text, day)
    span = local.days(day.first, day.after)
    low = text.lower()
    word = _SIDE.search(low[: day.start])
    inner = re.match(r"(since|before|after|until) ", low[day.start : day.end])
    side = word.group(1) if word else (inner.group(1) if inner else "")
    pieces = [(word.start() if word else start, day.end)]
    if side == "since":
        span = Span(min(span.start, local.asked_at), max(span.start, local.asked_at))
    elif side == "after":
        span = Span(min(span.end, local.asked_at), max(span.end, local.asked_at))
    elif side:
        span = Span(
            min(0.0, span.start), span.end if side in ("until", "till", "up to") else span.start
        )
    return _reference(text, span, day.exact, pieces)


def _day_range(text: str, days: list[Days], local: LocalTime) -> TimeReference | None:
    """ "between Monday and Wednesday", "from 3 March to 5 March"."""
    for left, right in pairwise(days):
        lead = re.search(r"\b(between|from) (?:on )?$", text.lower()[: left.start])
        middle = text.lower()[left.end : right.start]
        neighbours = middle.strip() == "and" and left.after == right.first
        if not (lead or neighbours) or not _RANGE_MIDDLE.match(middle):
            continue
        first = left.first
        while first >= right.after:  # "from Friday to Monday": the Friday before
            first -= timedelta(days=7)
        span = local.days(first, right.after)
        return _reference(
            text,
            span,
            left.exact and right.exact,
            [(lead.start() if lead else left.start, right.end)],
        )
    return None
