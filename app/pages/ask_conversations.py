"""Events of the Ask page that ask nothing: thumbs, earlier conversations, filters, wishes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.ask.corrections import CannotCorrect, CorrectionService
from app.pages.ask_parts import LONGEST_TITLE, OpenConversation, clean_words, number_of_message
from app.pages.ask_view import AskView
from app.pages.chat_messages import question_of, turn_at
from app.pages.event_context import page_session
from app.pages.messages import tell
from app.pages.running import RunningAnswers
from app.pages.shell import Updates, sent_data
from app.presentation.i18n import t
from app.presentation.rendering import Json
from memory.types.core import Span

if TYPE_CHECKING:
    from app.assistant import Assistant


class ConversationEvents:
    """The events of the conversation that a page has open."""

    def __init__(self, assistant: Assistant, view: AskView, running: RunningAnswers) -> None:
        self._view, self._running = view, running
        self._corrections = CorrectionService(assistant)

    def open(self, remembered: object) -> Updates:
        """The page as it was left.

        Who asks before this arrives keeps their question: the chat is filled only where the
        browser remembers a conversation, and that is read last.
        """
        home = self._view.desk.home()
        conversation = self._view.reopen(OpenConversation(), remembered)
        if conversation.turns:
            return self._view.offer(conversation, home)
        view = self._view
        filled = view.listed(conversation) | view.choices(home) | view.senses()
        return filled | view.sample(conversation) | view.across(conversation)

    def renew(self) -> Updates:
        """Begins another conversation."""
        self._running.leave(page_session())
        return self._opened(OpenConversation())

    def choose(self, conversation_id: str | None) -> Updates:
        """Opens an earlier conversation."""
        self._running.leave(page_session())
        return self._opened(self._view.opened(conversation_id or ""))

    def delete(self, conversation: OpenConversation) -> Updates:
        """Deletes the conversation that is open."""
        self._running.leave(page_session())
        self._view.conversations.delete(conversation.id)
        return self._opened(OpenConversation())

    def _opened(self, conversation: OpenConversation) -> Updates:
        return self._view.offer(conversation) | {self._view.parts.naming: gr.Row(visible=False)}

    def ask_title(self, conversation: OpenConversation) -> Updates:
        """Opens the field for the title of the conversation that is open."""
        listed = self._view.conversations.listed()
        titles = {one["id"]: one["title"] for one in listed}
        parts = self._view.parts
        return {
            parts.naming: gr.Row(visible=True),
            parts.title: titles.get(conversation.id, "")[:LONGEST_TITLE],
        }

    def rename(self, conversation: OpenConversation, title: str) -> Updates:
        """Gives it the title that was typed."""
        words = " ".join(clean_words(title).split())[:LONGEST_TITLE]
        self._view.conversations.rename(conversation.id, words)
        closed = {self._view.parts.naming: gr.Row(visible=False)}
        return self._view.listed(conversation) | closed

    def take_back(self, undone: gr.UndoData, conversation: OpenConversation) -> Updates:
        """Takes the last question back into the box."""
        self._running.leave(page_session())
        number = turn_at(conversation.turns, number_of_message(undone.index))
        words = conversation.turns[number].question if number < len(conversation.turns) else ""
        conversation = self._view.cut(conversation, number)
        words = words or question_of(clean_words(undone.value))
        return (
            self._view.shown(conversation)
            | self._view.listed(conversation)
            | {self._view.parts.box: words}
        )

    def like(self, liked: gr.LikeData, conversation: OpenConversation) -> None:
        """Says that the moments of an answer are it, or are not; taken back by another press."""
        number = turn_at(conversation.turns, number_of_message(liked.index))
        if number >= len(conversation.turns):
            return
        turn = conversation.turns[number]
        good = liked.liked if isinstance(liked.liked, bool) else None
        own = [card for card in turn.answer["cards"] if not card.get("wearer")]
        if turn.answer["cards"] and not own:
            tell(t("Only moments of your own camera can be judged."))
            return
        for card in own:
            span = Span(card["start"], card["end"])
            with suppress(CannotCorrect):  # it is forgotten meanwhile
                self._corrections.judge(turn.whole, card["recording"], span, good)
        told = {
            True: t("Kept: it counts more when you ask this again."),
            False: t("Left out when you ask this again."),
            None: t("Taken back."),
        }
        tell(told[good])

    # Wishes and filters

    def wish(self, sent: gr.EventData, conversation: OpenConversation) -> Updates:
        """What a script of the page wants: a question about a time, or to look again."""
        wanted = sent_data(sent)
        if isinstance(wanted.get("ask"), dict):
            return self._prepare(wanted["ask"])
        if "look" in wanted:
            return self._look(conversation)
        return {self._view.parts.conversation: gr.skip()}

    def _look(self, conversation: OpenConversation) -> Updates:
        """What has changed meanwhile: what can be asked about, what is forgotten or was added."""
        view = self._view
        if self._running.is_answering(page_session()):
            return {view.parts.conversation: gr.skip()}
        if not conversation.turns:
            choices = view.choices(view.desk.home())
            return view.listed(conversation) | choices | view.sample(conversation)
        current = view.current(conversation)
        return view.listed(current) if current == conversation else view.drawn(current)

    def _prepare(self, asked: Json) -> Updates:
        parts = self._view.parts
        return {
            parts.box: clean_words(asked.get("question", "")),
            parts.begin: clean_words(asked.get("begin", "")).replace("T", " ") or None,
            parts.end: clean_words(asked.get("end", "")).replace("T", " ") or None,
        }

    def name_filters(
        self,
        people: list[str] | None,
        places: list[str] | None,
        devices: list[str] | None,
        begin: str | None,
        end: str | None,
    ) -> Any:
        """What questions are kept to, above the closed list of it."""
        names = [*(people or ()), *(places or ()), *(devices or ())]
        names += [" – ".join((begin or "", end or ""))] if begin or end else []
        title = t("Keep the search to")
        return gr.Accordion(label=f"{title} · {', '.join(names)}" if names else title)
