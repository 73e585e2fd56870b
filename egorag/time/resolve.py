"""The time that a question or a sentence names becomes an interval.

    find_time("What did I read yesterday evening?", local) -> 18:00–23:00 of yesterday, exact
    find_time("What do I do on Mondays?", local)           -> any time, recurring on Mondays
    find_time("Where was I after the meeting?", local)     -> any time, anchored after "the meeting"
    find_time("I'll do it on Monday", local, "future")     -> the Monday after it was said

The words and their order come from the table of a language (``egorag/language/``), what they mean
together from rules that are the same for all (``grammar/``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from egorag.time.anchors import find_anchor
from egorag.time.calendar.clock import DAYTIME, PARTS, clock_hours, moment_in, open_span
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.calendar.time_reference import EVER, Anchor, Recurrence, TimeReference
from egorag.time.grammar.chart import Edge
from egorag.time.grammar.hours import hours_span, is_exact, side_span
from egorag.time.grammar.read import Listed, read, table_of, tense_of
from egorag.time.grammar.table import Table
from egorag.time.grammar.values import (
    DayHours,
    Days,
    Habit,
    Hours,
    Open,
    Stretch,
    TimeContext,
    within,
)
from memory.types.core import Span

__all__ = ["Anchor", "Recurrence", "TimeReference", "find_time", "names_only_hours"]
Piece = tuple[int, int]
_NO_HOURS = Hours()
_PERSON = re.compile(r"\b[Pp]erson (\d+)\b")
_FAR = 366 * 86_400.0  # seconds between the days named and a bound that belongs to them


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the time words of a text say, and where they stand."""

    days: Days | None = None
    hours: Hours = _NO_HOURS
    stretch: Stretch | None = None
    habit: Habit | None = None
    side: Open | None = None
    wider: Days | None = None
    pieces: tuple[Piece, ...] = ()


def find_time(text: str, local: LocalTime, tense: Tense | None = None) -> TimeReference | None:
    """The time that a text names, or None.

    Args:
        text: a question or a sentence, in any language; those that have a table are understood.
        local: when it is asked or said.
        tense: whether what may lie on either side ("on Monday") is the last or the next; by default
            the last, unless the text asks for what is to come.
    """
    text = text.replace("一共", "总共")  # 这周一共 is of this week, not of its Monday
    text = _PERSON.sub(lambda who: "person " + "x" * len(who[1]), text)  # no hour
    table = table_of(text)
    text = _without_stranded(text, table)
    context = TimeContext(local, tense or tense_of(text, table))
    edges, places = read(text, table, context)
    try:
        reading = _usual(context, text, table, _reading(context, edges, places))
        named = _reference(context, text, reading) or _just(text, table, local)
    except (ValueError, OverflowError, OSError):
        named = None
    masked = _masked(text, named.pieces if named else ())
    anchor = find_anchor(text, masked, table)
    if anchor is None:
        return named
    span = named.span if named else Span(min(EVER, local.asked_at), local.asked_at)
    if named is None:
        return TimeReference(span, "", False, anchor=anchor)
    return replace(named, exact=False, anchor=anchor)


def _without_stranded(text: str, table: Table) -> str:
    """The text in which "about" of "what did we talk about last week" makes no time vague."""
    match = re.search(table.raw.get("stranded", "(?!)"), table.low(text))
    if match is None:
        return text
    start, end = match.span("preposition")
    return f"{text[:start]}{'x' * (end - start)}{text[end:]}"


def _just(text: str, table: Table, local: LocalTime) -> TimeReference | None:
    """ "just" said of what was done a moment ago, in a question that names no other time."""
    match = re.search(table.raw["just"], table.low(text))
    if match is None:
        return None
    span = Span(local.asked_at - 600, local.asked_at)
    return _named(text, span, False, [match.span("just")])


def _usual(context: TimeContext, text: str, table: Table, found: Reading) -> Reading:
    """Where it is asked what is usual, "in the morning" means every morning."""
    if (
        found.habit
        or found.stretch
        or not found.pieces
        or not re.search(table.raw["usual"], table.low(text))
    ):
        return found
    if found.days is None:
        return replace(found, habit=Habit(tuple(range(7)))) if found.hours.part else found
    if found.days.series.step != 7 and found.days.unit != "weekend":
        return found
    first, after = found.days.choose(context)
    weekdays = sorted((first + timedelta(days=n)).weekday() for n in range((after - first).days))
    return replace(found, days=None, habit=Habit(tuple(weekdays)))


def names_only_hours(text: str, local: LocalTime) -> bool:
    """Whether a text names hours of whatever day: "in the evening", "at five"."""
    table = table_of(text)
    context = TimeContext(local, "past")
    reading = _reading(context, *read(text, table, context))
    return bool(reading.hours.clock or reading.hours.part) and reading.days is None


def _masked(text: str, pieces: Sequence[Piece]) -> str:
    for start, end in pieces:
        text = text[:start] + "\0" * (end - start) + text[end:]
    return text


def _reading(context: TimeContext, edges: Sequence[Edge], places: Sequence[Piece]) -> Reading:
    """The values of all pieces as one: the first of each kind, days inside longer days."""
    found = Reading()
    for edge, place in zip(edges, places, strict=True):
        joined = _joined(context, found, edge.value)
        if joined is not None:
            found = replace(joined, pieces=(*found.pieces, place))
    return found


def _joined(context: TimeContext, found: Reading, value: object) -> Reading | None:
    """A reading with one more value; None where it says nothing new."""
    if isinstance(value, Listed):
        found, value = replace(found, habit=value.habit), value.days
    if isinstance(value, DayHours):
        with_days = _joined(context, found, value.days)
        return _joined(context, with_days or found, value.hours) or with_days
    if isinstance(value, Open):
        return None if found.side else replace(found, side=value)
    if isinstance(value, Stretch):
        return None if found.stretch else replace(found, stretch=value)
    if isinstance(value, Habit):
        return None if found.habit else replace(found, habit=value)
    if isinstance(value, Hours):
        return _with_hours(found, value)
    if isinstance(value, Days):
        return _with_days(context, found, value)
    return None


def _with_hours(found: Reading, value: Hours) -> Reading | None:
    """Clock and part of the day each once."""
    mine = found.hours
    if value.clock and not mine.clock:
        return replace(found, hours=Hours(value.clock, mine.part or value.part))
    if value.part and not mine.part:
        return replace(found, hours=Hours(mine.clock, value.part))
    return None


def _with_days(context: TimeContext, found: Reading, value: Days) -> Reading | None:
    mine = found.days
    if mine is None or (mine.unit == "recent" and value.unit != "recent"):
        return replace(found, days=value)
    pair = _nested(context, mine, value)
    return replace(found, days=pair[1], wider=pair[0]) if pair else None


def _nested(context: TimeContext, one: Days, other: Days) -> tuple[Days, Days] | None:
    """The longer and the shorter of two, the shorter as it falls into the longer."""
    try:
        lengths = [
            (after - first).days for first, after in (one.choose(context), other.choose(context))
        ]
    except ValueError:
        return None
    long, short = (one, other) if lengths[0] > lengths[1] else (other, one)
    if max(lengths) < 7 or max(lengths) <= 2 * min(lengths) or short.series.fixed:
        return None
    try:
        inner = within(context, replace(long, part=""), short)
        inner.choose(context)
        return long, inner
    except ValueError:
        return None


def _reference(context: TimeContext, text: str, reading: Reading) -> TimeReference | None:
    if not reading.pieces:
        return None
    if _recurs(context, reading):
        return _recurring(context, text, reading)
    return _once(context, text, reading)


def _recurs(context: TimeContext, reading: Reading) -> bool:
    """Whether hours come again on several days: "in the evenings of last week"."""
    if reading.habit:
        return True
    if reading.days is None or reading.stretch or not (reading.hours.clock or reading.hours.part):
        return False
    first, after = reading.days.name(context)
    return (after - first).days > 1


def _once(context: TimeContext, text: str, reading: Reading) -> TimeReference | None:
    local, hours, days = context.local, reading.hours, reading.days
    if reading.stretch:
        span = Span(reading.stretch.start, max(reading.stretch.start, reading.stretch.end))
        if days and not span.overlaps(local.days(*days.choose(context))):
            return _once(context, text, replace(reading, stretch=None))
        core = reading.stretch.core
        named = None if core is None else Span(core, core + 60)
        return _named(text, span, reading.stretch.exact, reading.pieces, named)
    if reading.side:
        return _on_a_side(context, text, reading, reading.side)
    if days is None:
        span = hours_span(context, None, "", hours)
        return _named(text, span, is_exact(None, hours), reading.pieces, _moment(hours, span))
    first, after = days.choose(context)
    if hours.clock or hours.part or days.part:
        first, _ = days.name(context)
        span = hours_span(context, first, days.part, hours)
        return _named(text, span, is_exact(days, hours), reading.pieces, _moment(hours, span))
    named = local.days(*days.name(context)) if days.core else None
    return _named(text, local.days(first, after), days.exact, reading.pieces, named)


def _moment(hours: Hours, span: Span) -> Span | None:
    return moment_in(hours.clock, span) if hours.clock else None


def _on_a_side(context: TimeContext, text: str, reading: Reading, side: Open) -> TimeReference:
    """ "since Monday", "this year before May", "last night before ten"."""
    days, value = reading.days, side.value
    around = context.local.days(*days.choose(context)) if days else None
    if days and isinstance(value, Days):
        with suppress(ValueError):
            value = within(context, days, value)
    elif days and isinstance(value, Hours):
        value, around = DayHours(days, value), None
    span = side_span(context, Open(side.side, value))
    if around and side.side in ("until", "before") and around.start < span.end < around.end + _FAR:
        span = Span(max(span.start, around.start), span.end)
    elif around:
        span = span.intersection(around) or span
    exact = value.exact if isinstance(value, Days | Stretch) else True
    named = None if around else open_span(span, side.side)
    made = _named(text, span, exact, reading.pieces, named)
    return replace(
        made, end=side.side == "until" and days is None and _may_lie_ahead(context, value)
    )


def _may_lie_ahead(context: TimeContext, value: Days | DayHours | Hours | Stretch) -> bool:
    """Whether days that are asked about as past may be days to come: "spring", "next week"."""
    if context.tense == "future" or not isinstance(value, Days):
        return False
    return not value.series.fixed or value.choose(context)[0] > context.local.today


def _recurring(context: TimeContext, text: str, reading: Reading) -> TimeReference:
    """The days (or all time) as span, the hours of habit, clock or part as windows."""
    local, habit = context.local, reading.habit
    part = (habit.part if habit else "") or reading.hours.part
    hours = PARTS[part] if part else (0.0, 24.0)
    if reading.hours.clock:
        hours = clock_hours(reading.hours.clock, PARTS[part] if part else DAYTIME)
    around = _once(context, text, replace(reading, hours=Hours())) if _bounded(reading) else None
    span = around.span if around else Span(min(EVER, local.asked_at), local.asked_at)
    weekdays = habit.weekdays if habit else tuple(range(7))
    made = _named(text, span, around is None or around.exact, reading.pieces)
    return replace(made, recurring=Recurrence(weekdays, hours))


def _bounded(reading: Reading) -> bool:
    return bool(reading.days or reading.stretch or reading.side)


def _named(
    text: str, span: Span, exact: bool, pieces: Sequence[Piece], named: Span | None = None
) -> TimeReference:
    words = " ".join(text[start:end].strip() for start, end in pieces)
    return TimeReference(span, words, exact, tuple(pieces), named=named)
