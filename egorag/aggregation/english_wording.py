"""The first sentence of a counted answer: the value, the time, and how much of it was recorded."""

from __future__ import annotations

from datetime import date

from egogpt.extraction.quantities import in_unit, units
from egogpt.text.english_grammar import join, plural
from egorag.aggregation.operation import Of, Operation
from egorag.aggregation.predicate import Predicate
from egorag.aggregation.tally import Tally
from egorag.question.plan import Plan
from egorag.wording.abstention import time_in_words
from egorag.wording.units_text import capital
from memory.store.summary_builder import spoken_duration


def lead(
    found: Tally, operation: Operation, predicate: Predicate, plan: Plan, days: tuple[int, int]
) -> str:
    """ "4 times in December 2019 (recorded on 25 of 31 days)."."""
    said = _value(found, operation)
    period = time_in_words(plan)
    when = f", {period}" if period else ""
    known = f"recorded on {days[0]} of {days[1]} days" if days[1] else "nothing recorded then"
    with_whom = _children(found, predicate)
    return f"{capital(said)}{when}{with_whom} ({known})."


def none_found(predicate: Predicate, plan: Plan) -> str:
    """Said where such things are told of, but none of them fits."""
    what = " ".join([predicate.named, *(f'"{word}"' for word in predicate.words)]).strip()
    period = time_in_words(plan)
    within = f" from {period}" if period else ""
    return f"0: I have no recording{within} that tells of this ({what})."


def _children(found: Tally, predicate: Predicate) -> str:
    names = sorted({name for event in found.events for name in event.people})
    return f", with {join(names)}" if predicate.children and names else ""


def _value(found: Tally, operation: Operation) -> str:
    value = found.value
    match operation.op:
        case "count":
            return "once" if value == 1 else f"{value} times"
        case "distinct":
            return f"{value}: {join([label for label, _ in found.scores])}"
        case "sum" if operation.unit in units():
            return _amount(found, operation.unit)
        case "sum":
            minutes = float(value)  # type: ignore[arg-type]
            count = len(found.events)
            times = "one occasion" if count == 1 else f"{count} occasions"
            return f"{duration(minutes, operation.unit)} in all, on {times}"
        case "first" | "last":
            return f"the {operation.op} time was on {_date(str(value))}"
        case _:
            return _best(found, operation)


def _amount(found: Tally, unit: str) -> str:
    """ "19 kilometres in all (6 + 5 + 8)"."""
    total = float(found.value)  # type: ignore[arg-type]
    parts = [in_unit(event.quantity or 0.0, event.unit, unit) or 0.0 for event in found.events]
    added = f" ({' + '.join(f'{part:g}' for part in parts)})" if len(parts) > 1 else ""
    return f"{total:g} {unit if total == 1 else plural(unit)} in all{added}"


def _best(found: Tally, operation: Operation) -> str:
    labels = [in_words(label, operation.of) for label in found.value]  # type: ignore[union-attr]
    best = found.scores[0][1]
    amount = duration(best) if found.timed else ("once" if best == 1 else f"{best:g} times")
    each = " each" if len(labels) > 1 else ""
    return f"{join(labels)}: {amount}{each}"


def duration(minutes: float, unit: str = "minutes") -> str:
    """ "188 minutes", "3.1 hours"; "12 minutes 19 seconds" of what was watched."""
    if minutes != int(minutes):  # watched, not told
        return spoken_duration(60 * minutes)
    if unit == "hours":
        return f"{minutes / 60:.1f} hours ({minutes:g} minutes)"
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def in_words(label: str, of: Of) -> str:
    """A label as a person reads it: "June 2016", "22 May 1997"."""
    if of == "month":
        return f"{date.fromisoformat(f'{label}-01'):%B %Y}"
    return _date(label) if of == "day" else label


def _date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
