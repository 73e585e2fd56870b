"""The time of an earlier question, or of the moment that answered it, in words that can be asked.

A time that is carried over is written into the new question, so that the person can read it there
and nothing but the words decides what is searched.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from egorag.question.plan import Plan
from egorag.time.calendar.calendar_terms import MONTHS, WEEKDAYS
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import TimeReference, find_time, names_only_hours
from memory.types.core import Span

_DAY = 90_000.0  # seconds: the longest day has 25 hours
_WHOLE = 0.9 * 86_400  # seconds: the shortest whole day has 23 hours
_OF_DAYS = frozenset({"summarise", "count", "how_long"})  # asked of a day, not of a moment in it
_LONGEST = 6 * 3600.0  # seconds: what was spread over more is no moment
_PADDING = 600.0  # seconds either side of a moment of less than that
_REACH = 2  # hours that "before that" and "after that" look
_WEEKDAY = re.compile(rf"(?:on )?({'|'.join(WEEKDAYS)})", re.IGNORECASE)
_MEAL = re.compile(r"\b(?:at |for |over |during )?(?:breakfast|lunch|dinner)\b", re.IGNORECASE)
_PART_BESIDE = re.compile(
    r"the (?P<part>night|evening|morning|afternoon) (?P<side>before|after)(?: that)?", re.IGNORECASE
)
_NOW = re.compile(r"\b(?:this|last|ago|tonight)\b", re.IGNORECASE)
_SHIFTS: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(rf"(?:on |and )?(?:{words})", re.IGNORECASE), days)
    for words, days in (
        ("the day before(?: that)?|the previous day", -1),
        ("the day after(?: that)?|the (?:next|following) day", 1),
        ("the week before(?: that)?|the previous week", -7),
        ("the week after(?: that)?|the (?:next|following) week", 7),
    )
)


def own_words(plan: Plan) -> str:
    """The words in which a question names its time, in its order; "" where it names none."""
    time = plan.time
    if time is None:
        return ""
    places = [*time.pieces, *([time.anchor.place] if time.anchor else [])]
    return " ".join(plan.text[start:end].strip() for start, end in sorted(places))


def without_time(plan: Plan) -> str:
    """The question without the words of its time."""
    text, time = plan.text, plan.time
    places = [*time.pieces, *([time.anchor.place] if time.anchor else [])] if time else []
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start].rstrip()} {text[end:].lstrip()}"
    return re.sub(r"\s+([?.!,])", r"\1", text).strip(" ,")


def span_words(span: Span, local: LocalTime) -> str:
    """ "on 3 March 2026", "from 1 March 2026 to 3 March 2026", "on 3 March 2026 between …"."""
    first, last = local.local(span.start), local.local(max(span.start, span.end - 1e-3))
    whole = (first.hour, first.minute) == (0, 0) and (last.hour, last.minute) == (23, 59)
    if first.date() != last.date():
        return f"from {_date(first.date())} to {_date(last.date())}"
    if whole:
        return f"on {_date(first.date())}"
    ends = last + timedelta(minutes=1) if last.second or last.microsecond else last
    end = "24:00" if ends.date() != first.date() else f"{ends:%H:%M}"
    return f"on {_date(first.date())} between {first:%H:%M} and {end}"


def moment_words(moment: Span | None, local: LocalTime) -> str:
    """The moment with a little around it, in words; "" where it is spread over hours."""
    if moment is None or moment.duration > _LONGEST:
        return ""
    wider = moment
    if moment.duration < _PADDING:
        wider = Span(moment.start - _PADDING, moment.end + _PADDING)
    bounds = _day_of(moment, local)
    return span_words(wider.intersection(bounds) or moment, local)


def beside_words(plan: Plan, moment: Span | None, *, later: bool) -> str:
    """What lies before or after the moment, or the time asked about; "" where neither is known."""
    time = plan.time
    named = time.span if time and not time.anchor and not time.recurring else None
    known = moment if moment is not None and moment.duration <= _LONGEST else None
    if named is not None and named.duration >= _WHOLE and (known is None or plan.kind in _OF_DAYS):
        return shifted_words(plan, round(named.duration / 86_400) * (1 if later else -1))
    base = known or named
    if base is None:
        return ""
    bounds = _day_of(base, plan.local)
    if later:
        reach = Span(base.end, max(base.end, min(base.end + _REACH * 3600.0, bounds.end)))
    else:
        reach = Span(min(base.start, max(base.start - _REACH * 3600.0, bounds.start)), base.start)
    return span_words(reach, plan.local) if reach.duration >= 60 else ""


def shifted_words(plan: Plan, days: int) -> str:
    """The days that the question names, moved by so many days; "" where it names none."""
    if plan.time is None or plan.time.span.start <= 0:
        return ""
    first, after = _days_of(plan.time.span, plan.local)
    moved = plan.local.days(first + timedelta(days=days), after + timedelta(days=days))
    return span_words(moved, plan.local)


def read_fragment(fragment: str, plan: Plan) -> str:
    """The time that a fragment means after the earlier question; "" where it names no time.

    "the day before" counts from the time asked about; a part of a day or a clock time is of the day
    asked about; a weekday after a question about an older week is of that week.
    """
    for pattern, days in _SHIFTS:
        if pattern.fullmatch(fragment):
            return shifted_words(plan, days)
    if part := _PART_BESIDE.fullmatch(fragment):
        return _part_beside(part, plan)
    if weekday := _WEEKDAY.fullmatch(fragment):
        fragment = f"on {weekday[1]}"
    time = find_time(fragment, plan.local)
    if time is None or time.anchor or without(fragment, time):
        return ""
    day = _single_day(plan)
    if day is not None and _of_no_day(fragment, plan.local):
        nights = {0: "today", 1: "yesterday"}.get((plan.local.today - day).days)
        return f"{nights or f'on {_date(day)}'} {_part(fragment)}"
    if day is not None and _WEEKDAY.fullmatch(fragment) and (plan.local.today - day).days > 7:
        wanted = WEEKDAYS.index(fragment.lower().split()[-1])
        return f"on {_date(day + timedelta(days=wanted - day.weekday()))}"
    meal = _MEAL.search(own_words(plan))  # dinner is what was asked about, not only its hours
    return f"{meal[0]} {fragment}" if meal and not _MEAL.search(fragment) else fragment


def _part_beside(found: re.Match[str], plan: Plan) -> str:
    """ "the night before" as a day and a part of it; "" where the question names no such day."""
    if plan.time is None or plan.time.anchor or plan.time.span.duration > _DAY:
        return ""
    step = -1 if found["side"].lower() == "before" else 1
    day = plan.local.local(plan.time.span.start).date() + timedelta(days=step)
    part = found["part"].lower()
    return f"on {_date(day)} {'at' if part == 'night' else 'in the'} {part}"


def without(text: str, time: TimeReference) -> str:
    """What of a text is no word of time."""
    for start, end in sorted(time.pieces, reverse=True):
        text = text[:start] + text[end:]
    return text.strip(" ,.")


def _of_no_day(fragment: str, local: LocalTime) -> bool:
    """Whether a fragment names hours of whatever day: "in the evening", "at five"."""
    return names_only_hours(fragment, local) and not _NOW.search(fragment)


def _part(fragment: str) -> str:
    return re.sub(r"^(?:on )", "", fragment).strip()


def _single_day(plan: Plan) -> date | None:
    time = plan.time
    if time is None or time.anchor or time.recurring or time.span.duration > _DAY:
        return None
    return plan.local.local(time.span.start).date()


def _days_of(span: Span, local: LocalTime) -> tuple[date, date]:
    first = local.local(span.start).date()
    last = local.local(max(span.start, span.end - 1e-3)).date()
    return first, last + timedelta(days=1)


def _day_of(span: Span, local: LocalTime) -> Span:
    return local.days(*_days_of(span, local))


def _date(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"
