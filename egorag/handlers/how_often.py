"""Handle how often, on how many days, and how long in all something was done, by what was said.

Each line is read with the question (``egorag/answerability/occasions.py``); an occasion is a day on
which one tells that it was done. What nobody told is not counted, so the number is the least.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from egogpt.text.tokens import fold
from egorag.across.third_person import asks_of_self
from egorag.aggregation.predicate import predicate_of
from egorag.aggregation.wording import occasion_unit
from egorag.answerability.occasions import occasion_weights
from egorag.evidence.deeds import deed_asked, deeds_told, nth_time
from egorag.evidence.reading import readable
from egorag.evidence.scoring import Scored
from egorag.evidence.time_match import day_told
from egorag.evidence.units import Unit
from egorag.generation.amounts import minutes_told
from egorag.generation.answers import abstention, answer_of
from egorag.generation.totals import asks_total
from egorag.handlers.context import Context
from egorag.question.plan import Plan, in_windows
from egorag.wording.abstention import not_shown
from egorag.wording.draft import MOST, Draft, quote, statement
from memory.types.core import Answer
from memory.types.events import EventFilter

_SHOWN = 10  # occasions that are quoted
_NEAR = 3  # statements that are shown, which may tell of one more
_POSSIBLE = 0.2  # of the least probability that counts: what may tell of one more
_SUREST = 0.99
_BECAME = 1 / 3  # events for each clip, from which on they are all that is counted


def asks_how_often(plan: Plan) -> bool:
    """Whether it asks for a number of times or days: "wie oft", 几次, "how many lessons"."""
    return bool(re.search(plan.language.table("question")["how_often"], plan.query.lower()))


def asks_how_often_done(plan: Plan) -> bool:
    """The same of what was done, not of what is done as a rule, or should be."""
    past = plan.language.pattern("clauses", "past").search(plan.query.lower())
    return past is not None and asks_how_often(plan)


def asks_how_long_in_all(plan: Plan) -> bool:
    """Whether it asks for the time that was spent on all occasions: "how long ... altogether"."""
    return asks_total(plan) == "time"


def answer(context: Context) -> Iterator[Draft | Answer]:
    """Handler: on how many days it was done at least, or for how long, then what tells of each day
    and what may; else that nothing tells of it. Empty where there is nothing to read with, and
    where events are counted: most of what was told became some, or they are more than the days,
    and reading adds none."""
    plan, events = context.plan, _events(context)
    if context.counted is not None and _became_events(context):
        return
    lines, known = _lines(context), [*_known(context), *events]
    if lines is None and not known:
        return
    counted, possible = _parted(lines or ())
    counted += known
    days = _by_day(plan, counted)
    if len(events) > len(days) == len(_by_day(plan, events)):
        return
    more = [line for day, line in _by_day(plan, possible).items() if day not in days]
    of_length = asks_how_long_in_all(plan)
    more = [line for line in more if not of_length or _minutes(line)]
    near = sorted(more, key=lambda line: -line.score)[:_NEAR]
    drafts = _length(plan, days, counted) if of_length else _times(plan, days)
    if drafts:
        drafts += [_led(plan, "less_sure", one.unit) for one in near]
        best = min(_SUREST, max(one.score for one in days.values()))
        yield from drafts
        yield answer_of(context.view, plan, drafts, best, None, "what was said")
    elif asks_of_self(plan.query):
        quoted = [_led(plan, "nearest", one.unit) for one in near[:1]]
        yield abstention(plan, context.coverage, not_shown(plan), None, quoted)


def _lines(context: Context) -> list[Scored] | None:
    """The lines of the time that is asked about with how likely each tells of an occasion, in
    order of time; None where nothing reads them, and where it was seen: that is searched."""
    plan, searcher = context.plan, context.tools.searcher
    if searcher.embedder is None:
        return None
    found = searcher.gather(context.view, plan).units
    units = readable(found)
    seen = any(plan.head in one.words for one in found if one not in units)
    likely = None if seen else searcher.occasions(plan, units)
    if likely is None:
        return None
    scored = (Scored(unit, score, frozenset()) for unit, score in zip(units, likely, strict=True))
    others = _other_activities(context)
    meant = (one for one in scored if one.unit.what not in others and is_of_time(plan, one.unit))
    return sorted(meant, key=_start)


def _start(line: Scored) -> float:
    return line.unit.span.start


def is_of_time(plan: Plan, unit: Unit) -> bool:
    """Whether the day that a line tells of is asked about."""
    if plan.time is None:
        return True
    day = plan.local.hours(day_told(unit.what, unit.span, plan.local), 0, 24)
    return plan.time.span.overlaps(day) and in_windows(plan, unit.span)


def _known(context: Context) -> list[Scored]:
    """The lines that tell it by the question's own verb."""
    view, plan = context.rows, context.plan
    asked = deed_asked(view, plan)
    deeds = deeds_told(view, plan, asked) if asked else ()
    return [Scored(deed.unit, _SUREST, frozenset()) for deed in deeds]


def _events(context: Context) -> list[Scored]:
    """What tells of the events that are counted."""
    counted, view = context.counted, context.view
    units = (occasion_unit(view, event) for event in counted.events) if counted else ()
    return [Scored(unit, _SUREST, frozenset()) for unit in units]


def _other_activities(context: Context) -> set[str]:
    """What was told of other activities than a known one that is asked about."""
    known = predicate_of(context.plan.query).activities
    told = context.view.events(EventFilter(doer=None)) if known else []
    asked = {event.quote for event in told if event.activity in known}
    return {event.quote for event in told} - asked


def _became_events(context: Context) -> bool:
    """Whether most of what was recorded then became events: dated entries, as of a diary."""
    time, view = context.plan.time, context.view
    every = EventFilter(doer=None, spans=(time.span,) if time else ())
    return len(view.events(every)) > _BECAME * view.count_clips(time.span if time else None)


def _parted(lines: Sequence[Scored]) -> tuple[list[Scored], list[Scored]]:
    """The lines that count, and those that may tell of an occasion more."""
    threshold = occasion_weights().threshold
    possible = (line for line in lines if _POSSIBLE * threshold <= line.score < threshold)
    return [line for line in lines if line.score >= threshold], list(possible)


def _by_day(plan: Plan, counted: Sequence[Scored]) -> dict[date, Scored]:
    """Of each day the line that tells of it most likely."""
    days: dict[date, Scored] = {}
    for one in counted:
        day = _day(plan, one)
        days[day] = max(days.get(day, one), one, key=lambda line: line.score)
    return dict(sorted(days.items()))


def _day(plan: Plan, line: Scored) -> date:
    return day_told(line.unit.what, line.unit.span, plan.local)


def _length(plan: Plan, days: dict[date, Scored], counted: Sequence[Scored]) -> list[Draft]:
    """The least time, of each day the longest that a line tells; the days of which none tells
    how long; and a line of each."""
    timed: dict[date, Scored] = {}
    for line in counted:
        day = _day(plan, line)
        if minutes_told(line.unit.what) > _minutes(timed.get(day)):
            timed[day] = line
    if not days:
        return []
    language, said = plan.language, [line.unit for line in {**days, **timed}.values()]
    untimed = [language.day(day, plan.local.today) for day in days if day not in timed]
    texts = [_least(plan, timed.values())] if timed else []
    texts += [language.say("length_unsaid", days=language.listed(untimed))] if untimed else []
    cited = tuple(unit.citation() for unit in said[:MOST])
    return [*(Draft(text, cited) for text in texts), *(quote(one, plan) for one in said[:_SHOWN])]


def _least(plan: Plan, timed: Collection[Scored]) -> str:
    """The sum of what lines tell of, in minutes where the question asks for these."""
    language, minutes = plan.language, sum(map(_minutes, timed))
    units, asked = language.table("question")["totals"]["units"], fold(plan.query)
    in_minutes = any(word in asked for word in units["minute"])
    length = language.amount(minutes, "minute") if in_minutes else language.length(60 * minutes)
    return language.say("at_least_long", len(timed), length=length)


def _minutes(line: Scored | None) -> float:
    return minutes_told(line.unit.what) if line else 0.0


def _times(plan: Plan, days: dict[date, Scored]) -> list[Draft]:
    """The least number of times, and a line of each day; "for the third time this week" is three
    times."""
    asked, times = plan.time.span if plan.time else None, 0
    for one in days.values():
        times = max(times + 1, nth_time(one.unit.what, asked))
    if not times:
        return []
    language, units = plan.language, [one.unit for one in days.values()]
    named = language.listed([language.day(day, plan.local.today) for day in days])
    text = language.say("at_least_on", times, days=named)
    lead = Draft(text, tuple(unit.citation() for unit in units[:MOST]))
    return [lead, *(quote(unit, plan) for unit in units[:_SHOWN])]


def _led(plan: Plan, lead: str, unit: Unit) -> Draft:
    """What a unit holds, behind some words: "Perhaps also:"."""
    return Draft(plan.language.say(lead, said=statement([unit], plan)), (unit.citation(),))
