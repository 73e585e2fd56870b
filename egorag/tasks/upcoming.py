"""What is to come: the next date of a thing, and what was said of a day that has not begun.

"What are we doing tomorrow?" names a time of which there is no recording; the answer, if any, was
said before, in words ("tomorrow", "on Friday") that meant that day when they were said. So is the
date of "When is my next dentist appointment?": the nearest coming one that was spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold, words_of
from egorag.evidence.due import Due, due_of, moved, thing_moved
from egorag.evidence.units import Unit, clip_units
from egorag.evidence.wearer import Wearer
from egorag.generation.extractive import passage_from, quotations
from egorag.language.language import LANGUAGES, Language, language_of
from egorag.question.plan import Plan
from egorag.question.task_question import asks_for_any
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.tasks.completion import names_subject_of
from egorag.tasks.tasks import find_tasks, with_done
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.time_reference import TimeReference
from egorag.time.relative_dates import is_past
from egorag.time.resolve import find_time
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import MOST, Draft, capital, inside, statement
from memory.store.view import View
from memory.types.core import Span

_DAY = 86_400.0
_SHORTEST_DAY, _LONGEST_DAY = 82_800.0, 90_000.0  # seconds: 23 and 25 hours
_BACK = 28 * _DAY  # seconds in which plans for a day are looked for
_COMING = 62  # days by whose names what lies ahead is found
_LONG = 8 * _DAY  # seconds of a time that may still be called one of the day
_BEGUN = 5400.0  # seconds after the start of a day: on that day, too, where clocks are changed
_CLIPS, _SHOWN, _DATES, _LISTED = 200, 5, 2, 8
_REPLIED = 60.0  # seconds in which replies to a question are looked for
_CLAUSES = re.compile(r"[,;.?!，。；？！]+")
_AHEAD = {"shift": ("1", "2"), "rel": ("1", "2"), "part": None, "cyclename": None}  # None: all


def ahead_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: what was said of the time that the question names, as far as it is to come.

    What was said of its week is told where nothing was said of the day itself, and so it is said.
    "On Friday", asked on a Friday, may be today: what was said of today comes first.
    """
    if plan.time is None:
        return []
    told = [pair for time in _times_meant(plan, plan.time) for pair in _told_of(view, plan, time)]
    closely = [unit for unit, close in told if close]
    latest = list(dict.fromkeys(closely or (unit for unit, _ in told)))[:_SHOWN]
    asked = all(is_question(unit.what) for unit in latest)  # the replies do not name the day
    drafts: list[Draft] = []
    for unit in latest:
        replied = Span(unit.span.start, unit.span.end + _REPLIED)
        near = view.memories("clip", replied) if asked else []
        units = [other for memory in near for other in clip_units(view, memory)]
        drafts += quotations(plan, passage_from(unit, units) if asked else [unit])
    if drafts and not closely:
        when, said = time_in_words(plan), inside(drafts[0].text)
        text = plan.language.say("said_of_its_week", when=when, said=said)
        drafts[0] = replace(drafts[0], text=text)
    return list(dict.fromkeys(drafts))


def _times_meant(plan: Plan, time: TimeReference) -> list[Span]:
    """The time that the question names, or what is left of it; after today where the same words may
    name it."""
    now = plan.local.asked_at
    today = find_time(time.text, LocalTime(now + _DAY, plan.local.zone), "past")
    left = Span(max(time.span.start, min(now, time.span.end)), time.span.end)
    if today and today.span.contains(now) and today.span.duration <= _LONGEST_DAY:
        return [today.span, left]
    return [left]


def _told_of(view: View, plan: Plan, time: Span) -> list[tuple[Unit, bool]]:
    """What was said, or told, of a time, and whether of itself or of its week; the latest first."""
    empty = LIGHT_WORDS | plan.language.words("tasks", "upcoming.plans")
    wanted = [] if asks_for_any(plan.query) else [w for w in plan.required if w not in empty]
    words = set(words_of(plan.time.text if plan.time else "")) - STOP_WORDS
    names = (words - plan.language.empty_words).union(*map(_day_names, _days_of(time, plan.local)))
    lately = Span(view.asked_at - _BACK, view.asked_at)
    spoken = _spoken(view, view.search_text(sorted(names), "clip", lately, _CLIPS))
    about = {
        unit: length
        for unit in spoken
        if names.intersection(unit.words)
        and (not wanted or matched_terms(wanted, unit.words))
        and (length := _named_length(unit, plan.local, time)) is not None
    }
    lasting = _not_moved(view, list(about), lately)
    near = [(unit, about[unit] <= max(_DAY, time.duration)) for unit in lasting]
    return sorted(near, key=lambda pair: -pair[0].span.start)


def _spoken(view: View, clips: Iterable[int]) -> list[Unit]:
    units = (unit for memory in view.by_id([*clips]) for unit in clip_units(view, memory))
    return [unit for unit in units if unit.kind in ("speech", "caption")]


def _not_moved(view: View, units: Sequence[Unit], time: Span | None = None) -> list[Unit]:
    """The units but those of whose thing it was said later, in some time, that it was moved to
    another day."""
    words = {word for unit in units for word in unit.words} - STOP_WORDS
    others = _spoken(view, view.search_text(sorted(words), "clip", time, _CLIPS)) if words else []
    moves = [(unit.span.start, thing_moved(unit.what), unit.who) for unit in [*units, *others]]

    def is_moved(unit: Unit) -> bool:
        start, what = unit.span.start, unit.what
        later = [(head, who) for at, head, who in moves if start < at]
        named = any(names_subject_of(what, head) for head, _ in later)  # or "our visit": of who
        return named or any(head in what and who in what for head, who in later if head and who)

    return [unit for unit in units if not is_moved(unit)]


def _days_of(time: Span, local: LocalTime) -> list[date]:
    """The days of a time, of a long one the first."""
    count = max(1, round(min(time.duration, _LONG) / _DAY))
    return [local.local(time.start + n * _DAY + _BEGUN).date() for n in range(count)]


@lru_cache
def _day_names(day: date) -> frozenset[str]:
    """Words that may name a day before it comes: "saturday", "28th", "eighth", "übermorgen"."""
    keys = {"weekday": (str(day.weekday()),), "month": (str(day.month),), **_AHEAD}
    ordinals = {"ordinal": (str(day.day), str(day.day % 10 or day.day))}  # "twenty eighth"
    tables = [Language(code).table("time")["words"] for code in LANGUAGES]
    phrases = {
        phrase
        for table in tables
        for kind, values in {**keys, **ordinals}.items()
        for value in (values or table.get(kind, {}))
        for phrase in table.get(kind, {}).get(value, ())
    }
    words = {fold(phrase) for phrase in phrases if phrase.isalpha() and len(phrase) > 1}
    suffixes = {f"{day.day}{suffix}" for suffix in ("", "st", "nd", "rd", "th")}
    parted = {word for code in LANGUAGES for word in _called(day, Language(code)) if word[1:]}
    return frozenset({*words, *suffixes, *parted, "later", "tonight"})


def _called(day: date, language: Language) -> Iterator[str]:
    """The words of what a day is called that are made of others: 周三, 二十九号."""
    table = language.table("tasks")["upcoming"]
    numbers = ["", *table["numbers"].split()]
    for weekday in language.table("time")["words"]["weekday"][str(day.weekday())]:
        for phrase in table["called"]:
            named = {"day": numbers[day.day], "month": numbers[day.month], "weekday": weekday}
            yield from words_of(phrase.format(**named))
    yield from table["always"].split()


def _named_length(unit: Unit, local: LocalTime, day: Span) -> float | None:
    """The length of the time in the one asked about that the words named when they were said."""
    past = language_of(unit.what).words("tasks", "upcoming.past").intersection(unit.words)
    what = moved(_untold(unit.what))
    parts = () if past else (what, *_CLAUSES.split(what))
    named = [due_of(part, unit.span.start, local) for part in parts]
    spans = [due.span for due in named if due and due.span.overlaps(day)]
    if day.duration < _DAY:  # of a night the next day is no part
        spans = [span for span in spans if span.start <= day.start or span.duration < _DAY]
    return min((s.duration for s in spans if s.duration <= max(_LONG, day.duration)), default=None)


def _untold(text: str) -> str:
    """A text; a Chinese one without its clauses that tell of what was: 早上的卖了 was no plan."""
    if language_of(text).code != "zh":
        return text
    return "，".join(part for part in _CLAUSES.split(text) if not is_past(part))


def next_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the nearest coming date of the thing, with what was said; of all that is ahead, the
    nearest dates. Empty: none is known."""
    match = plan.language.pattern("tasks", "upcoming.next").match(plan.query)
    if match is None:
        coming = _coming(view, plan, _ahead(view, plan))
        begin = _nearest([(due, unit) for due, unit in coming if _is_ahead(due, view.asked_at)])
        drafts = [_draft(plan, *pair) for pair in begin[:_LISTED]]
        if rest := [unit.citation() for _, unit in begin[_LISTED:]]:
            drafts.append(Draft(plan.language.say("more_tasks", len(rest)), tuple(rest[:MOST])))
        return drafts
    generic = plan.language.words("tasks", "upcoming.generic")
    words = [w for w in words_of(match["thing"]) if w not in STOP_WORDS]
    wanted = {stem(word) for word in words if word not in generic} or {stem(w) for w in words}
    spoken = _spoken(view, view.search_text(words, "clip", None, _CLIPS))
    units = [unit for unit in spoken if wanted <= {stem(word) for word in unit.words}]
    return [_draft(plan, *pair) for pair in _nearest(_coming(view, plan, units))[:_DATES]]


def _ahead(view: View, plan: Plan) -> list[Unit]:
    """What was said lately in words that may name one of the days to come."""
    today = plan.local.today
    names = frozenset().union(*(_day_names(today + timedelta(days=n)) for n in range(_COMING)))
    lately = Span(view.asked_at - _BACK, view.asked_at)
    spoken = _spoken(view, view.search_text(sorted(names), "clip", lately, _CLIPS))

    def names_a_day(clause: str) -> bool:
        return bool(names.intersection(words_of(clause))) and not is_past(clause)

    return [unit for unit in spoken if any(map(names_a_day, _CLAUSES.split(unit.what)))]


def _coming(view: View, plan: Plan, units: Sequence[Unit]) -> list[tuple[Due, Unit]]:
    """The units that name a time to come, with it, but for what was done or moved since."""
    local, wearer = plan.local, Wearer(view)
    tasks = find_tasks(view, view.of_clips({unit.clip_id for unit in units}), local, wearer)
    done = {task.unit.span for task in tasks if with_done(view, task, wearer).done}
    rest = [unit for unit in units if unit.span not in done]
    pairs = ((due_of(_untold(unit.what), unit.span.start, local), unit) for unit in rest)
    coming = {unit: due for due, unit in pairs if due and due.span.end > view.asked_at}
    return [(coming[unit], unit) for unit in _not_moved(view, list(coming))]


def _is_ahead(due: Due, now: float) -> bool:
    """Whether a time has not begun; hours of a day ("at eight", "tonight") until they are over."""
    return due.span.start > now or (due.span.duration < _SHORTEST_DAY and due.span.end > now)


def _nearest(coming: list[tuple[Due, Unit]]) -> list[tuple[Due, Unit]]:
    """The times in order; of each what was said of it last."""
    latest = dict(sorted(coming, key=lambda pair: pair[1].span.start))  # of those for one time
    return sorted(latest.items(), key=lambda pair: pair[0].span.start)


def _draft(plan: Plan, due: Due, unit: Unit) -> Draft:
    said = inside(statement([unit], plan))
    text = plan.language.say("next", when=due.words(plan.local, plan.language), said=said)
    return Draft(capital(text), (unit.citation(),))
