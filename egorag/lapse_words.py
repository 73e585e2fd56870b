"""Words that count back from now: "in the last 2 hours", "an hour ago", "just now"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from egorag.day_words import NUMBERS
from memory.types import Span

_SECONDS = {
    "second": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 604800,
    "month": 2629800, "year": 31557600,
}  # fmt: skip
_NUMBER = (
    r"(?P<n>\d{1,4}|(?:a )?couple of|a few|few|several|half an|an?|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|sixty|ninety)"
)
_MORE = NUMBERS | {
    "half an": 0.5, "a few": 3, "few": 3, "several": 4, "twenty": 20, "thirty": 30, "forty": 40,
    "sixty": 60, "ninety": 90,
}  # fmt: skip
_UNIT = r"(?P<unit>second|minute|min|hour|day|week|month|year)s?"
_LAST = re.compile(
    rf"\b(?:(?:in|over|during|within|for) the )?(?:last|past|previous) {_NUMBER} {_UNIT}\b"
)
_LAST_ONE = re.compile(
    r"\b(?:(?:in|over|during|within) the (?:last|past|previous)|the past"
    rf"|(?:the )?last(?= (?:min|hour))) {_UNIT}\b"
)
_AGO = re.compile(
    rf"\b(?P<about>about |around |some |roughly )?{_NUMBER}(?P<half> and a half)? "
    r"(?P<unit>second|minute|min|hour)s? ago\b"
)
_NOW = re.compile(
    r"\b(?:just now|right now|a moment ago|a (?:little )?while ago|a minute ago|moments ago"
    r"|earlier today|at the moment)\b"
)
_NOW_SECONDS = {"a while ago": 7200, "a little while ago": 7200}


@dataclass(frozen=True, slots=True)
class Lapse:
    """A span that ends at, or lies some time before, the present."""

    span: Span
    start: int
    end: int
    exact: bool


def _count(words: str) -> float:
    return float(words) if words.isdigit() else _MORE[words]


def find_lapse(text: str, asked_at: float, midnight: float) -> Lapse | None:
    """The first such expression. ``midnight`` (seconds UTC) began the person's day."""
    low = text.lower()
    for match in (*_LAST.finditer(low), *_LAST_ONE.finditer(low)):
        count = _count(match["n"]) if "n" in match.groupdict() else 1.0
        exact = match.groupdict().get("n") not in ("few", "a few", "several")
        back = count * _SECONDS[match["unit"]]
        return Lapse(Span(asked_at - back, asked_at), match.start(), match.end(), exact)
    if now := _NOW.search(low):
        start = asked_at - _NOW_SECONDS.get(now.group(), 600)
        if now.group() == "earlier today":
            start = min(midnight, asked_at)
        return Lapse(Span(start, asked_at), now.start(), now.end(), now.group() == "earlier today")
    if ago := _AGO.search(low):
        back = (_count(ago["n"]) + (0.5 if ago["half"] else 0)) * _SECONDS[ago["unit"]]
        slack = max(120.0, back / 4)
        middle = asked_at - back
        return Lapse(
            Span(middle - slack, min(asked_at, middle + slack)), ago.start(), ago.end(), False
        )
    return None
