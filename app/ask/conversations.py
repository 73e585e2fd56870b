"""Keep the conversations of the Ask page in the home, list them, and open them again."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.ask.answer_page import (
    OPEN,
    UnansweredTurn,
    explained_json,
    on_wall_clock,
    page_of,
    reply_json,
)
from app.presentation.answer_text import in_its_language
from app.presentation.rendering import Json
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Answer, Citation, Span, Turn
from memory.types.errors import StoreError
from memory.types.explanation import Explanation

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

    def finish(
        self,
        begun: BegunTurn,
        answer: Answer,
        across: Json | None = None,
        beside: Sequence[Citation] = (),
    ) -> None:
        """Keeps the answer to it.

        ``across`` says who else was asked, and where what they showed is kept: nothing of that is
        kept here. With moments ``beside`` those that are cited it is forgotten, too.
        """
        store = self._assistant.store
        kept = answer if across is None else _own_part(begun.question, answer)
        explained = explained_json(kept, store, self._assistant.timezone, time.time())
        weighed = [entry.clip for entry in kept.explanation.evidence or ()]
        reply = reply_json(in_its_language(kept, store)) | (
            {} if across is None else {"across": across}
        )
        self._write(begun, kept.citations, reply, explained, weighed, beside)

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
        beside: Sequence[Citation] = (),
    ) -> None:
        if not begun.conversation:
            return
        store = self._assistant.store
        cited = [
            [one.recording_id, one.span.start, one.span.end, one.quote, one.wearer]
            for one in citations
        ]
        turn = ConversationTurn(
            begun.asked_at, begun.question, reply | {"citations": cited}, explained
        )
        try:
            clips = _clips(store, (*citations, *beside))
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

    def recent_questions(self, most: int) -> list[str]:
        """What was asked last, each question once and in full, the latest first."""
        store = self._assistant.store
        turns = (
            turn
            for one in store.conversations.latest(most)
            for turn in reversed(store.conversations.turns(one.id))
        )
        whole = ((turn.answer.get("turn") or {}).get("question") or turn.question for turn in turns)
        return list(dict.fromkeys(whole))[:most]

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
    """The clips of all moments; "", which is none, of a recording that is gone meanwhile."""
    clips = []
    for cited in citations:
        clips += store.recordings.clips_within(cited.recording_id, cited.span)
        if cited.recording_id and store.recordings.get(cited.recording_id) is None:
            clips.append("")
    return clips


def _own_part(question: str, answer: Answer) -> Answer:
    """The answer without words and moments of others, whose places stay."""
    others = {number for number, cited in enumerate(answer.citations) if cited.wearer}
    turn = answer.turn and Turn(question, answer.turn.asked_at)
    return replace(
        answer,
        sentences=tuple(
            replace(one, text="") if others & set(one.citations) else one
            for one in answer.sentences
        ),
        citations=tuple(
            Citation("", Span(0.0, 0.0), "", cited.wearer) if cited.wearer else cited
            for cited in answer.citations
        ),
        coverage=answer.wearers[0] if answer.wearers else answer.coverage,
        turn=turn,
        understood="",
        explanation=Explanation(scope=answer.explanation.scope),
        wearers=(),
    )


def _page(turn: ConversationTurn, store: Store) -> Json:
    reply = dict(turn.answer)
    cited = [
        Citation(recording, Span(start, end), *words)
        for recording, start, end, *words in reply.pop("citations")
    ]
    return page_of(reply, turn.explanation, tuple(cited), store)
