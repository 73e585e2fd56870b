"""What is still to be done: what the wearer took on or was asked for, less what was done since.

"What do I still have to do?", "What did I promise Anna?", "What was I going to buy?". Read off
sentences by rules (``commitments.py``): the answer says so, and who said each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from egogpt.text.stemmer import stem
from egogpt.text.tokens import words_of
from egorag.evidence.wearer import Wearer
from egorag.generation.answers import abstention
from egorag.handlers.context import Context
from egorag.question.plan import Plan
from egorag.question.task_question import Wanted, read_todo
from egorag.tasks.tasks import Task, due_of, find_tasks, in_the_time, with_done
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import MOST, Draft, capital, inside, moment, quotation, statement
from memory.store.view import View
from memory.types.core import Answer, Memory, Span

_YOU = re.compile(r"\byour?\b|你", re.IGNORECASE)
_DAY = 86_400.0
_BACK = 28 * _DAY  # seconds in which tasks are looked for where no time is named
_LIGHT = 7 * _DAY  # after which "I'll send it" is no open task
_LATE, _LATE_LIGHT = 14 * _DAY, 3 * _DAY  # for which what was due still stands open
_CLIPS = 20_000  # read at most: a month of six hours a day, and more
_NAMED = 300  # clips of any time that name what the question names
_SHOWN = 6
_CHECKED = 60  # tasks for which it is looked up whether they were done


def todo_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: the tasks that are asked for, nearest due or newest first; empty: none is known."""
    wanted = read_todo(plan.query)
    if wanted is None:
        return []
    plan = _to_the_end(plan)
    ours = " we " in f" {plan.query.lower()} "
    memories = _read(view, plan, wanted)
    wearer = Wearer(view)
    tasks = find_tasks(view, memories, plan.local, wearer, ours=ours, due=wanted.due)
    meant = [task for task in tasks if _fits(task, wanted) and _in_time(task, plan, wanted)]
    if not wanted.past:
        meant = [task for task in meant if is_open(task, view.asked_at)]
    ordered = sorted(meant, key=lambda task: _order(task, view.asked_at, wanted))
    known = [with_done(view, task, wearer, memories) for task in ordered[:_CHECKED]] + ordered[
        _CHECKED:
    ]
    listed = known if wanted.past else [task for task in known if task.done is None]
    return _drafts(listed, plan, wanted)


def _to_the_end(plan: Plan) -> Plan:
    """Of what is to be done "by tonight", what is due in the night is meant, too."""
    time = plan.time
    if time is None or in_the_time(time.text) == time.text:
        return plan
    due = due_of(time.text, plan.local.asked_at, plan.local)
    if due is None:
        return plan
    today = plan.local.day_of(Span(plan.local.asked_at, plan.local.asked_at))
    span = Span(min(time.span.start, today.start), due.span.end)
    return replace(plan, time=replace(time, span=span))


def no_task(context: Context) -> Iterator[Answer]:
    """Handler: that no task was found, and what was searched."""
    text = _nothing_open(context.view, context.plan)
    yield abstention(context.plan, context.coverage, text, None)


def _nothing_open(view: View, plan: Plan) -> str:
    if plan.time is not None:
        return plan.language.say("no_task_then", when=time_in_words(plan))
    return plan.language.say("no_task", round(_lately(view).duration / _DAY))


def open_tasks(view: View, local: LocalTime) -> list[Task]:
    """What is known to be unfinished at ``view.asked_at``: nearest due first, then the newest."""
    memories, wearer = view.memories("clip", _lately(view)), Wearer(view)
    found = find_tasks(view, memories, local, wearer)
    now = view.asked_at
    ordered = sorted(
        (task for task in found if is_open(task, now)),
        key=lambda task: _order(task, now, Wanted()),
    )
    known = (with_done(view, task, wearer, memories) for task in ordered[:_CHECKED])
    return [task for task in known if task.done is None]


def tasks_said(view: View, span: Span, local: LocalTime) -> list[Task]:
    """What was taken on or asked for in ``span``, in order of time, with what was done of it."""
    memories, wearer = view.memories("clip", span), Wearer(view)
    found = find_tasks(view, memories, local, wearer)
    said = sorted(found, key=lambda task: task.unit.span.start)
    return [with_done(view, task, wearer, memories) for task in said[:_CHECKED]]


def is_open(task: Task, asked_at: float) -> bool:
    """Whether a task still counts by its age: what is said lightly is done or dropped soon."""
    lasting = task.commitment.lasting
    if task.due is not None:
        return asked_at < task.due.span.end + (_LATE if lasting else _LATE_LIGHT)
    return asked_at < task.unit.span.start + (_BACK if lasting else _LIGHT)


def _lately(view: View) -> Span:
    """The last four weeks; less, where more was recorded than can be read."""
    back = _BACK
    while back > _DAY and view.count_clips(Span(view.asked_at - back, view.asked_at)) > _CLIPS:
        back /= 2
    return Span(view.asked_at - back, view.asked_at)


def _read(view: View, plan: Plan, wanted: Wanted) -> list[Memory]:
    """The clips in which tasks are looked for: the last weeks, the time named, what names it."""
    memories = {memory.id: memory for memory in view.memories("clip", _lately(view))}
    time = plan.time.span if plan.time else None
    if time and time.start < view.asked_at - _BACK and view.count_clips(time) <= _CLIPS:
        memories |= {memory.id: memory for memory in view.memories("clip", time)}
    if wanted.about and time is None:
        hits = view.search_text(list(wanted.about), "clip", None, _NAMED)
        memories |= {memory.id: memory for memory in view.by_id(hits)}
    return sorted(memories.values(), key=lambda memory: memory.span.start)


def _fits(task: Task, wanted: Wanted) -> bool:
    """Whether a task has the verb and speaks of (or was said to) whom the question names."""
    words, said = task.words, task.unit.what.lower()
    if (wanted.due and task.due is None) or (wanted.asked and task.commitment.by != "asked"):
        return False
    if wanted.own and task.commitment.by != "own" and "promised" not in said:
        return False
    if wanted.of and wanted.of not in task.unit.speaker.lower().split():
        return False
    if wanted.verb and not _has_verb(task, wanted.verb):
        return False
    beside = _spoken_to(task)
    return all(
        stem(word) in words or word in beside or (not word.isascii() and word in said)
        for word in wanted.about
    )


def _has_verb(task: Task, verb: str) -> bool:
    """Whether the task begins with the deed: "buy", "go and buy", "quickly buy"."""
    begins = words_of(task.commitment.task)[:3]
    return stem(verb) in map(stem, begins) or (not verb.isascii() and verb in task.commitment.task)


def _spoken_to(task: Task) -> set[str]:
    """The names of those to whom it may have been said: who else speaks there, if it says "you" or
    nobody else does."""
    others = {name for name in task.company if name != task.unit.speaker.lower()}
    if len(others) > 1 and not _YOU.search(task.unit.what):
        return set()
    return {part for name in others for part in name.split()}


def _in_time(task: Task, plan: Plan, wanted: Wanted) -> bool:
    """Whether it is due in the time that is named; where no time was set for it, said in it.

    What should have been done by then and is not told to be is due, too.
    """
    if plan.time is None:
        return True
    span = plan.time.span
    said = span.contains(task.unit.span.start)
    if task.due is None:
        return said
    due = task.due.span
    first = due.start if due.duration < _DAY / 2 else (due.start + due.end) / 2  # a day: its noon
    inside = span.contains(first) or (due.duration > 1.5 * _DAY and due.overlaps(span))
    late = not wanted.past and due.end <= span.start <= plan.local.asked_at
    return inside or late or (wanted.past and said)


def _order(task: Task, asked_at: float, wanted: Wanted) -> tuple[int, float]:
    """Nearest due first, then without a time the newest, then what is overdue; forgotten: that."""
    if task.due is None:
        return 1, -task.unit.span.start
    if task.due.span.end <= asked_at:
        return (0 if wanted.forgotten else 2), -task.due.span.end
    return (1 if wanted.forgotten else 0), task.due.span.end


def _drafts(tasks: list[Task], plan: Plan, wanted: Wanted) -> list[Draft]:
    if not tasks:
        return []
    drafts = [_draft(task, plan) for task in tasks[:_SHOWN]]
    # What the list is, and how sure: rules read it off sentences.
    whoever = any(task.commitment.by == "own" and not task.mine for task in tasks)
    lead = ("taken_on" if wanted.past else "still_open") + ("_whoever" if whoever else "")
    drafts[0] = replace(drafts[0], text=plan.language.say(lead, said=drafts[0].text))
    if rest := tasks[_SHOWN:]:
        cited = tuple(task.unit.citation() for task in rest[:MOST])
        drafts.append(Draft(plan.language.say("more_tasks", len(rest)), cited))
    return drafts


def _draft(task: Task, plan: Plan) -> Draft:
    """ "Due Friday 6 March: on Tuesday 3 March at 10:31 Anna said: “…”"."""
    local, language = plan.local, plan.language
    unit = replace(task.unit, speaker="me") if task.mine else task.unit
    text = statement([unit], plan)
    if task.due is not None:
        late = task.due.span.end <= local.asked_at and task.done is None
        due = task.due.words(local, language)
        text = capital(language.say("was_due" if late else "due", when=due, said=inside(text)))
    if task.done is None:
        return Draft(text, (task.unit.citation(),))
    since = inside(moment(task.done.span.start, plan))
    quote = quotation([task.done], plan)
    text = language.say("done", said=text, when=since, quote=quote)
    return Draft(text, (task.unit.citation(), task.done.citation()))
