"""Service of the Ask page: streaming answers, choices, and texts.

desk = AskDesk(assistant)
for event in desk.answer("Who was at dinner?", scope, earlier, listener): ...
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from app.ask.answer_page import FAILED, OPEN, RUNNING, UnansweredTurn, answer_page, cards_json
from app.ask.conversations import BegunTurn, ConversationService
from app.ask.photo_question import where_was_this
from app.ask.stream import Over
from app.ask.suggestions import suggestions
from app.core.errors import Refusal
from app.models.photo import NoPhoto
from app.presentation.i18n import t, translate
from app.presentation.rendering import Json
from egogpt.runtime.cancellation import Cancelled, until
from memory.store.scope_filter import clips_with, people_meant
from memory.types.core import Answer, Frame, Scope, Span, Turn
from memory.types.errors import StoreError
from memory.types.evidence_cards import EvidenceCards
from memory.types.timezones import zone

if TYPE_CHECKING:
    from app.assistant import Assistant

Tell = Callable[[Json], None]
AT_ONCE = 4  # questions that are answered at the same time; others wait for their turn
WAITING = 64  # questions that may wait
_LISTED = 200  # people, places and devices to choose from
_LATELY = 5000  # events whose places are listed
_log = logging.getLogger(__name__)


class AnswerOfSeveral(Protocol):
    """An answer of several homes; see ``app.across.service.AnswerAcross``."""

    @property
    def answer(self) -> Answer:
        """What is said, with moments of all of them."""
        ...

    @property
    def reference(self) -> Json:
        """What a conversation keeps of others."""
        ...

    def filled(self, page: Json) -> Json:
        """The answer as the page shows it."""
        ...


AskSeveral = Callable[[str, Scope, Sequence[Turn]], AnswerOfSeveral]


class TooMany(Exception):
    """More questions wait than there is room for."""


class AskService:
    """Answers the questions of a page, a few at a time. Threads may share one."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._conversations = ConversationService(assistant)
        self._turns = threading.Semaphore(AT_ONCE)
        self._guard = threading.Condition()
        self._running: set[BegunTurn] = set()
        self._waiting = 0
        self._listeners: list[Tell] = []

    def answer(
        self,
        question: str,
        scope: Scope,
        earlier: Sequence[Turn],
        tell: Tell,
        over: Over,
        conversation: str = "",
        deeper: bool = False,
        photo: Frame | None = None,
        several: AskSeveral | None = None,
    ) -> None:
        """Tells events: ``asked``, ``waiting``, ``evidence``, ``reading``, ``piece``, ``answer``,
        ``error``.

        The question is kept at once in ``conversation``, a new one where there is none of that id;
        the first event says in which. ``deeper``: see `Assistant.ask`. With a ``photo``, the
        moments that look like it are the answer; ``several`` asks other homes, too, and nothing is
        told before it is through. Once it is ``over``, models stop within about a second, nothing
        more is told, and what was told is kept as an unanswered turn: stopped, if a person did.

        Raises:
            TooMany: at once, before anything is told.
        """
        with self.room(), self._begun(conversation, question) as begun:
            tell({"kind": "asked", "conversation": begun.conversation})
            unanswered = UnansweredTurn()
            try:
                with self.turn(tell, over) as mine, until(over), self._reading(tell):
                    if not mine:
                        told = False
                    elif several is not None:
                        found = several(question, scope, earlier)
                        told = self._tell_several(found, tell, over, begun)
                    else:
                        steps = (
                            self._assistant.ask_stream(
                                question, earlier=earlier, scope=scope, deeper=deeper
                            )
                            if photo is None
                            else (where_was_this(self._assistant, one, scope) for one in [photo])
                        )
                        told = self._tell_answer(steps, tell, over, begun, unanswered)
                    if told:
                        return
            except Cancelled:
                _log.info("a question was left before it was answered")
            except (StoreError, NoPhoto, Refusal) as error:  # its words are meant for the person
                unanswered.ended, unanswered.trouble = FAILED, translate(str(error))
            except Exception as error:  # whatever happens, the person gets a sentence, not a stack
                _log.exception("answering failed")
                kind = type(error).__name__
                words = t("I could not answer that ({kind}). The log says more.", kind=kind)
                unanswered.ended, unanswered.trouble = FAILED, words
            if over.is_set() and not over.stopped and not unanswered.trouble:
                unanswered.ended = OPEN
            self._conversations.leave(begun, unanswered)
            if unanswered.trouble:
                tell({"kind": "error", "message": unanswered.trouble})

    def _tell_answer(
        self,
        steps: Iterator[EvidenceCards | str | Answer],
        tell: Tell,
        over: Over,
        begun: BegunTurn,
        unanswered: UnansweredTurn,
    ) -> bool:
        """Tells what comes, and notes it; whether it was an answer."""
        try:
            for step in steps:
                if over.is_set():
                    break
                if isinstance(step, Answer):
                    self._conversations.finish(begun, step)
                    tell({"kind": "answer", "conversation": begun.conversation} | self._page(step))
                    return True
                if isinstance(step, EvidenceCards):
                    unanswered.citations = tuple(card.citation for card in step.cards)
                    tell({"kind": "evidence", "cards": cards_json(step, self._assistant.store)})
                else:
                    unanswered.text += step
                    tell({"kind": "piece", "text": step})
            return False
        finally:
            steps.close()  # type: ignore[attr-defined]

    def _tell_several(
        self, outcome: AnswerOfSeveral, tell: Tell, over: Over, begun: BegunTurn
    ) -> bool:
        """Tells an answer of several homes, unless it is over; whether it did."""
        if over.is_set():
            return False
        self._conversations.finish(begun, outcome.answer, outcome.reference)
        told = outcome.filled(self._page(outcome.answer))
        tell({"kind": "answer", "conversation": begun.conversation} | told)
        return True

    def _page(self, answer: Answer) -> Json:
        assistant = self._assistant
        return answer_page(answer, assistant.store, assistant.timezone, time.time())

    @contextmanager
    def _begun(self, conversation: str, question: str) -> Iterator[BegunTurn]:
        """Stores the question, which ``turns`` shows as running until its answer is stored."""
        with self._guard:
            begun = self._conversations.begin(conversation, question)
            self._running.add(begun)
        try:
            yield begun
        finally:
            with self._guard:
                self._running.discard(begun)
                self._guard.notify_all()

    def turns(self, conversation: str) -> list[Json]:
        """The turns of a conversation as `ConversationService.turns` gives them; those whose answer
        is being made have ended as ``RUNNING``."""
        with self._guard:
            asked = {turn.question for turn in self._running if turn.conversation == conversation}
            turns = self._conversations.turns(conversation)
        for turn in turns:
            if turn["question"] in asked and turn["answer"].get("ended") == OPEN:
                turn["answer"]["ended"] = RUNNING
        return turns

    def wait_for(self, conversation: str, over: Over) -> None:
        """Waits until nothing of a stored conversation is being answered, or it is ``over``."""
        with self._guard:
            while not over.is_set() and any(
                conversation == turn.conversation != "" for turn in self._running
            ):
                self._guard.wait(0.2)

    @contextmanager
    def room(self) -> Iterator[None]:
        """Counts those who wait. Raises TooMany."""
        with self._guard:
            if self._waiting >= WAITING:
                raise TooMany
            self._waiting += 1
        try:
            yield
        finally:
            with self._guard:
                self._waiting -= 1

    @contextmanager
    def turn(self, tell: Tell, over: threading.Event) -> Iterator[bool]:
        """Waits for a turn; yields whether there is one before it is over."""
        announced = mine = False
        try:
            while not over.is_set() and not (mine := self._turns.acquire(timeout=0.2)):
                if not announced:
                    tell({"kind": "waiting"})
                    announced = True
            yield mine
        finally:
            if mine:
                self._turns.release()

    @contextmanager
    def _reading(self, tell: Tell) -> Iterator[None]:
        """Whoever waits hears how far a long text is read: it is read by a thread of its own."""
        with self._guard:
            self._listeners.append(tell)
        self._assistant.on_reading_progress(self._told, self._converting)
        try:
            yield
        finally:
            with self._guard:
                self._listeners.remove(tell)

    def _told(self, done: int, of: int) -> None:
        for tell in tuple(self._listeners):
            tell({"kind": "reading", "done": done, "of": of})

    def _converting(self, done: int, of: int) -> None:
        for tell in tuple(self._listeners):
            tell({"kind": "converting", "done": done, "of": of})

    # What the page opens with

    def home(self) -> Json:
        """What can be asked, and what a question can be kept to."""
        store = self._assistant.store
        heard = store.perceptions.speakers(_LISTED)
        names = dict.fromkeys((*store.people.names(_LISTED), *heard))
        newest = store.recordings.newest()
        day = None if newest is None else _day(newest.span.end - 1, newest.timezone)
        return {
            "empty": store.is_empty(),
            "begun": newest is not None,
            "newest": None if day is None else day.isoformat(),
            "people": list(names),
            "places": store.events.places(_LATELY, _LISTED),
            "devices": store.recordings.device_names(_LISTED),
            "suggestions": self._assistant.sample.questions()
            or suggestions(store, self._assistant.timezone, time.time()),
        }

    # What a question is kept to

    def scope(
        self,
        people: Sequence[str],
        places: Sequence[str],
        devices: Sequence[str],
        begin: float | None,
        end: float | None,
    ) -> Scope:
        """The scope of these words.

        Raises:
            Refusal: somebody or some device is not known here, or the time ends too early.
        """
        store = self._assistant.store
        for who in people:
            if not people_meant(store.database, who)[0] and not clips_with(store.database, who):
                raise Refusal(t("There is nobody called {name} here.", name=who))
        known = set(store.recordings.device_names(100_000))
        for device in devices:
            if device not in known:
                listed = ", ".join(sorted(known)) or t("none")
                raise Refusal(
                    t("There is no device {name} here. Known: {known}", name=device, known=listed)
                )
        return Scope(tuple(people), tuple(places), tuple(devices), _span(begin, end))


def _span(begin: float | None, end: float | None) -> Span | None:
    if begin is None and end is None:
        return None
    start, finish = -1e10 if begin is None else begin, 1e11 if end is None else end
    if finish <= start:
        raise Refusal(t("The time ends before it begins."))
    return Span(start, finish)


def _day(at: float, timezone: str) -> date:
    return datetime.fromtimestamp(at, zone(timezone)).date()
