"""English words for what comes again: "on Mondays", "every weekday morning", "at weekends"."""

from __future__ import annotations

import re

from egorag.time.calendar.calendar_terms import WEEKDAYS, weekday_index
from egorag.time.calendar.parsed_time import Habit

ALL, WORK, WEEKEND = tuple(range(7)), tuple(range(5)), (5, 6)
_DAY = rf"(?:{'|'.join(WEEKDAYS)})"
_PART = "(?:(?:early |late )?(?:morning|afternoon|evening)|night)"
_KIND = rf"(?:{_DAY}|weekday|work ?day|working day|week ?night|school day|weekend|day)"
_LEAD = r"(?:(?:on|at|over|during|in|of) (?:the |most )?|most )?"
_LIST = r"(?:(?:, ?| and | or |, and ))"
_EVERY = re.compile(
    rf"\b(?:on |at )?(?:every|each)(?: single| other)? (?P<days>{_KIND}(?:{_LIST}{_KIND})*)?"
    rf"(?: ?(?P<part>{_PART}))?\b(?!-)"
)
_PLURAL = re.compile(
    rf"\b{_LEAD}(?P<days>{_KIND}s(?:{_LIST}{_KIND}s)*)(?:(?: in the)? (?P<part>{_PART})s?)?\b"
    r"(?! ago)"
)
_PART_OF = re.compile(rf"\b{_LEAD}(?P<days>{_KIND}) (?P<part>{_PART})s\b")
_PARTS = re.compile(rf"\b(?:in the|during the|on|most|on most|of|on the) (?P<part>{_PART})s\b")
_USUAL = re.compile(
    r"\b(?:usually|normally|typically|always|generally|regularly|habitually|tend to|as a rule"
    r"|most of the time|on average|typical)\b"
)
_SINGLE = re.compile(
    rf"\b(?:(?:on|at|over) (?:an? |the )?(?:typical |normal |average |usual )?)"
    rf"(?P<days>{_DAY}|weekday|work ?day|weekend)(?: (?P<part>{_PART}))?\b"
    rf"|\b(?:in the |at |during the )(?P<part2>{_PART})\b"
)


def find_habit(low: str) -> Habit | None:
    """The first such words of a text in lower case.

    Where a question asks what is usual, "in the morning" means every morning, unless a day is said.
    """
    for match in _EVERY.finditer(low):
        if match["days"] or match["part"]:
            return _habit(match, match["part"])
    for pattern in (_PART_OF, _PLURAL, _PARTS):
        for match in pattern.finditer(low):
            if match.groupdict().get("days") != "days":
                return _habit(match, match["part"])
    if _USUAL.search(low):
        for match in _SINGLE.finditer(low):
            return _habit(match, match["part"] or match["part2"])
    return None


def _habit(match: re.Match[str], part: str | None) -> Habit:
    names = match.groupdict().get("days") or "day"
    days = sorted(
        {day for name in re.split(r", ?(?:and )?| and | or ", names) for day in _of(name)}
    )
    if "night" in names:
        part = part or "night"
    return Habit(tuple(days), part or "", match.start(), match.end())


def _of(name: str) -> tuple[int, ...]:
    if name.startswith("weekend"):
        return WEEKEND
    if name.startswith(("weekday", "work", "week", "school")):
        return WORK
    return ALL if name.startswith("day") else (weekday_index(name),)
