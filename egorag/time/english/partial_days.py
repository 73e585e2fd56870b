"""English words before a day that take a part of it or step beside it, and on which side to look.

"the first week of July", "late 2018", "the day before Halloween", "since the end of May"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from egorag.time.calendar.ago_rules import around_month
from egorag.time.calendar.calendar_terms import COUNTED, LEADS, NUMBERS, Days, number, weekday_index
from egorag.time.calendar.local_time import month_start
from egorag.time.calendar.parsed_time import Side, SideName

_LEAD = re.compile(rf"(?:{LEADS}|on|at|over|for)[ -]")
_SIDE = re.compile(
    r"(?<!-)\b(since|before|after|until|till|up to|prior to|as of|from(?= .*\bon(?:wards?)?\b)"
    r"|(?<!came )(?<!come )(?<!drop )(?<!dropped )(?<!stopped )(?<!passed )by)(?: the)? ?$"
)
_SIDES: dict[str, SideName] = {
    "since": "since", "after": "after", "before": "before", "prior to": "before",
    "until": "until", "till": "until", "up to": "until", "by": "until", "as of": "until",
    "from": "since",
}  # fmt: skip
_EDGE = re.compile(
    r"\b(?:in |at |from |towards? |around |on )?(?:the )?"
    r"(?:(?P<edge>early(?: part of)?|late(?:r part of)?|mid)(?: in)?"
    r"|(?P<part>middle|beginning|start|very end|end) of)[ -](?:the )?(?:month of )?$"
)
_NTH = re.compile(
    r"\b(?:(?:in|on|over|during) )?the (?:very )?(?P<nth>first|second|third|fourth|last|final"
    r"|latter|opening)(?: (?P<n>two|three|few|couple of))? (?P<unit>days?|weeks?|weekend|months?"
    r"|half|(?:mon|tues|wednes|thurs|fri|satur|sun)day) (?:of|in) (?:the )?$"
)
_COUNT = "|".join(sorted(NUMBERS, key=lambda word: -len(word)))
_BESIDE = re.compile(
    r"\b(?:on |in |during )?(?:the |(?P<n>\d{1,3}|" + _COUNT + r") )(?P<unit>day|night|evening"
    r"|morning|afternoon|week|weekend|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s? "
    r"(?P<side>before|after|following|preceding|prior to|leading up to) (?:the )?$"
)
_RUN_UP = re.compile(r"\b(?:in |during )?the (?:run|lead)-?up to (?:the )?$")
_WEEK_OF = re.compile(
    r"\b(?:(?:in|during|over) )?the (?P<unit>week|weekend|month) (?:of|starting|beginning|around)"
    r"(?: on)? (?:the )?$"
)
_OF_THIS = re.compile(
    r"\b(?:(?:in|at|over|during|since|until) )?(?P<cut>(?:the )?(?:beginning|start|middle|end|rest"
    r"|(?:first|second|last) (?:half|days?|weeks?|months?)) of )the (?P<unit>week|month|year)\b"
)
_LENGTHS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Cut:
    """Days after cutting, where all their words begin, and the side that a word before names."""

    day: Days
    side: Side | None


def of_this(low: str, today: date) -> list[Days]:
    """ "the beginning of the year": such words alone do not name the present year."""
    found = []
    for match in _OF_THIS.finditer(low):
        unit = match["unit"]
        if unit == "week":
            first = today - timedelta(days=today.weekday())
            after = first + timedelta(days=7)
        elif unit == "month":
            first, after = month_start(today), month_start(today, 1)
        else:
            first, after = date(today.year, 1, 1), date(today.year + 1, 1, 1)
        found.append(Days(first, after, match.start("unit"), match.end()))
    return found


def cut(low: str, day: Days) -> Cut:
    """Applies the words that stand right before a day, innermost first."""
    lead = _LEAD.match(low[day.start : day.end])
    inner = day.start + (lead.end() if lead else 0)
    day, start, reached = _cut_once(low, day, inner)
    side = None
    if word := _SIDE.search(low[:reached]):
        side = Side(_SIDES[word[1]], word.start(), word.end())
        start = min(start, word.start())
    return Cut(replace(day, start=min(start, day.start)), side)


def _cut_once(low: str, day: Days, inner: int) -> tuple[Days, int, int]:
    """The days, where their words begin, and where the words before them end."""
    head = low[:inner]
    length = (day.after - day.first).days
    if beside := _BESIDE.search(head):
        return _beside(beside, day), beside.start(), beside.start()
    if before := _RUN_UP.search(head):
        first = day.first - timedelta(days=14)
        near = replace(day, first=first, after=day.first, exact=False)
        return near, before.start(), before.start()
    if (nth := _NTH.search(head)) and length >= 5:
        return _nth(nth, day), nth.start(), nth.start()
    if length == 1 and (around := _WEEK_OF.search(head)):
        return _holding(around["unit"], day), around.start(), around.start()
    edge = _EDGE.search(head) or re.match(
        r"(?:[a-z]+ )?(?:the )?(?P<edge>early|late|mid)(?P<part>)[ -]", low[day.start : day.end]
    )
    if edge and length >= 5:
        start = edge.start() if edge.re is _EDGE else day.start
        return _edge(edge["edge"] or edge["part"], day), start, start
    return day, day.start, inner


def _beside(match: re.Match[str], day: Days) -> Days:
    """ "the day before Halloween" is its neighbour, "two weeks before" it lies so far back."""
    unit, sign = match["unit"], 1 if match["side"] in ("after", "following") else -1
    if match["n"]:
        return _away(sign * number(match["n"]), unit, day)
    part = unit if unit in ("evening", "morning", "afternoon", "night") else ""
    if unit == "weekend":
        saturday = day.first + timedelta(days=(5 - day.first.weekday()) % 7)
        saturday -= timedelta(days=7 if sign < 0 and saturday >= day.first else 0)
        return replace(day, first=saturday, after=saturday + timedelta(days=2))
    if unit in ("month", "year"):
        first = month_start(day.first, sign * (1 if unit == "month" else 12))
        return replace(day, first=first, after=month_start(first, 1 if unit == "month" else 12))
    step = timedelta(days=_LENGTHS.get(unit, 1))
    if unit.endswith("day") and unit != "day":
        return _weekday_beside(sign, weekday_index(unit), day)
    if sign < 0:
        return replace(day, first=day.first - step, after=day.first, part=part)
    return replace(day, first=day.after, after=day.after + step, part=part)


def _weekday_beside(sign: int, wanted: int, day: Days) -> Days:
    """ "the Monday after Easter": the nearest such day outside."""
    if sign > 0:
        first = day.after + timedelta(days=(wanted - day.after.weekday()) % 7)
    else:
        last = day.first - timedelta(days=1)
        first = last - timedelta(days=(last.weekday() - wanted) % 7)
    return replace(day, first=first, after=first + timedelta(days=1), exact=True)


def _away(count: int, unit: str, day: Days) -> Days:
    """So many days away exactly; weeks, months and years as vaguely as they are said."""
    start = day.first if count < 0 else day.after - timedelta(days=1)
    if unit in ("month", "year"):
        first, after = around_month(start, count * (1 if unit == "month" else 12), 15)
        return replace(day, first=first, after=after, exact=False)
    middle = start + timedelta(days=count * _LENGTHS.get(unit, 1))
    slack = timedelta(days=0 if unit != "week" else (1 if abs(count) == 1 else 3))
    after = middle + slack + timedelta(days=1)
    return replace(day, first=middle - slack, after=after, exact=day.exact and not slack)


def _holding(unit: str, day: Days) -> Days:
    """The week, weekend or month that holds a day."""
    if unit == "month":
        first = month_start(day.first)
        return replace(day, first=first, after=month_start(first, 1))
    monday = day.first - timedelta(days=day.first.weekday())
    if unit == "weekend":
        saturday = monday + timedelta(days=5)
        return replace(day, first=saturday, after=saturday + timedelta(days=2))
    return replace(day, first=monday, after=monday + timedelta(days=7))


def _nth(match: re.Match[str], day: Days) -> Days:
    nth, unit = COUNTED[match["nth"]], match["unit"]
    count = {"two": 2, "couple of": 2, "three": 3, "few": 3}.get(match["n"] or "", 1)
    if unit == "half":
        return _half(nth, day)
    if unit.startswith("month"):
        first = month_start(day.first, nth - 1) if nth > 0 else month_start(day.after, -count)
        return replace(day, first=first, after=month_start(first, count))
    if unit == "weekend" or (unit.endswith("day") and unit != "day"):
        return _nth_weekday(nth, 5 if unit == "weekend" else weekday_index(unit), unit, day)
    step = timedelta(days=_LENGTHS[unit.rstrip("s")] * count)
    first = day.first + step * (nth - 1) if nth > 0 else day.after - step
    if unit == "days" and count == 1:  # "the first days of May"
        step = timedelta(days=4)
        first = day.first if nth > 0 else day.after - step
    return replace(day, first=first, after=min(day.after, first + step))


def _half(nth: int, day: Days) -> Days:
    if (day.first.day, day.first.month) == (1, 1) and (day.after - day.first).days > 300:
        middle = month_start(day.first, 6)
    else:
        middle = day.first + (day.after - day.first) / 2
    return replace(day, after=middle) if nth == 1 else replace(day, first=middle)


def _nth_weekday(nth: int, weekday: int, unit: str, day: Days) -> Days:
    length = timedelta(days=2 if unit == "weekend" else 1)
    if nth > 0:
        first = day.first + timedelta(days=(weekday - day.first.weekday()) % 7 + 7 * (nth - 1))
    else:
        last = day.after - timedelta(days=1)
        first = last - timedelta(days=(last.weekday() - weekday) % 7)
    return replace(day, first=first, after=first + length)


def _edge(word: str, day: Days) -> Days:
    """A third of it; of a year, "the beginning" and "the end" are a quarter."""
    length = (day.after - day.first).days
    sharp = length > 300 and not word.startswith(("early", "late", "mid"))
    part = timedelta(days=max(2, round(length / (4 if sharp else 3))))
    if word.startswith(("early", "beginning", "start")):
        return replace(day, after=day.first + part, exact=False)
    if word.startswith(("late", "end", "very end")):
        return replace(day, first=day.after - part, exact=False)
    return replace(day, first=day.first + part, after=day.after - part, exact=False)
