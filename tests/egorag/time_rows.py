"""Reads the list of questions about time and judges what the grammar makes of each.

Columns: ``half`` a, b (held out while the grammar was written) or c to f (220, written
after it); ``start`` and ``end`` in local time, a bare date is its midnight, ``..`` is open, ``-``
names no time; ``extra`` is
``recur=<days> <from>-<to>`` or ``<relation>|<words of the event>``; ``tolerance`` is the least
overlap (intersection over union). What lies after ``asked_at`` cannot be searched and is cut off
both sides before they are compared.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import TimeReference
from memory.types.core import Span, merge_spans
from memory.types.timezones import zone

LIST = Path(__file__).with_name("time_questions.tsv")
_LONG_AGO = 20 * 365 * 86_400.0
_DAY = 86_400.0
_WEEKS = 8  # recurring windows are compared over the last weeks of their interval
_DAYS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)} | {
    name: range(at, at + 1)
    for at, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}


@dataclass(frozen=True, slots=True)
class Row:
    """One question and what it should name."""

    half: str
    question: str
    asked_at: str
    start: str
    end: str
    kind: str
    extra: str
    tolerance: float

    @property
    def local(self) -> LocalTime:
        moment, name = self.asked_at.split()
        asked = datetime.fromisoformat(moment).replace(tzinfo=zone(name))
        return LocalTime.of(asked.timestamp(), name)

    def seconds(self, text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=self.local.zone).timestamp()


def read_rows(path: Path = LIST) -> list[Row]:
    """The rows of the list."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Row(**{**row, "tolerance": float(row["tolerance"])}) for row in reader]


def fault(row: Row, found: TimeReference | None) -> str:
    """What is wrong with a reference, or "" if it is right."""
    asked = row.local.asked_at
    if row.start == "-":
        return "names a time" if found and found.span.start < asked else ""
    if found is None:
        return "names no time"
    extra = "recur" if found.recurring else ("anchor" if found.anchor else "")
    wanted = "recur" if row.extra.startswith("recur=") else ("anchor" if row.extra else "")
    if extra != wanted:
        return f"is {extra or 'plain'}, not {wanted or 'plain'}"
    return (
        _span_fault(row, found.span)
        or (_windows_fault(row, found) if wanted == "recur" else "")
        or (_anchor_fault(row, found) if wanted == "anchor" else "")
    )


def _span_fault(row: Row, span: Span) -> str:
    asked = row.local.asked_at
    end = min(asked, row.seconds(row.end))
    got = Span(span.start, max(span.start, min(asked, span.end)))
    if row.start == "..":
        right = got.start < asked - _LONG_AGO and abs(got.end - end) <= _DAY
    else:
        right = _overlap((got,), (Span(row.seconds(row.start), end),)) >= row.tolerance
    return "" if right else f"is {_words(row, span)}"


def _words(row: Row, span: Span) -> str:
    start = "long ago" if span.start < 1e8 else row.local.local(span.start).isoformat()[:16]
    return f"{start} … {row.local.local(span.end).isoformat()[:16]}"


def _overlap(ones: tuple[Span, ...], others: tuple[Span, ...]) -> float:
    both = sum(
        shared.duration for one in ones for other in others if (shared := one.intersection(other))
    )
    either = sum(span.duration for span in merge_spans((*ones, *others)))
    return both / either if either else 0.0


def _windows_fault(row: Row, found: TimeReference) -> str:
    last = min(row.local.asked_at, found.span.end)
    within = Span(max(found.span.start, last - _WEEKS * 7 * _DAY), last)
    got = tuple(found.windows(row.local, within))
    share = _overlap(got, _expected_windows(row, within))
    return "" if share >= row.tolerance else f"recurs otherwise ({share:.2f}): {found.recurring}"


def _expected_windows(row: Row, within: Span) -> tuple[Span, ...]:
    days, hours = row.extra.removeprefix("recur=").split()
    wanted = {at for name in days.split(",") for at in _DAYS[name]}
    start, end = (int(h) + int(m) / 60 for h, m in (t.split(":") for t in hours.split("-")))
    first: date = row.local.local(within.start).date() - timedelta(days=1)
    spans = [
        row.local.hours(day, start, end)
        for day in (first + timedelta(days=n) for n in range(_WEEKS * 7 + 3))
        if day.weekday() in wanted
    ]
    return merge_spans(cut for span in spans if (cut := span.intersection(within)))


def _anchor_fault(row: Row, found: TimeReference) -> str:
    assert found.anchor is not None
    relation, words = row.extra.split("|")
    got = " and ".join(part for part in (found.anchor.text, found.anchor.second) if part)
    ours, theirs = _tokens(got), _tokens(words)
    share = 2 * len(ours & theirs) / (len(ours) + len(theirs) or 1)
    right = found.anchor.relation == relation and share >= 0.8
    return "" if right else f"is anchored {found.anchor.relation} {got!r}"


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9']+|[\u4e00-\u9fff]", text.lower())) - {"a", "an", "the"}
