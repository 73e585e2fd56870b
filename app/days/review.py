"""Questions of the memory review: whose face is this, what did you say that you would do?

Of people with a name, and of what the wearer took on and has not done. Names are asked in Leitner's
boxes: a day after the meeting, then after 2, 4, 8, … days as long as the name is known, and again
from the first day where it is not. ``benchmarks.days.review`` compares that with models that learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.days.digest import Cite, cite
from egorag.tasks.answer import open_tasks
from egorag.tasks.tasks import Task
from egorag.time.calendar.local_time import LocalTime
from memory.people.encounters import Encounters
from memory.repositories.feedback import digest
from memory.repositories.review_replies import ReviewReply
from memory.store.store import Store
from memory.types.core import Person

_DAY = 86_400.0
_FACES = 5  # best faces of a person, which are shown in turn
_TOP_BOX = 7  # of 128 days

Topic = tuple[str, str]
"""What a reply is about: a person, or a digest of a promise."""


@dataclass(frozen=True, slots=True)
class ReviewCard:
    """A question, its moment and its answer.

    ``person`` is who is asked for; of a promise nobody, and ``company`` who was there. ``since`` is
    when it was last seen or said, before any question.
    """

    answer: str
    cite: Cite
    since: float
    person: Person | None = None
    face: int = 0
    company: tuple[str, ...] = ()

    @property
    def topic(self) -> Topic:
        """The same at every question about it."""
        return (self.person.id, "") if self.person else ("", digest(self.answer).hex())

    def reply(self, known: bool, at: float) -> ReviewReply:
        """The row of a reply to it."""
        return ReviewReply(at, known, self.cite.clip_id, *self.topic)


def due_cards(store: Store, timezone: str, now: float) -> list[ReviewCard]:
    """What is to be asked at ``now`` (seconds UTC), the most overdue first."""
    replies: dict[Topic, list[ReviewReply]] = {}
    for reply in store.reviews.all():
        replies.setdefault((reply.person_id, reply.promise), []).append(reply)
    cards = [*_faces(store, replies), *_promises(store, timezone, now)]
    late = [(overdue(replies.get(card.topic, ()), card.since, now), card) for card in cards]
    late.sort(key=lambda pair: -pair[0])
    return [card for share, card in late if share >= 1]


def overdue(replies: Sequence[ReviewReply], since: float, now: float) -> float:
    """How long it was not shown, in shares of the days of its box: due from 1 on.

    Args:
        replies: Those about it, oldest first.
        since: When it was last seen before them, seconds UTC.
        now: Seconds UTC.
    """
    box = 0
    for reply in replies:
        box = min(box + 1, _TOP_BOX) if reply.known else 0
    shown = replies[-1].at if replies else since
    return (now - shown) / (_DAY * 2.0**box)


def _faces(store: Store, replies: dict[Topic, list[ReviewReply]]) -> Iterator[ReviewCard]:
    met = Encounters(store.database)
    for person in store.people.all():
        if not (person.name and person.faces) or store.people.is_me(person.id):
            continue
        faces = met.best(person.id, "face", _FACES)
        face = faces[len(replies.get((person.id, ""), ())) % len(faces)]
        clip = store.recordings.clip(face.clip_id)
        moment = clip and cite(store, clip.recording_id, clip.id, face.span)
        if moment:
            yield ReviewCard(person.name, moment, person.last, person, face.id)


def _promises(store: Store, timezone: str, now: float) -> Iterator[ReviewCard]:
    known = [person.name for person in store.people.known() if person.name]
    for task in open_tasks(store.as_of(now), LocalTime.of(now, timezone)):
        unit = task.unit
        moment = cite(store, unit.recording_id, unit.clip_id, unit.span)
        if moment and task.mine and task.commitment.by == "own":
            company = tuple(_present(task, known))
            answer = " ".join(unit.what.split())
            yield ReviewCard(answer, moment, unit.span.end, company=company)


def _present(task: Task, known: Iterable[str]) -> Iterator[str]:
    """Who with a name heard it."""
    speaker = task.unit.speaker.lower()
    return (name for name in known if name.lower() in task.company - {speaker})
