"""The tasks found in what was said: each with who said it, when it is due, and whether it was done.

Where the wearer's voice is known (``egorag.evidence.wearer``), others' "I'll …" is theirs, and
"could you …" is the wearer's only from others. Where it is not, anybody's words count. "On Friday"
in a question is the last one, in a promise it is the next.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from egogpt.text.caption_terms import FACE
from egogpt.text.chinese_text import is_chinese
from egogpt.text.stemmer import stem
from egogpt.text.tokens import words_of
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.evidence.wearer import Wearer
from egorag.language.language import Language
from egorag.tasks.commitments import (
    Commitment,
    commitments,
    may_commit,
    object_phrase,
    object_words,
    other_verbs,
    tells_done,
)
from egorag.time.calendar.format_interval import interval_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.store.view import View
from memory.types.core import Memory, Span

_ENGLISH, _CHINESE = Language("en"), Language("zh")
_DAY = 86_400.0
_AHEAD = 400  # days: no task is planned further ahead
_LONGEST = 40  # days: "this year" says nothing of when
_SEARCHED = 40  # clips that speak most of a task, in which its being done is looked for
_BESIDE = 45.0  # seconds in which who is spoken to is heard, too
_SAME = 0.6  # shared part of the words from which on two tasks are one


@dataclass(frozen=True, slots=True)
class Due:
    """The time (absolute, seconds UTC) in which something is to be done."""

    span: Span

    def words(self, local: LocalTime, language: Language) -> str:
        """ "Friday 6 March", "today", "tomorrow at 17:00"."""
        first, last = local.local(self.span.start), local.local(self.span.end - 1)
        if first.date() != last.date() and self.span.duration > _DAY:
            return language.render(interval_in_words(self.span, local))
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((first.date() - local.today).days)
        day = language.say(near) if near else language.day(first.date(), local.today)
        if self.span.duration > 3 * 3600:
            return day
        middle = local.local((self.span.start + self.span.end) / 2)
        return language.say("day_at", day=day, clock=f"{middle:%H:%M}")


def due_of(sentence: str, said_at: float, local: LocalTime) -> Due | None:
    """When what a sentence of ``said_at`` (seconds UTC) speaks of is due, if it names a time."""
    if _language(sentence).pattern("tasks", "due.past").search(sentence):
        return None
    said = LocalTime(said_at, local.zone)
    named = find_time(in_the_time(sentence), said, "future")
    if named is None or named.recurring or not named.text or named.span.start <= 0:
        return None
    span = named.span
    passed = span.end <= said_at or span.start - said_at > _AHEAD * _DAY
    return None if passed or span.duration > _LONGEST * _DAY else Due(span)


def in_the_time(text: str) -> str:
    """The text with "on Friday" for "by Friday": both are due in the time that is named."""
    for until, within in _language(text).table("tasks")["due"]["by"]:
        text = re.sub(until, within, text)
    return text


def _language(text: str) -> Language:
    return _CHINESE if is_chinese(text) else _ENGLISH


@dataclass(frozen=True, slots=True)
class Task:
    """A commitment, where it was said (``unit`` holds the sentence alone), and among whom.

    ``mine`` tells whether the wearer said it, None where that is not known; ``done`` is what tells
    that it was done later.
    """

    commitment: Commitment
    unit: Unit
    mine: bool | None
    company: frozenset[str]
    due: Due | None = None
    done: Unit | None = None

    @property
    def words(self) -> frozenset[str]:
        """The stems of the sentence and of its speaker."""
        said = f"{self.unit.speaker} {self.unit.what}"
        return frozenset(stem(word) for word in words_of(said))


def find_tasks(
    view: View,
    memories: Iterable[Memory],
    local: LocalTime,
    wearer: Wearer,
    *,
    ours: bool = False,
    due: bool = False,
) -> list[Task]:
    """The tasks of the wearer that the clips speak of, each once, as it was said last.

    ``ours``: what others say that "we" have to do counts, too; ``due``: what is said to be due,
    whoever is to do it.
    """
    found = [
        task
        for memory in memories
        if may_commit(memory.text) and any(commitments(part) for part in _parts(memory.text))
        for task in _of_clip(view, memory, wearer, local)
    ]
    return _each_once(
        [
            one
            for one in found
            if (due if one.commitment.by == "due" else _counts(one, wearer.known, ours))
        ]
    )


def _of_clip(view: View, memory: Memory, wearer: Wearer, local: LocalTime) -> Iterator[Task]:
    units = clip_units(view, memory)
    present = _company(view, memory, units)
    for unit in units:
        if unit.kind not in ("speech", "caption"):
            continue
        for commitment in commitments(unit.what):
            due = due_of(commitment.sentence, unit.span.start, local)
            alone = replace(unit, what=commitment.sentence)
            yield Task(commitment, alone, wearer.speaks(unit), present, due)


def _company(view: View, memory: Memory, units: Iterable[Unit]) -> frozenset[str]:
    """Who was heard in the clip and beside it, or seen in it, by name in lower case."""
    around = Span(memory.span.start - _BESIDE, memory.span.end + _BESIDE)
    heard = {
        utterance.speaker
        for near in view.memories("clip", around)
        for utterance in view.utterances(near.clip_id)
    }
    seen = {unit.what for unit in units if unit.kind == "face" and unit.what != FACE}
    return frozenset(name.lower() for name in heard | seen if name)


def _counts(task: Task, known: bool, ours: bool) -> bool:
    """Whether it is the wearer who took it on, or was asked; anybody where that is not known."""
    if task.mine is None or not known:
        return True
    if task.commitment.by == "asked":
        return not task.mine
    return task.mine or (ours and bool({"we", "we'll"} & set(task.unit.what.lower().split())))


def _each_once(tasks: list[Task]) -> list[Task]:
    """Tasks that say the same are one: as it was said last, or in full, with the last time that was
    named for it."""
    kept: list[Task] = []
    for task in sorted(tasks, key=lambda one: -one.unit.span.start):
        at = next((n for n, other in enumerate(kept) if _restates(task, other)), None)
        if at is None:
            kept.append(task)
            continue
        due = kept[at].due or (task.due if len(deed_of(task.commitment)) > 1 else None)
        fuller = deed_of(task.commitment) > deed_of(kept[at].commitment)
        kept[at] = replace(task if fuller else kept[at], due=due)
    return kept


def _restates(one: Task, other: Task) -> bool:
    """Whether two tasks are the same, the one perhaps in fewer words: "fix the tap for Nora"."""
    deeds = deed_of(one.commitment), deed_of(other.commitment)
    if same_deed(*deeds):
        return True
    if is_chinese(one.commitment.task):
        return one.commitment.verb == other.commitment.verb and _part_of(*deeds)
    verbs = {one.commitment.verb, *other_verbs(one.commitment.verb)}
    if other.commitment.verb not in verbs:
        return False
    mine, theirs = object_phrase(one.commitment), object_phrase(other.commitment)
    alike = all(_part_of(set(a), set(b)) for a, b in zip(mine, theirs, strict=True))
    return bool(mine[0] and theirs[0]) and alike


def _part_of(one: Collection[str], other: Collection[str]) -> bool:
    return set(one) <= set(other) or set(other) <= set(one)


def same_deed(one: set[str], other: set[str]) -> bool:
    """Whether two commitments, as the words of their deeds, mean the same."""
    return len(one & other) >= _SAME * len(one | other)


def deed_of(commitment: Commitment) -> set[str]:
    """What is to be done: the stems of the verb and of what it is done to."""
    if is_chinese(commitment.task):
        return set(commitment.task)
    words = object_words(commitment.task, commitment.verb)
    return {stem(commitment.verb), *(stem(word) for word in words)}


def with_done(view: View, task: Task, wearer: Wearer, memories: Iterable[Memory] = ()) -> Task:
    """The task with the first thing said or told after it that tells of its being done, if any.

    ``memories``, in order of time, are looked through for a Chinese task: full text has no words
    of Chinese.
    """
    later = Span(task.unit.span.end, view.asked_at)
    words = object_words(task.commitment.task, task.commitment.verb)
    if not words or later.duration <= 0:
        return task
    if is_chinese(task.commitment.task):
        near = [m for m in memories if m.span.end > later.start and words[0][-1] in m.text]
    else:
        near = view.by_id(view.search_text(list(words), "clip", later, _SEARCHED))
    for memory in near:
        if not any(tells_done(task.commitment, part, told=True) for part in _parts(memory.text)):
            continue
        for unit in clip_units(view, memory):
            if _tells(task, unit, wearer):
                return replace(task, done=unit)
    return task


def _parts(text: str) -> list[str]:
    """The sentences of a clip's text, without the marks of quotation that hold them."""
    return [
        piece for part in sentences(text) for piece in part.replace("”", '"').split('"') if piece
    ]


def _tells(task: Task, unit: Unit, wearer: Wearer) -> bool:
    """Whether a unit after the task says that whoever has to do it did it."""
    if unit.kind not in ("speech", "caption") or unit.span.start <= task.unit.span.start:
        return False
    said, named = wearer.speaks(unit), bool(unit.speaker and task.unit.speaker)
    if wearer.known and said is False:
        return False
    if not wearer.known and named:
        own = task.commitment.by == "own"
        if own != (unit.speaker == task.unit.speaker):
            return False
    told = unit.kind == "caption"
    return any(tells_done(task.commitment, part, told=told) for part in sentences(unit.what))
