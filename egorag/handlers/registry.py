"""Handlers in the order in which they are asked. A new kind of question is one file and one line.

A line says when a handler may answer and where it is; its module is imported and entered only for
questions that it may answer. The first that answers is the last that is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any, cast

from egogpt.plugins import build_all
from egorag.evidence.confidence import of_rows
from egorag.evidence.deeds import things_asked
from egorag.generation.answers import answer_of
from egorag.generation.totals import asks_spent
from egorag.handlers.context import Context, Handler, Step
from egorag.handlers.deeds import thing_counted
from egorag.handlers.first_or_last import asks_first_or_last
from egorag.handlers.how_often import asks_how_long_in_all, asks_how_often_done
from egorag.handlers.presence import asks_of_place, asks_presence, asks_whereabouts
from egorag.handlers.small_talk import date_asked
from egorag.handlers.texts_read import asks_for_formulas, asks_what_was_read
from egorag.handlers.usual import asks_usual
from egorag.question.plan import Plan
from egorag.question.task_question import asks_for_any
from egorag.time.grammar.read import looks_ahead, no_such_day
from egorag.wording.draft import Draft
from memory.types.core import Answer
from memory.types.evidence_cards import EvidenceCards
from memory.types.explanation import ReadingSummary

_DAY = 86_400.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ByContext:
    """A handler that is a function of the context; ``place`` is "module:function"."""

    name: str
    place: str
    answers: Callable[[Context], bool]
    source: str = ""

    def answer(self, context: Context) -> Iterable[Step]:
        """See `Handler.answer`."""
        return cast("Iterable[Step]", _loaded(self.place)(context))


@dataclass(frozen=True, slots=True)
class ByRows(ByContext):
    """A handler that is a function of the view and the plan: it needs nothing but rows."""

    def answer(self, context: Context) -> Iterable[Step]:
        """See `Handler.answer`."""
        return cast("Iterable[Step]", _loaded(self.place)(context.rows, context.plan))


def _loaded(place: str) -> Callable[..., object]:
    module, _, function = place.partition(":")
    return cast("Callable[..., object]", getattr(import_module(module), function))


def _asks_for_all(context: Context) -> bool:
    plan = context.plan
    return not context.choices and (asks_how_often_done(plan) or asks_how_long_in_all(plan))


def _after_event(context: Context) -> bool:
    return context.plan.time is not None and context.plan.time.anchor is not None


def _upcoming(context: Context) -> bool:
    plan, now = context.plan, context.view.asked_at
    if plan.time is None or plan.time.anchor is not None:
        return False
    return plan.time.span.start >= now or (plan.time.span.end > now and looks_ahead(plan.text))


def _next(context: Context) -> bool:
    asked, query = context.plan.language.pattern, context.plan.query
    return any(asked("tasks", f"upcoming.{name}").match(query) for name in ("next", "ahead"))


def _holiday_unrecorded(context: Context) -> bool:
    time = context.plan.time
    if time is None or not time.holiday:
        return False
    return not (context.coverage.indexed or context.coverage.pending)


def _part_of_day(context: Context) -> bool:
    time = context.plan.time
    return time is not None and time.span.start > 0 and time.span.duration < 0.9 * _DAY


def _overview(context: Context) -> bool:
    return context.plan.kind == "summarise" and context.plan.about_anything


def _read_whole(context: Context) -> bool:
    return context.tools.long is not None and context.tools.long.suits(context.plan)


def _first_or_last_meeting(context: Context) -> bool:
    plan = context.plan
    about_somebody = plan.time is None and len(plan.names) == 1
    return plan.kind == "when" and bool(plan.order) and about_somebody


def _presence(context: Context) -> bool:
    return asks_presence(context.plan) or not context.plan.text.isascii()


def _thing(context: Context) -> bool:
    return context.plan.query.lower().startswith(("where ", "who "))


HANDLERS: tuple[Handler, ...] = (
    ByContext(
        "no_such_day", "egorag.answering.search:no_such_day",
        lambda c: bool(no_such_day(c.plan.text, c.plan.local)),
    ),
    ByContext("choice", "egorag.handlers.choice:answer", lambda c: bool(c.choices)),
    ByContext("event_time", "egorag.answering.time_settling:settled", _after_event),
    ByContext(
        "place_time", "egorag.handlers.presence:time_there", lambda c: asks_of_place(c.plan)
    ),
    ByContext(
        "small_talk", "egorag.handlers.small_talk:answer",
        lambda c: not c.choices and c.small_talk is not None,
    ),
    ByContext(
        "date", "egorag.handlers.small_talk:date_answer",
        lambda c: not c.choices and date_asked(c.plan) is not None,
    ),
    ByRows(
        "todo", "egorag.tasks.answer:todo_answer", lambda c: c.plan.kind == "todo",
        "what was to be done",
    ),
    ByRows("upcoming", "egorag.tasks.upcoming:ahead_answer", _upcoming, "what was said of it"),
    ByContext(
        "holiday", "egorag.answering.time_settling:ask_of_holiday", _holiday_unrecorded
    ),
    ByContext(
        "no_task", "egorag.tasks.answer:no_task",
        lambda c: c.plan.kind == "todo" and asks_for_any(c.plan.query),
    ),
    ByRows(
        "day_part", "egorag.answering.time_settling:widen_to_day_if_described", _part_of_day
    ),
    ByContext(
        "unrecorded", "egorag.answering.search:unrecorded", lambda c: not c.coverage.indexed
    ),
    ByContext(
        "overview", "egorag.handlers.whole_reading:answer",
        lambda c: _overview(c) and _read_whole(c),
    ),
    ByContext(
        "texts_read", "egorag.handlers.texts_read:answer",
        lambda c: asks_what_was_read(c.plan) and not c.choices,
    ),
    ByContext(
        "formulas", "egorag.handlers.texts_read:formulas",
        lambda c: asks_for_formulas(c.plan) and not c.choices, "text in view",
    ),
    ByRows("day_summary", "egorag.days.day_summary:summary_answer", _overview, "summaries"),
    ByRows(
        "last_seen", "egorag.handlers.presence:last_met", _first_or_last_meeting,
        "who was heard and seen",
    ),
    ByRows(
        "whereabouts", "egorag.handlers.presence:places_answer",
        lambda c: not c.choices and asks_whereabouts(c.plan), "the places that were recognised",
    ),
    ByRows(
        "first_or_last", "egorag.handlers.first_or_last:answer",
        lambda c: not c.choices and asks_first_or_last(c.plan), "all that was said",
    ),
    ByRows(
        "next_time", "egorag.tasks.upcoming:next_answer",
        lambda c: _next(c) and not c.choices,
        "what was said of it",
    ),
    ByRows(
        "spent", "egorag.handlers.deeds:spent_answer",
        lambda c: not c.choices and asks_spent(c.plan), "what was said",
    ),
    ByRows(
        "usual", "egorag.handlers.usual:usual_answer",
        lambda c: not c.choices and asks_usual(c.plan), "counted",
    ),
    ByContext("how_often", "egorag.handlers.how_often:answer", _asks_for_all),
    ByContext("aggregation", "egorag.handlers.counted:answer", lambda c: c.counted is not None),
    ByContext(
        "listed", "egorag.handlers.deeds:list_answer",
        lambda c: not c.choices and bool(things_asked(c.plan)), "what was said",
    ),
    ByRows(
        "how_many", "egorag.handlers.deeds:count_answer",
        lambda c: not c.choices and bool(thing_counted(c.plan)), "what was said",
    ),
    ByRows(
        "who_was_there", "egorag.handlers.presence:company_answer", _presence,
        "who was heard and seen",
    ),
    ByContext(
        "object_location", "egorag.handlers.object_location:object_answer", _thing,
        "where things were left",
    ),
    ByContext(
        "whole_reading", "egorag.handlers.whole_reading:answer",
        lambda c: _read_whole(c) and not _overview(c),
    ),
    ByContext("search", "egorag.answering.search:answer", lambda _: True),
)  # fmt: skip


def handlers() -> tuple[Handler, ...]:
    """All handlers, in the order in which they are asked: the last answers everything."""
    return (*HANDLERS[:-1], *_plugins(), HANDLERS[-1])


@cache
def _plugins() -> tuple[Handler, ...]:
    return tuple(_Guarded(handler) for handler in build_all("handlers"))


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A handler of another distribution; where it fails, the next is asked and the log says so."""

    handler: Any

    @property
    def name(self) -> str:
        return str(getattr(self.handler, "name", type(self.handler).__name__))

    @property
    def source(self) -> str:
        return str(getattr(self.handler, "source", self.name))

    def answers(self, context: Context) -> bool:
        try:
            return bool(self.handler.answers(context))
        except Exception:
            _log.warning("the handler %r failed; it is left out", self.name, exc_info=True)
            return False

    def answer(self, context: Context) -> Iterator[Step]:
        try:
            yield from self.handler.answer(context)
        except Exception:
            _log.warning("the handler %r failed; others are asked", self.name, exc_info=True)


def steps(context: Context) -> Iterator[Draft | EvidenceCards | Answer]:
    """Checked sentences as they come, then the Answer of the first handler that answers."""
    reading: ReadingSummary | None = None
    for handler in handlers():
        if not handler.answers(context):
            continue
        drafts: list[Draft] = []
        for step in handler.answer(context):
            match step:
                case Draft():
                    drafts.append(step)
                    yield step
                case EvidenceCards():
                    yield step
                case Plan():
                    context = replace(context, plan=step)
                case ReadingSummary():
                    reading = step
                case Answer():
                    yield _with_reading(step, reading)
                    return
        if drafts:
            sure = of_rows(handler.name)
            answer = answer_of(context.view, context.plan, drafts, sure, None, handler.source)
            yield _with_reading(answer, reading)
            return


def _with_reading(answer: Answer, reading: ReadingSummary | None) -> Answer:
    if reading is None:
        return answer
    return replace(answer, explanation=replace(answer.explanation, reading=reading))
