"""Words that count back from now: "in the last 2 hours", "an hour ago", "just now"."""

from __future__ import annotations

import re

from egorag.time.calendar.calendar_terms import NUMBERS
from egorag.time.calendar.lapse_types import _SECONDS, Lapse, ago_middle, back_to
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Span

_MORE = NUMBERS | {
    "half an": 0.5, "half": 0.5, "half a": 0.5, "a few": 3, "few": 3, "several": 4, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60,
    "ninety": 90, "a quarter of an": 0.25, "quarter of an": 0.25, "three quarters of an": 0.75,
    "a dozen": 12,
}  # fmt: skip
_WORDS = "|".join(sorted(_MORE, key=lambda word: -len(word)))
_NUMBER = rf"(?P<n>\d{{1,4}}(?:\.\d)?|{_WORDS})"
_HALF = r"(?P<half> and a half)?"
_UNIT = (
    r"(?P<unit>second|sec|minute|min|hour|hr|day|week|fortnight|month|year|night|evening|morning"
    r"|afternoon)s?"
)
_LATE_HALF = r"(?P<late> and a half)?"  # "an hour and a half"
_LAST = re.compile(
    rf"\b(?:(?:in|over|during|within|for|these) (?:the )?)?(?:last|past|previous) {_NUMBER}{_HALF} "
    rf"{_UNIT}{_LATE_HALF}\b"
)
_LAST_ONE = re.compile(
    r"\b(?:(?:in|over|during|within) the (?:last|past|previous)|the past"
    rf"|(?:the )?last(?= (?:min|hour))) {_UNIT}\b"
)
_AGO = re.compile(
    rf"\b(?P<about>about |around |some |roughly |maybe )?{_NUMBER}{_HALF} "
    rf"(?P<unit>second|sec|minute|min|hour|hr)s?{_LATE_HALF} (?:ago|back|earlier)\b"
)
_OR_TWO = re.compile(r"\b(?:an?|one) (?P<unit>minute|hour) or (?:two|so) ago\b")
# less and most of what "minutes ago" may mean, in seconds
_UNCOUNTED = {"seconds": (5, 120), "minutes": (120, 1800), "hours": (3600, 6 * 3600)}
_UNCOUNTED_AGO = re.compile(r"\b(?:just |only )?(?P<units>seconds|minutes|hours) (?:ago|earlier)\b")
_NOW = re.compile(
    r"\b(?:just now|right now|a moment ago|a (?:little )?while ago|a minute ago|moments ago"
    r"|earlier today|at the moment)\b"
)
# "What did she just say?", "Who just came in?": but not "just one", "just because".
_JUST = re.compile(
    r"\b(?:(?:did|have|has|had) (?:i|you|he|she|we|they|it|anyone|somebody|\w+)|^who|^what|has|have"
    r"|i|we|he|she|they|'ve|'s) (?P<just>just) (?!now|an?\b|the\b|one|because|like|for|to|in|on|as)"
    r"[a-z]+"
)


def _count(match: re.Match[str]) -> float:
    words = match["n"]
    number = float(words) if words[0].isdigit() else _MORE[words]
    return number + (0.5 if match["half"] or match["late"] else 0.0)


def find_lapse(low: str, local: LocalTime) -> Lapse | None:
    """The first such expression of a text in lower case."""
    asked_at = local.asked_at
    for match in (*_LAST.finditer(low), *_LAST_ONE.finditer(low)):
        numbered = "n" in match.groupdict()
        count = _count(match) if numbered else 1.0
        exact = not numbered or match["n"] not in ("few", "a few", "several")
        start = back_to(asked_at, count, _SECONDS[match["unit"]], local)
        return Lapse(Span(min(start, asked_at), asked_at), match.start(), match.end(), exact)
    if now := _NOW.search(low):
        today = now.group() == "earlier today"
        start = local.at(local.today, 0) if today else asked_at - _now_seconds(now.group())
        return Lapse(Span(min(start, asked_at), asked_at), now.start(), now.end(), today)
    return _ago(low, asked_at)


def _now_seconds(words: str) -> float:
    return 7200.0 if "while" in words else 600.0


def _ago(low: str, asked_at: float) -> Lapse | None:
    if vague := _OR_TWO.search(low):
        unit = _SECONDS[vague["unit"]]
        span = Span(asked_at - 2.25 * unit, asked_at - 0.75 * unit)
        return Lapse(span, vague.start(), vague.end(), False)
    ago = _AGO.search(low)
    if not ago:
        some = _UNCOUNTED_AGO.search(low)
        if not some:
            return None
        least, most = _UNCOUNTED[some["units"]]
        return Lapse(Span(asked_at - most, asked_at - least), some.start(), some.end(), False)
    middle, slack = ago_middle(asked_at, _count(ago) * _SECONDS[ago["unit"]])
    span = Span(middle - slack, min(asked_at, middle + slack))
    return Lapse(span, ago.start(), ago.end(), False)


def find_just(low: str, asked_at: float) -> Lapse | None:
    """ "just" said of what was done a moment ago, in a question that names no other time."""
    match = _JUST.search(low)
    if not match:
        return None
    return Lapse(Span(asked_at - 600, asked_at), match.start("just"), match.end("just"), False)
