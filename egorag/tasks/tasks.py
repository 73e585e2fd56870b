"""The tasks found in what was said: each with who said it, when it is due, and whether it was done.

Where the wearer's voice is known (``egorag.evidence.wearer``), others' "I'll …" is theirs, and
"could you …" is the wearer's only from others. Where it is not, anybody's words count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from egogpt.text.caption_terms import FACE
from egogpt.text.tokens import fold
from egorag.evidence.due import Due, due_of
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.evidence.wearer import Wearer
from egorag.question.task_question import ALL, Wanted, asks_for_ours
from egorag.tasks.commitments import Commitment, commitments
from egorag.tasks.completion import are_one, deed_of, hangs_on_before, search_terms, tells_done
from egorag.time.calendar.local_time import LocalTime
from memory.store.view import View
from memory.types.core import Memory, Span

ADDRESSED = re.compile(r"\byour?\b|\bd(?:u|ir|ich|ein)\b|[你您]", re.IGNORECASE)
_TOLD = ("speech", "caption")  # kinds of units that tell in words
_SEARCHED = 40  # clips that speak most of a task, in which its being done is looked for
_REPLIED = 60.0  # seconds in which what was said is answered
_BEFORE = 120.0  # seconds before a reply in which it was said what "it" means
_CONTEXT = 3  # sentences in which what "it" means is looked for
_BESIDE = 45.0  # seconds in which who is spoken to is heard, too


@dataclass(frozen=True, slots=True)
class Task:
    """A commitment, where it was said (``unit`` holds the sentence alone), and among whom.

    ``mine`` tells whether the wearer said it, None where that is not known; ``done`` is what tells
    that it was done later; ``reply_to`` what somebody else had said, of "I'll do it tomorrow".
    """

    commitment: Commitment
    unit: Unit
    mine: bool | None
    company: frozenset[str]
    due: Due | None = None
    done: Unit | None = None
    reply_to: Unit | None = None


def find_tasks(
    view: View, memories: Iterable[Memory], local: LocalTime, wearer: Wearer, wanted: Wanted = ALL
) -> list[Task]:
    """The tasks of the wearer that the clips speak of, each once, as it was said last; with what
    others say that "we" have to do, or is due, where that is wanted."""
    telling = (m for m in memories if any(map(commitments, _unquoted(m.text))))
    # All of them, before whose voice is the wearer's is asked.
    found = [task for memory in telling for task in _of_clip(view, memory, wearer, local)]
    return _each_once(task for task in found if _counts(task, wearer.known, wanted))


def _of_clip(view: View, memory: Memory, wearer: Wearer, local: LocalTime) -> Iterator[Task]:
    units = clip_units(view, memory)
    present = _company(view, memory, units)
    for unit in units:
        for commitment in commitments(unit.what) if unit.kind in _TOLD else ():
            due = due_of(commitment.sentence, unit.span.start, local)
            alone = replace(unit, what=commitment.sentence)
            before = _replied_to(view, unit) if hangs_on_before(commitment) else None
            if before is not None:
                commitment = _taken_on(commitment, before.what)
            yield Task(commitment, alone, wearer.speaks(unit), present, due, reply_to=before)


def _taken_on(reply: Commitment, before: str) -> Commitment:
    """What a reply takes on: what was asked for before it, or what that names."""
    asked = commitments(before)
    if not asked:
        return replace(reply, before=before)
    return replace(asked[-1], sentence=reply.sentence, by=reply.by)


def _replied_to(view: View, unit: Unit) -> Unit | None:
    """What somebody else said just before a unit, if anything."""
    near = view.memories("clip", Span(unit.span.start - _BEFORE, unit.span.start))
    units = (other for memory in near for other in clip_units(view, memory))
    spoken = [u for u in units if u.kind == "speech" and u.span.start < unit.span.start]
    last = max(spoken, key=lambda other: other.span.start, default=None)
    return last if last and last.speaker != unit.speaker else None


def _company(view: View, memory: Memory, units: Iterable[Unit]) -> frozenset[str]:
    """Who was heard in the clip and beside it, or seen in it, by name in lower case."""
    around = Span(memory.span.start - _BESIDE, memory.span.end + _BESIDE)
    beside = view.memories("clip", around)
    heard = {one.speaker for clip in beside for one in view.utterances(clip.clip_id)}
    seen = {unit.what for unit in units if unit.kind == "face" and unit.what != FACE}
    return frozenset(name.lower() for name in heard | seen if name)


def _counts(task: Task, known: bool, wanted: Wanted) -> bool:
    """Whether it is the wearer who took it on, or was asked, if only by a note ("don't forget …")
    that nobody else heard; anybody where that is not known. Of the promises of others, theirs."""
    if wanted.theirs:
        wish = task.commitment.language.pattern("tasks", "questions.wish")
        said = fold(task.commitment.sentence)
        return task.commitment.by == "own" and not (task.mine or wish.search(said))
    if task.mine is None or not known or (wanted.due and task.commitment.by == "due"):
        return True
    if task.commitment.by == "asked":
        alone = task.company <= {task.unit.speaker.lower()} and task.commitment.lasting
        return not task.mine or (alone and not ADDRESSED.search(task.unit.what))
    return task.mine or (wanted.ours and asks_for_ours(task.commitment.language, task.unit.what))


def _each_once(tasks: Iterable[Task]) -> list[Task]:
    """Tasks that say the same are one: as it was said last, or in full, with the last time that was
    named for it."""
    kept: list[Task] = []
    for task in sorted(tasks, key=lambda one: -one.unit.span.start):
        said = task.commitment
        at = next((n for n, one in enumerate(kept) if are_one(said, one.commitment)), None)
        if at is None:
            kept.append(task)
            continue
        due = kept[at].due or (task.due if deed_of(said).objects else None)
        fuller = deed_of(said).objects > deed_of(kept[at].commitment).objects
        kept[at] = replace(task if fuller else kept[at], due=due)
    return kept


def with_done(view: View, task: Task, wearer: Wearer, theirs: str = "") -> Task:
    """The task with the first thing said or told after it that tells of its being done, if any; of
    what others promised (``theirs``) also by their name."""
    later = Span(task.unit.span.end, view.asked_at)
    terms = search_terms(task.commitment, view.terms_like)
    if not terms or later.duration <= 0:
        return task

    def own(text: str) -> str:
        me = task.commitment.language.table("clauses")["self"]
        return text.replace(task.unit.speaker, me) if theirs and task.unit.speaker else text

    def tells(passage: list[Memory]) -> bool:
        parts = [part for memory in passage for part in _parts(own(memory.text))]
        return any(
            tells_done(task.commitment, part, told=True, before=" ".join(parts[:n][-_CONTEXT:]))
            for n, part in enumerate(parts)
        )

    clips = view.by_id(view.search_text(terms, "clip", later, _SEARCHED))
    spans = (Span(clip.span.start, clip.span.end + _REPLIED) for clip in clips)
    passages = filter(tells, (view.memories("clip", span) for span in spans))
    units = ([unit for memory in near for unit in clip_units(view, memory)] for near in passages)
    spoken = ([unit for unit in passage if unit.kind in _TOLD] for passage in units)
    pairs = (pair for passage in spoken for pair in zip([None, *passage], passage))
    told = ((u, replace(u, what=own(u.what)), before) for before, u in pairs)
    done = next((unit for unit, as_own, be in told if _tells(task, as_own, wearer, be)), None)
    return replace(task, done=done)


def _unquoted(text: str) -> list[str]:
    """The pieces of a clip's text between the marks of quotation."""
    return text.replace("”", '"').split('"')


def _parts(text: str) -> list[str]:
    """The sentences of a clip's text, without the marks of quotation that hold them."""
    return [part for piece in _unquoted(text) for part in sentences(piece)]


def _tells(task: Task, unit: Unit, wearer: Wearer, before: Unit | None) -> bool:
    """Whether a unit after the task, and after another, says that whoever has to do it did it."""
    if unit.span.start <= task.unit.span.start:
        return False
    said, same = wearer.speaks(unit), unit.speaker == task.unit.speaker
    named = unit.speaker and task.unit.speaker
    by_them = same == (task.commitment.by == "own")
    if said is False and not (same and by_them) if wearer.known else named and not by_them:
        return False
    near = before is not None and unit.span.start - before.span.end <= _REPLIED
    parts, told = [before.what if before and near else ""], unit.kind == "caption"
    parts += sentences(unit.what)
    return any(
        tells_done(task.commitment, part, told=told, before=" ".join(parts[: n + 1]))
        for n, part in enumerate(parts[1:])
    )
