"""Questions that are answered by counting: how often, how long, who the most, when first.

The plan becomes an operator and a predicate, the predicate a query over event rows (every value
bound, nothing after the moment of asking), the rows a value with the occasions that it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from egogpt.extraction.english_clauses import KIN
from egogpt.text.chinese_text import mostly_chinese
from egogpt.text.tokens import content_words
from egorag.aggregation import wording
from egorag.aggregation.operation import (
    Operation,
    Tally,
    operation_of,
    tally,
)
from egorag.aggregation.predicate import (
    CHILDREN,
    PARENTS,
    Predicate,
    predicate_of,
)
from egorag.evidence.clauses import about
from egorag.question.plan import Plan, in_windows
from egorag.wording.draft import Draft, quote
from memory.store.view import View
from memory.types.core import Answer
from memory.types.events import Event, EventFilter
from memory.types.explanation import AggregateSummary, WeighedClip

_SHOWN = 10
_WE = re.compile(r"\bwe\b", re.IGNORECASE)
_COMMON = ("我", "了", "的", "在", "是")
_READ = 50  # events that are named as evidence


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The sentences of a counted answer, the events that it rests on, and both for a machine.

    ``drafts`` is empty where no occasion is known; ``none`` says so in words.
    """

    drafts: tuple[Draft, ...]
    events: tuple[Event, ...]
    explanation: AggregateSummary
    none: str = ""


def aggregate(view: View, plan: Plan) -> Aggregate | None:
    """The counted answer, or None where the question asks for none or names nothing countable."""
    operation = operation_of(plan)
    if operation is None:
        return None
    predicate = predicate_of(plan.query)
    by_words = predicate.words and operation.op in ("count", "argmax")
    if not (predicate.activities or by_words):
        return None
    if operation.op == "distinct" and "visiting places" in predicate.activities:
        predicate = replace(predicate, activities=("visiting places",))
    if _told_in_chinese(view, plan):
        return None
    events = matching(view, plan, predicate)
    if not events:
        return _nothing(view, plan, operation, predicate)
    if operation.op == "sum" or predicate.doer:
        meant = (wording.as_meant(view, event) for event in events)
        asked = predicate.doer.lower()  # "Lisa ran, no, not Lisa, Mia" tells of no run of hers
        events = [event for event in meant if asked in ("", event.doer.lower())]
    found = tally(events, operation, predicate, plan) if events else None
    if found is None:
        return None
    first = wording.lead(found, operation, predicate, plan, _days(view, plan))
    shown = [quote(wording.occasion_unit(view, event), plan) for event in found.shown[:_SHOWN]]
    cited = tuple(cite for draft in shown for cite in draft.citations[:1])
    drafts = (Draft(first, cited[:3]), *shown, *_more(found, shown, plan))
    return Aggregate(drafts, found.events, _explained(operation, predicate, found))


def _told_in_chinese(view: View, plan: Plan) -> bool:
    """Whether Chinese is told in a fifth of the time asked about: it is not read for events."""
    span = plan.time.span if plan.time else None
    enough = 1 + view.count_clips(span) // 5
    return len(view.search_text(_COMMON, "clip", span, limit=enough)) >= enough


def with_count(answer: Answer, counted: Aggregate | None) -> Answer:
    """The answer with its value, its rows and what it read, for a machine."""
    if counted is None:
        return answer
    read = tuple(WeighedClip(event.clip_ids[0], 1.0, {}) for event in counted.events[:_READ])
    explanation = replace(answer.explanation, aggregate=counted.explanation, evidence=read)
    return replace(answer, explanation=explanation)


def _more(found: Tally, shown: Sequence[Draft], plan: Plan) -> list[Draft]:
    left = len(found.shown) - len(shown)
    text = plan.language.say("tally_rest", left)
    return [Draft(text, shown[-1].citations)] if left > 0 else []


def matching(view: View, plan: Plan, predicate: Predicate) -> list[Event]:
    """The events of a predicate in the plan's time: phrases as they stand, else their words."""
    wanted = EventFilter(
        activities=predicate.activities,
        kind=predicate.kind,
        words=predicate.words,
        people=predicate.people,
        doer=None if predicate.ours else predicate.doer,
        spans=(plan.time.span,) if plan.time else (),
    )
    events = view.events(wanted)
    if not events and any(" " in word for word in predicate.words):
        apart = content_words(" ".join(predicate.words))
        events = view.events(replace(wanted, words=tuple(apart)))
    if not predicate.activities:
        events = [event for event in events if event.object or event.kind]
    if predicate.ours:
        events = [event for event in events if not event.doer or _WE.search(event.quote)]
    if predicate.children:
        events = with_children(events)
    return [e for e in events if in_windows(plan, e.span) and _was_done(e, predicate)]


def _was_done(event: Event, predicate: Predicate) -> bool:
    """Whether any clause tells of the event more than what was meant, or is passed on of others who
    are not asked about."""
    passed_on = event.doer and not predicate.doer
    told = about([event.verb], event.quote)
    return any(not (one.undone or (passed_on and one.reported)) for one in told)


def with_children(events: Sequence[Event]) -> list[Event]:
    """Events with a child that is called one; where none is, with somebody named who may be one."""
    called = [event for event in events if set(event.people) & CHILDREN]
    if called:
        return called
    return [e for e in events if e.people and not set(e.people) & (PARENTS | KIN - CHILDREN)]


def _nothing(
    view: View, plan: Plan, operation: Operation, predicate: Predicate
) -> Aggregate | None:
    """None found: an answer only where recordings do tell of such things at all."""
    if not predicate.activities or operation.op not in ("count", "sum", "distinct"):
        return None
    ever = EventFilter(activities=predicate.activities, doer=predicate.doer)
    if not view.events(ever) or (predicate.words and mostly_chinese(plan.text)):
        return None  # the words may stand there in English, in which they were not looked for
    empty = _explained(operation, predicate, Tally(0, (), ()))
    return Aggregate((), (), empty, wording.none_found(predicate, plan))


def _days(view: View, plan: Plan) -> tuple[int, int]:
    """On how many days of the time asked about something was recorded, and how many it has."""
    asked, local = plan.time.span if plan.time else None, plan.local
    days = {local.local(span.start).date() for span in view.coverage(asked).indexed}
    if not days:
        return 0, 0
    first, last = min(days), max(days)
    if asked is not None:
        first = local.local(asked.start).date() if asked.start > 0 else first
        last = local.local(max(asked.start, min(asked.end, local.asked_at)) - 1).date()
    return len(days), max(len(days), (last - first).days + 1)


def _explained(operation: Operation, predicate: Predicate, found: Tally) -> AggregateSummary:
    return AggregateSummary(
        operation.op,
        operation.of,
        operation.unit,
        found.value,
        tuple(event.clip_ids[0] for event in found.events),
        predicate.activities,
        predicate.words,
        predicate.people,
    )
