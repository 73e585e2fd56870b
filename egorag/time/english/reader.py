"""All time words of an English question, each kind hidden from the finders that come after it."""

from __future__ import annotations

import re

from egorag.time.calendar.calendar_terms import Days, small_letters
from egorag.time.calendar.clock_types import Clock, Part
from egorag.time.calendar.day_ranges import listed
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.parsed_time import Habit, Reading, Side, SideName, blank
from egorag.time.english import partial_days as cut_words
from egorag.time.english import ranges as range_words
from egorag.time.english.absolute_dates import find_foreign_date
from egorag.time.english.clock import find_clock, find_part
from egorag.time.english.days import find_days
from egorag.time.english.durations import find_just, find_lapse
from egorag.time.english.event_anchors import find_anchor
from egorag.time.english.nested_days import nest
from egorag.time.english.partial_days import of_this
from egorag.time.english.recurrence import find_habit
from egorag.time.english.same_time import same_time

_AND = re.compile(r" (?:and|or|and also|as well as) (?:on )?")
# "Compared to yesterday, who is missing today?" is asked of today.
_COMPARED = re.compile(r"\b(?:compared (?:to|with)|unlike|than|as) $")
# "What did she win recently in September 2022?" is asked of September.
_VAGUE = re.compile(r"recently|lately|these days|of late|in recent days")
_PART_SIDE = re.compile(
    r"\b(since|before|after|until|till|(?<!came )(?<!come )(?<!dropped )(?<!stopped )by)(?: the)? $"
)
_PART_SIDES: dict[str, SideName] = {
    "since": "since", "after": "after", "before": "before", "until": "until", "till": "until",
    "by": "until",
}  # fmt: skip


def read_english(text: str, local: LocalTime) -> Reading:
    """What the time words of a question say."""
    low = small_letters(text)
    habit = find_habit(low)
    low = blank(low, habit.start, habit.end) if habit else low
    lapse = find_lapse(low, local)
    if lapse:
        low = blank(low, lapse.start, lapse.end)
        return Reading(lapse=lapse, habit=habit, anchor=find_anchor(text, low))
    return _read_calendar(text, low, habit, local)


def _read_calendar(text: str, low: str, habit: Habit | None, local: LocalTime) -> Reading:
    """Days, clock and part of the day, then the event among what is left."""
    days = _days(text, low, local)
    pair = None if habit else listed(low, days, _AND)
    day, side, wider = (pair[0], None, None) if pair else _day(low, days)
    habit = pair[1] if pair else habit
    day, now = same_time(low, day, local) if day else (None, None)
    clock, part = (now, None) if now else _clock(low, day, habit)
    if side is None and part and not clock:
        side = _side_of_part(low, day, part)
    for found in (day, clock, part, side, wider):
        low = blank(low, found.start, found.end) if found else low
    named = day or clock or part or habit
    lapse = None if named else find_just(low, local.asked_at)
    return Reading(day, clock, part, lapse, habit, side, find_anchor(text, low), wider)


def _days(text: str, low: str, local: LocalTime) -> list[Days]:
    days = sorted([*find_days(_as_written(text, low), local.today), *of_this(low, local.today)],
                  key=lambda found: found.start)  # fmt: skip
    return range_words.join(low, days, local.today) or find_foreign_date(text, local)


def _day(low: str, days: list[Days]) -> tuple[Days | None, Side | None, Days | None]:
    """The day that is asked of, cut as the words before it say; its side; what holds it."""
    if not days:
        return None, None, None
    definite = [d for d in days if not _VAGUE.fullmatch(low, d.start, d.end)]
    days = definite or days
    day = next((d for d in days if not _COMPARED.search(low[: d.start])), days[0])
    day, wider = nest(low, days, day)
    done = cut_words.cut(low, day)
    return done.day, done.side, wider


def _as_written(text: str, low: str) -> str:
    """The text with its capitals, hidden where the words in lower case are hidden."""
    return "".join("\0" if small == "\0" else big for big, small in zip(text, low, strict=True))


def _clock(low: str, day: Days | None, habit: Habit | None) -> tuple[Clock | None, Part | None]:
    """Clock and part of the day; the words of the day are read as "today" beside them."""
    masked = low
    if day:
        filler = "today"[: day.end - day.start].ljust(day.end - day.start)
        masked = masked[: day.start] + filler + masked[day.end :]
    clock = find_clock(masked.replace("\0", " ") if habit else masked)
    if clock:
        masked = blank(masked, clock.start, clock.end)
    return clock, find_part(masked, has_day=bool(day))


def _side_of_part(low: str, day: Days | None, part: Part) -> Side | None:
    """ "since yesterday evening", "before this morning"."""
    start = min(part.start, day.start) if day else part.start
    match = _PART_SIDE.search(low[:start])
    return Side(_PART_SIDES[match[1]], match.start(), match.end()) if match else None
