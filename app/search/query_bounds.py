"""Resolve the bounds of a query: its operators, and the times that its words name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from egorag.moment_search.query import Clause, SearchQuery
from egorag.moment_search.search import Bounds, Somebody, Why
from egorag.time.calendar.local_time import LocalTime, month_start
from egorag.time.calendar.time_reference import TimeReference
from egorag.time.resolve import find_time
from memory.people.names import key, number, same
from memory.types.core import Person, Span

EVER, _NEVER = Span(-1e10, 1e11), Span(0, 0)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_YEAR = re.compile(r"(\d{4})")
_KINDS: dict[str, Why] = {
    "said": "said", "speech": "said", "说": "said", "说话": "said",
    "text": "text", "read": "text", "文字": "text",
    "seen": "seen", "view": "seen", "看到": "seen",
    "pictures": "looks", "looks": "looks", "picture": "looks", "图片": "looks",
}  # fmt: skip
_WINDOWS = 400  # recurring hours ("on Mondays") that are looked into, the latest


@dataclass(frozen=True, slots=True)
class QueryBounds:
    """The bounds of a query; its words that are no time; and what could not be understood."""

    bounds: Bounds
    words: tuple[str, ...]
    time: Span | None = None  # that the free words name
    time_words: str = ""
    strange: tuple[Clause, ...] = ()


def hold(
    query: SearchQuery,
    local: LocalTime,
    people: Sequence[Person],
    *,
    literal: bool = False,
    within: Span = EVER,
) -> QueryBounds:
    """Makes a query definite. With ``literal``, free words name no time.

    ``within`` bounds whatever the query says.
    """
    within, unknown = _dates(query, local, within)
    kinds = {
        clause: _KINDS.get(clause.value.casefold())
        for clause in query.clauses
        if clause.operator == "in"
    }
    named = None if literal or not query.words else find_time(query.text, local)
    if named is not None and not _is_past(named, local):
        named = None
    spans, words = ([] if within == EVER else [within]), query.words
    if named is not None:
        spans = _hours(named, within, local)
        words = tuple(_without(query.text, named.pieces).split())
    bounds = Bounds(
        tuple(spans),
        tuple(_meant(value, people) for value in query.values("person")),
        query.values("device"),
        frozenset(kind for kind in kinds.values() if kind is not None),
        tuple(_mentioned(words, people)),
    )
    strange = (*unknown, *(in_clause for in_clause, kind in kinds.items() if kind is None))
    time, time_text = (named.span, named.text) if named else (None, "")
    return QueryBounds(bounds, words, time, time_text, strange)


def _dates(query: SearchQuery, local: LocalTime, within: Span) -> tuple[Span, tuple[Clause, ...]]:
    """What on:, before: and after: leave of a span; and those that name no day."""
    unknown = list[Clause]()
    for clause in query.clauses:
        if clause.operator not in ("on", "before", "after"):
            continue
        named = _named_span(clause.value, local)
        if named is None:
            unknown.append(clause)
        else:
            within = within.intersection(_side(clause.operator, named)) or _NEVER
    return within, tuple(unknown)


def _hours(named: TimeReference, within: Span, local: LocalTime) -> list[Span]:
    """The stretches that words mean, inside ``within``; those that are vague, with a margin."""
    windows = named.windows(local, Span(0.0, local.asked_at)) or (named.span,)
    wide = (stretch if named.exact else _wider(stretch) for stretch in windows[-_WINDOWS:])
    return [stretch for stretch in (window.intersection(within) for window in wide) if stretch] or [
        _NEVER
    ]


def _is_past(named: TimeReference, local: LocalTime) -> bool:
    """Whether words name a time in which something can have been recorded.

    Who looks for "tomorrow" looks for the word.
    """
    known = named.anchor is None and bool(named.pieces)
    return known and (named.recurring is not None or named.span.start < local.asked_at)


def _side(operator: str, named: Span) -> Span:
    """Before a day ends where it begins; after a day begins with it, as in mail programs."""
    if operator == "before":
        return Span(EVER.start, named.start)
    return Span(named.start, EVER.end) if operator == "after" else named


def _named_span(text: str, local: LocalTime) -> Span | None:
    """The time of ``2026-03-16``, ``2026-03``, ``2026`` or of words such as "last Tuesday"."""
    try:
        if match := _MONTH.fullmatch(text):
            first = date(int(match[1]), int(match[2]), 1)
            return local.days(first, month_start(first, 1))
        if match := _YEAR.fullmatch(text):
            return local.days(date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1))
        try:
            day = date.fromisoformat(text)
            return local.days(day, day + timedelta(days=1))
        except ValueError:
            time = find_time(text, local)
            return time.span if time is not None and time.pieces else None
    except (ValueError, OverflowError, OSError):  # a month 13, a year that no calendar has
        return None


def _wider(span: Span) -> Span:
    slack = max(900.0, span.duration / 2)
    return Span(span.start - slack, span.end + slack)


def _without(text: str, pieces: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(pieces, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _meant(value: str, people: Sequence[Person]) -> Somebody:
    """The people of this name, number or (while it is being typed) beginning of a name."""
    exact = [person for person in people if same(person.label, value)]
    exact = exact or [person for person in people if person.number == number(value)]
    begun = [person for person in people if person.name and key(person.name).startswith(key(value))]
    matches = exact or begun
    name = matches[0].name if len(matches) == 1 and matches[0].name else value
    return tuple(match.id for match in matches), name


def _mentioned(words: Sequence[str], people: Sequence[Person]) -> Iterable[Somebody]:
    text = f" {key(' '.join(words))} "
    for person in people:
        name = key(person.name)
        if name and (f" {name} " in text or (not name.isascii() and name in text)):
            yield (person.id,), person.name
