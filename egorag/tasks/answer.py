"""What is still to be done: what the wearer took on or was asked for, less what was done since.

"What do I still have to do?", "What did I promise Anna?", "What was I going to buy?". Read off
sentences by rules (``commitments.py``): the answer says so, and who said each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from egogpt.text.tokens import words_of
from egorag.evidence.due import due_of, in_the_time
from egorag.evidence.wearer import Wearer
from egorag.generation.answers import abstention
from egorag.handlers.context import Context
from egorag.question.plan import Plan
from egorag.question.task_question import ALL, Wanted, read_todo
from egorag.tasks.completion import deed_of, speaks_of
from egorag.tasks.tasks import ADDRESSED, Task, find_tasks, with_done
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.abstention import time_in_words
from egorag.wording.draft import MOST, Draft, capital, inside, moment, quotation, statement
from memory.store.view import View
from memory.types.core import Answer, Memory, Span

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
    plan, wearer = _to_the_end(plan), Wearer(view)
    tasks = find_tasks(view, _read(view, plan, wanted), plan.local, wearer, wanted)
    meant = [task for task in tasks if _fits(task, wanted) and _in_time(task, plan, wanted)]
    return _drafts(_known(view, wearer, meant, wanted), plan, wanted)


def no_task(context: Context) -> Iterator[Answer]:
    """Handler: that no task was found, and what was searched."""
    plan = context.plan
    say, days = plan.language.say, round(_lately(context.view).duration / _DAY)
    text = say("no_task_then", when=time_in_words(plan)) if plan.time else say("no_task", days)
    yield abstention(plan, context.coverage, text, None)


def open_tasks(view: View, local: LocalTime) -> list[Task]:
    """What is known to be unfinished at ``view.asked_at``: nearest due first, then the newest."""
    wearer = Wearer(view)
    found = find_tasks(view, view.memories("clip", _lately(view)), local, wearer)
    return _known(view, wearer, found, ALL)[:_CHECKED]


def tasks_said(view: View, span: Span, local: LocalTime) -> list[Task]:
    """What was taken on or asked for in ``span``, in order of time, with what was done of it."""
    wearer = Wearer(view)
    found = find_tasks(view, view.memories("clip", span), local, wearer)
    said = sorted(found, key=lambda task: task.unit.span.start)
    return [with_done(view, task, wearer) for task in said[:_CHECKED]]


def _known(view: View, wearer: Wearer, tasks: Iterable[Task], wanted: Wanted) -> list[Task]:
    """The tasks in order, with what was done of the first; the open ones, or all once taken on."""
    now = view.asked_at
    meant = [task for task in tasks if wanted.past or is_open(task, now)]
    if wanted.overdue:
        meant = [task for task in meant if task.due and task.due.span.end <= now]
    meant.sort(key=lambda task: _order(task, now, wanted))
    known = [with_done(view, task, wearer, wanted.theirs) for task in meant[:_CHECKED]]
    return [task for task in known + meant[_CHECKED:] if wanted.past or task.done is None]


def is_open(task: Task, asked_at: float) -> bool:
    """Whether a task still counts by its age: what is said lightly is done or dropped soon."""
    begun, longest, light = task.unit.span.start, _BACK, _LIGHT
    if task.due is not None:
        begun, longest, light = task.due.span.end, _LATE, _LATE_LIGHT
    return asked_at < begun + (longest if task.commitment.lasting else light)


def _is_deadline(plan: Plan) -> bool:
    """Whether what is to be done "by" a time is asked for."""
    return plan.time is not None and in_the_time(plan.time.text) != plan.time.text


def _to_the_end(plan: Plan) -> Plan:
    """Of what is to be done "by tonight", what is due in the night is meant, too."""
    time, now = plan.time, plan.local.asked_at
    due = due_of(time.text, now, plan.local) if time and _is_deadline(plan) else None
    if time is None or due is None:
        return plan
    start = min(time.span.start, plan.local.day_of(Span(now, now)).start)
    return replace(plan, time=replace(time, span=Span(start, due.span.end)))


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
    said, speaker = task.commitment, words_of(task.unit.speaker)
    if (wanted.due and task.due is None) or (wanted.asked and said.by != "asked"):
        return False
    if wanted.own and said.by != "own" and "promised" not in said.sentence.lower():
        return False
    if not set(words_of(f"{wanted.of} {wanted.theirs}")) <= set(speaker):
        return False
    beside = {*_spoken_to(task), *speaker}
    about = all(word in beside or speaks_of(said, word) for word in wanted.about)
    # A task may begin "go and buy", "quickly buy".
    verbs = deed_of(said).verbs if said.by == "due" else (said.verb, *words_of(said.task)[:3])
    return about and (not wanted.verb or wanted.verb in verbs)


def _spoken_to(task: Task) -> set[str]:
    """The names of those to whom it may have been said: who else speaks there, if it says "you" or
    nobody else does."""
    others = task.company - {task.unit.speaker.lower()}
    meant = others if len(others) < 2 or ADDRESSED.search(task.unit.what) else ()
    return {part for name in meant for part in name.split()}


def _in_time(task: Task, plan: Plan, wanted: Wanted) -> bool:
    """Whether it is due in the time that is named, or overdue where that is not over yet; without a
    time of its own, whether it was said in it and has to be done."""
    if plan.time is None:
        return True
    span, now = plan.time.span, plan.local.asked_at
    said = span.contains(task.unit.span.start)
    if task.due is None:
        return said and (wanted.past or task.commitment.lasting) and not _is_deadline(plan)
    due = task.due.span
    first = due.start if due.duration < _DAY / 2 else (due.start + due.end) / 2  # a day: its noon
    inside = span.contains(first) or (due.duration > 1.5 * _DAY and due.overlaps(span))
    late = due.end <= now and span.start <= now < span.end
    return inside or (said if wanted.past else late)


def _order(task: Task, asked_at: float, wanted: Wanted) -> tuple[int, float]:
    """Nearest due first, then without a time the newest, then what is overdue; forgotten: that."""
    if task.due is None:
        return 1, -task.unit.span.start
    end, late = task.due.span.end, task.due.span.end <= asked_at
    return (0 if late == wanted.forgotten else 2 if late else 1), -end if late else end


def _drafts(tasks: list[Task], plan: Plan, wanted: Wanted) -> list[Draft]:
    if not tasks:
        return []
    drafts = [_draft(task, plan) for task in tasks[:_SHOWN]]
    # What the list is, and how sure: rules read it off sentences.
    lead = "taken_on" if wanted.past else "still_open"
    if not wanted.theirs and any(task.commitment.by == "own" and not task.mine for task in tasks):
        lead += "_whoever"
    if plan.time and not wanted.past and all(_is_late(task, plan) for task in tasks):
        lead = "only_overdue"
    drafts[0] = replace(drafts[0], text=plan.language.say(lead, said=drafts[0].text))
    if rest := tasks[_SHOWN:]:
        cited = tuple(task.unit.citation() for task in rest[:MOST])
        drafts.append(Draft(plan.language.say("more_tasks", len(rest)), cited))
    return drafts


def _is_late(task: Task, plan: Plan) -> bool:
    return bool(task.due and task.due.span.end <= plan.local.asked_at and not task.done)


def _draft(task: Task, plan: Plan) -> Draft:
    """ "Due Friday 6 March: on Tuesday 3 March at 10:31 Anna said: “…”"."""
    language = plan.language
    unit = replace(task.unit, speaker="me") if task.mine else task.unit
    text = statement([unit], plan, dated=task.due is None)
    if task.due is not None:
        late = _is_late(task, plan)
        when = (task.due.last_day if late else task.due).words(plan.local, language)
        text = capital(language.say("was_due" if late else "due", when=when, said=inside(text)))
    cited = [task.unit.citation()]
    if task.reply_to is not None:
        text = f"{text} {language.say('earlier', said=statement([task.reply_to], plan))}"
        cited.append(task.reply_to.citation())
    if task.done is None:
        return Draft(text, tuple(cited))
    since = inside(moment(task.done.span.start, plan))
    text = language.say("done", said=text, when=since, quote=quotation([task.done], plan))
    return Draft(text, (*cited, task.done.citation()))
