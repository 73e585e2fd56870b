"""What is to be done with the events that a question means, and the arithmetic of it.

Counts, sums of minutes, the most frequent of something: read off the question by the table
``counting.toml`` of its language.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from egogpt.extraction.english_activities import catalogue
from egogpt.extraction.quantities import NUMBER, in_unit, number_of, unit_asked
from egogpt.text.chinese_text import mostly_chinese
from egorag.aggregation.predicate import COUNTS_THINGS, Predicate
from egorag.evidence.deeds import nth_time
from egorag.language.language import Language
from egorag.question.plan import Plan
from memory.types.core import Span
from memory.types.events import Event

Operator = Literal["count", "distinct", "sum", "first", "last", "argmax"]
Of = Literal["occasion", "who", "what", "year", "month", "day"]
_PEOPLE = ("people", "persons", "friends")
_ENGLISH = Language("en")
Value: TypeAlias = int | float | str | list[str]
LENGTHS = ("hours", "minutes")
_APART, _GOES_ON = 1200.0, 300.0  # seconds between glimpses of one occasion; of a length in one
_NO_THING = frozenset("it them something this that everything some one".split())
# Of "twice" nothing is captured; of what was done so often in every week nothing is counted.
_TOLD_TIMES = re.compile(rf"\b(?:twice|({NUMBER}) times)\b(?! (?:an?|per|each|every|as|\w+er)\b)")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and what it ranges over; ``unit`` is of a sum."""

    op: Operator
    of: Of = "occasion"
    unit: str = ""


def operation_of(plan: Plan) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    low = plan.query.lower().replace("’", "'")
    asks = partial(_asks, Language("zh") if mostly_chinese(low) else _ENGLISH, low)
    if asks("uncounted"):
        return None
    if (asked := _superlative(asks)) is not None:
        return asked
    length = asks("length")
    somebody = plan.names or asks("mine")  # "how long is the bus" is of no deed
    if length or (plan.kind == "how_long" and somebody):
        return Operation("sum", unit="hours" if length and length["hours"] else "minutes")
    if amount := unit_asked(low):
        return Operation("sum", unit=amount)
    if found := asks("distinct"):
        return Operation("distinct", "who" if found[1] in _PEOPLE else "what")
    if asks("times"):
        return Operation("count")
    ends: tuple[Operator, Operator] = ("first", "last")
    return next((Operation(op) for op in ends if plan.kind == "when" and asks(op)), None)


def _asks(language: Language, text: str, operator: str) -> re.Match[str] | None:
    """Where a question asks for an operator of its language's table."""
    known = operator in language.table("counting")["operators"]
    pattern = language.pattern("counting", f"operators.{operator}") if known else None
    return pattern.search(text) if pattern else None


def _superlative(asks: Callable[[str], re.Match[str] | None]) -> Operation | None:
    if not asks("most") or asks("recent"):
        return None
    if period := asks("period"):
        periods: dict[str, Of] = {"year": "year", "month": "month"}
        return Operation("argmax", periods.get(period[1], "day"))
    if asks("person"):
        return Operation("argmax", "who")
    return Operation("argmax", "what") if asks("thing") else None


@dataclass(frozen=True, slots=True)
class Tally:
    """A value, the events that it rests on, and those to be shown, in order.

    ``scores`` are what the best got, per label, where the value is a list of labels; ``timed`` is
    whether they are minutes.
    """

    value: Value
    events: tuple[Event, ...]
    shown: tuple[Event, ...]
    scores: tuple[tuple[str, float], ...] = ()
    timed: bool = False


def tally(
    events: Sequence[Event], operation: Operation, predicate: Predicate, plan: Plan
) -> Tally | None:
    """What an operation makes of the events of the time asked about (at least one, in order)."""
    every = tuple(events)
    match operation.op:
        case "count":
            every = occasions(every, _APART)
            return Tally(_times(every, plan.time.span if plan.time else None), every, every)
        case "sum" if operation.unit in LENGTHS:
            every = occasions(every, _GOES_ON)
            total = round(_total(every), 2)  # of less than a minute only glimpses are known
            return Tally(total, every, every, timed=True) if total >= 1 else None
        case "sum":
            return _sum_of_amounts(every, operation.unit)
        case "first" | "last":
            ends = every[:1] if operation.op == "first" else every[-1:]
            return Tally(_labels(ends[0], "day", predicate, plan)[0], ends, ends)
        case _:
            groups = _grouped(every, operation.of, predicate, plan)
            most = _distinct if operation.op == "distinct" else _extreme
            return most(every, groups, operation.of) if groups else None


def _times(events: Sequence[Event], asked: Span | None) -> int:
    """How often something was done: each event once, but for what tells of more: "twice"; at least
    as often as "for the third time this week" says, where all of that week is asked about."""
    times = 0
    for event in events:
        told = _TOLD_TIMES.findall(event.quote)
        several = int(number_of(told[0])) if len(told) == 1 and told[0] else 2
        times += several if len(told) == 1 else 1
        times = max(times, nth_time(event.quote, asked))
    return times


def occasions(events: Sequence[Event], apart: float) -> tuple[Event, ...]:
    """The events, of which those that are only glimpsed, less than ``apart`` seconds after each
    other, are one."""
    merged: list[Event] = []
    for event in events:
        last = merged[-1] if merged else None
        glimpses = last and last.extractor == event.extractor == "moment"
        if last and glimpses and event.span.start - last.span.end <= apart:
            span = Span(last.span.start, max(last.span.end, event.span.end))
            clips = tuple(dict.fromkeys((*last.clip_ids, *event.clip_ids)))
            merged[-1] = replace(last, span=span, clip_ids=clips)
        else:
            merged.append(event)
    return tuple(merged)


def _total(events: Sequence[Event]) -> float:
    """How many minutes occasions lasted: what was told, else how long they were seen."""
    return sum(e.span.duration / 60 if e.minutes is None else e.minutes for e in events)


def _sum_of_amounts(events: Sequence[Event], unit: str) -> Tally | None:
    """The sum of what was told in a unit or one like it; None where nothing was."""
    summed = {
        event: amount
        for event in events
        if (amount := in_unit(event.quantity or 0.0, event.unit, unit)) is not None
    }
    total, counted = round(sum(summed.values()), 2), tuple(summed)
    return Tally(total, counted, counted) if counted else None


def _labels(event: Event, of: Of, predicate: Predicate, plan: Plan) -> list[str]:
    """What an event counts for: its people, things, place, or part of the calendar."""
    if of == "who":
        return [name for name in event.people if name not in predicate.people]
    if of == "what":
        return _things(event, predicate)
    shape = {"year": "%Y", "month": "%Y-%m"}.get(of, "%Y-%m-%d")
    return [f"{plan.local.local(event.span.start):{shape}}"]


def _things(event: Event, predicate: Predicate) -> list[str]:
    """What was done, where a family of activities is asked about; else what it was done with."""
    if _counts_activities(predicate):
        said = event.object if catalogue().named(event.object) == event.activity else ""
        return [said or event.kind or event.activity]
    things = (part.strip().removeprefix("and ") for part in event.object.split(", "))
    found = [thing for thing in things if thing and thing.lower() not in _NO_THING]
    found = [thing for thing in found if catalogue().named(thing) != event.activity]
    return found or ([event.kind] if event.kind else [])


def _counts_activities(predicate: Predicate) -> bool:
    """Whether a family is asked about whose members are what is counted: "which sport"."""
    return bool(predicate.group) and predicate.group not in COUNTS_THINGS


def _grouped(
    events: Sequence[Event], of: Of, predicate: Predicate, plan: Plan
) -> dict[str, list[Event]]:
    groups: dict[str, list[Event]] = defaultdict(list)
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    kinds = of == "what" and _counts_activities(predicate)
    for event in events:
        for label in dict.fromkeys(_labels(event, of, predicate, plan)):
            # "biking" and "cycling" are one; "jogging" is a kind of its own.
            key = f"{event.activity}/{event.kind}" if kinds else label.lower()
            groups[key].append(event)
            spelled[key][label] += 1
    return {spelled[key].most_common(1)[0][0]: found for key, found in groups.items()}


def _distinct(events: tuple[Event, ...], groups: Mapping[str, list[Event]], of: Of) -> Tally:
    """How many labels there are."""
    scores = tuple((label, float(len(found))) for label, found in groups.items())
    return Tally(len(groups), events, tuple(found[0] for found in groups.values()), scores)


def _extreme(events: tuple[Event, ...], groups: Mapping[str, list[Event]], of: Of) -> Tally:
    """The label or labels with the most: by occasions, or by time where all is told."""
    timed = of == "who" and all(event.minutes is not None for event in events)
    score: Callable[[Sequence[Event]], float] = _total if timed else len
    scores = {label: float(score(found)) for label, found in groups.items()}
    best = max(scores.values())
    winners = sorted(label for label, value in scores.items() if value == best)
    shown = tuple(event for label in winners for event in groups[label])
    return Tally(winners, events, shown, tuple((label, best) for label in winners), timed)
