"""Ranges of days: "between Monday and Wednesday", "from June to August 2024", "Aug 1st to 5th"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.day_ranges import between
from egorag.time.calendar.day_rules import safe
from egorag.time.english.days import find_days

_LEAD = re.compile(r"\b(between|from) (?:on |in )?$")
_MIDDLE = re.compile(r"^\s*(?:and|to|until|till|through|up to|-|–|—)\s*(?:on |in )?$")
# Ends that name days only inside a range: "from June to …", "between 2010 and 2014".
_BARE_ENDS = re.compile(
    r"\b(?P<lead>between|from) (?P<left>[\w/'. ]{2,24}?) (?P<middle>and|to|until|till|through|-|–) "
    r"(?P<right>(?:the )?[\w/'.]{2,12}(?:,? (?:of )?(?:\w+ ?){0,2})?)"
)
_SAME_MONTH = re.compile(
    r"^\s*(?:to|and|until|till|through|-|–|—)\s*(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"(?![\w:]| ?[ap]\.?m)"
)


def join(low: str, days: Sequence[Days], today: date) -> list[Days]:
    """The days with those that a range joins made one; also ranges whose ends stand bare."""
    for left, right in pairwise(days):
        if right.after == left.first and low[left.end : right.start] in (" or ", " and "):
            return [Days(right.first, left.after, left.start, right.end, left.exact)]
        lead = _LEAD.search(low[: left.start])
        middle = low[left.end : right.start]
        adjoins = middle.strip() != "and" or left.after == right.first
        if (lead or adjoins) and _MIDDLE.match(middle) and not (left.part or right.part):
            start = lead.start() if lead else left.start
            return [between(left, right, start)]
    if days and (joined := _same_month(low, days[0])):
        return [joined]
    bare = _bare_range(low, today)
    return [bare] if bare else list(days)


def _same_month(low: str, left: Days) -> Days | None:
    """ "from Aug 1st to 5th"."""
    match = _SAME_MONTH.match(low[left.end :])
    if not match or (left.after - left.first).days != 1:
        return None
    last = safe(left.first.year, left.first.month, int(match["day"]))
    if last is None or last <= left.first:
        return None
    lead = _LEAD.search(low[: left.start])
    inner = re.match(r"on ", low[left.start : left.end])
    start = lead.start() if lead and not inner else left.start
    return replace(left, after=last + timedelta(days=1), start=start, end=left.end + match.end())


def _bare_range(low: str, today: date) -> Days | None:
    for match in _BARE_ENDS.finditer(low):
        left = _whole(match["left"], today)
        right = _longest(match["right"], today)
        if left and right:
            right = replace(right, end=match.start("right") + right.end)
            return between(left, right, match.start())
    return None


def _whole(words: str, today: date) -> Days | None:
    """The days that all of some words name, where "in" or "on" may be missing before them."""
    words = words.strip()
    for lead in ("in ", "on ", ""):
        for days in find_days(lead + words, today):
            if days.start <= len(lead) and days.end == len(lead) + len(words):
                return replace(days, start=0, end=len(words))
    return None


def _longest(words: str, today: date) -> Days | None:
    """The same for as many of the words as can be."""
    parts = words.split(" ")
    for count in range(len(parts), 0, -1):
        found = _whole(" ".join(parts[:count]).rstrip(",.?! "), today)
        if found:
            return found
    return None
