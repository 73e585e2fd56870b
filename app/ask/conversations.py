"""Keep the conversations of the Ask page in the home, list them, and open them again."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ask.answer_page import (
    OPEN,
    UnansweredTurn,
    explained_json,
    on_wall_clock,
    page_of,
    reply_json,
)
from app.presentation.rendering import Json
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Answer, Citation, Span
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant

_LISTED = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """A question that is being answered; ``conversation`` is "" where none is kept."""

    conversation: str
    asked_at: float
    question: str


class ConversationService:
    """The conversations of a home, as its pages show them."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def begin(self, conversation_id: str, question: str) -> BegunTurn:
        """Keeps a question before it is answered, in a new conversation where there is no such one.

        A home that cannot be written keeps none: the id of the conversation is "" then.
        """
        asked_at, store = time.time(), self._assistant.store
        if store.read_only:
            return BegunTurn("", asked_at, question)
        reply = UnansweredTurn(OPEN).reply() | {"citations": []}
        try:
            turn = ConversationTurn(asked_at, question, reply)
            kept = store.conversations.add(conversation_id, turn)
        except Exception:  # a closed home, too: that is said once the question is looked for
            _log.warning("a question could not be kept", exc_info=True)
            kept = ""
        return BegunTurn(kept, asked_at, question)

    def finish(self, begun: BegunTurn, answer: Answer) -> None:
        """Keeps the answer to it."""
        store = self._assistant.store
        explained = explained_json(answer, store, self._assistant.timezone, time.time())
        weighed = [entry.clip for entry in answer.explanation.evidence or ()]
        self._write(begun, answer.citations, reply_json(answer), explained, weighed)

    def leave(self, begun: BegunTurn, unanswered: UnansweredTurn) -> None:
        """Keeps what there is of an answer that was not written to its end."""
        self._write(begun, unanswered.citations, unanswered.reply(), {}, [])

    def _write(
        self,
        begun: BegunTurn,
        citations: Sequence[Citation],
        reply: Json,
        explained: Json,
        weighed: list[str],
    ) -> None:
        if not begun.conversation:
            return
        store = self._assistant.store
        cited = [[one.recording_id, one.span.start, one.span.end, one.quote] for one in citations]
        turn = ConversationTurn(
            begun.asked_at, begun.question, reply | {"citations": cited}, explained
        )
        try:
            clips = _clips(store, citations)
            store.conversations.answer(begun.conversation, turn, clips, weighed)
        except StoreError:
            _log.warning("an answer could not be kept", exc_info=True)

    def listed(self) -> list[Json]:
        """The latest conversations; ``at`` is seconds on the wall clock of the home."""
        assistant = self._assistant
        return [
            {"id": one.id, "title": one.title, "turns": one.turns,
             "at": on_wall_clock(one.latest, assistant.timezone)}
            for one in assistant.store.conversations.latest(_LISTED)
        ]  # fmt: skip

    def turns(self, conversation_id: str) -> list[Json]:
        """The questions and answers of a conversation, with cards as they are made today."""
        store = self._assistant.store
        return [
            {"question": turn.question, "answer": _page(turn, store)}
            for turn in store.conversations.turns(conversation_id)
        ]

    def truncate(self, conversation_id: str, turns: int) -> None:
        """Keeps the first turns: what came after them is asked again.

        Raises:
            StoreError: the home cannot be written.
        """
        self._assistant.store.conversations.truncate(conversation_id, turns)

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title; an empty one lets its first question name it.

        Raises:
            StoreError: the home cannot be written.
        """
        self._assistant.store.conversations.rename(conversation_id, title)

    def delete(self, conversation_id: str) -> None:
        """Deletes a conversation; one that is gone already is no fault.

        Raises:
            StoreError: the home cannot be written.
        """
        self._assistant.store.conversations.delete(conversation_id)


def _clips(store: Store, citations: Sequence[Citation]) -> list[str]:
    return [
        clip
        for cited in citations
        for clip in store.recordings.clips_within(cited.recording_id, cited.span)
    ]


def _page(turn: ConversationTurn, store: Store) -> Json:
    reply = dict(turn.answer)
    cited = [
        Citation(i, Span(start, end), quote) for i, start, end, quote in reply.pop("citations")
    ]
    return page_of(reply, turn.explanation, tuple(cited), store)
