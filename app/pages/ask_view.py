"""The Ask page as it opens: a conversation or a welcome, earlier ones, and what can be chosen."""

from __future__ import annotations

from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.ask.conversations import ConversationService
from app.ask.service import AskService
from app.demo.sample import SampleState
from app.models.voice import VoiceTranscriber
from app.pages.ask_others import AskOthers
from app.pages.ask_parts import AskParts, OpenConversation
from app.pages.chat_messages import ShownTurn, messages_of
from app.pages.shell import Updates
from app.presentation.composed_text import translated_label
from app.presentation.i18n import t
from app.presentation.rendering import Json
from app.presentation.time_text import moment_words
from memory.types.errors import StoreError

if TYPE_CHECKING:
    from app.assistant import Assistant


class AskView:
    """Fills the components of the page from a home."""

    def __init__(self, assistant: Assistant, parts: AskParts) -> None:
        self.parts = parts
        self.desk, self.voice = AskService(assistant), VoiceTranscriber(assistant.brains)
        self.conversations = ConversationService(assistant)
        self.others = AskOthers(assistant)
        self._sample = assistant.sample

    def shown(self, conversation: OpenConversation) -> Updates:
        """The conversation in the chat."""
        parts = self.parts
        return {
            parts.chat: messages_of(conversation.turns),
            parts.conversation: conversation,
            parts.remembered: conversation.id,
            parts.rename: gr.Button(visible=bool(conversation.id)),
            parts.delete: gr.Button(visible=bool(conversation.id)),
        } | self.sample(conversation)

    def sample(self, conversation: OpenConversation) -> Updates:
        """The sample day, where nothing was asked yet."""
        state = SampleState("absent") if conversation.turns else self._sample.state()
        return self.parts.sample.updates(state)

    def listed(self, conversation: OpenConversation) -> Updates:
        """Earlier conversations, to choose from; what they are, where none of them is open."""
        choices = [
            (f"{one['title']} · {moment_words(one['at'], 'UTC')}", one["id"])
            for one in self.conversations.listed()
        ]
        there, known = bool(choices), conversation.id in [name for _, name in choices]
        if not known:
            choices.insert(0, (t("Earlier conversations"), ""))
        value = conversation.id if known else ""
        return {self.parts.past: gr.Dropdown(choices=choices, value=value, visible=there)}

    def reopen(self, conversation: OpenConversation, remembered: object) -> OpenConversation:
        """The conversation of the page as it is now; the one of before where the server was started
        anew."""
        if conversation.turns or not isinstance(remembered, str):
            return self.current(conversation)
        return self.opened(remembered)

    def opened(self, conversation_id: str) -> OpenConversation:
        """A conversation that the home has kept; an empty one where it is gone."""
        turns = self.desk.turns(conversation_id) if conversation_id else []
        shown = tuple(
            ShownTurn(one["question"], self.others.retold(one["answer"])) for one in turns
        )
        return OpenConversation(conversation_id, shown) if shown else OpenConversation()

    def current(self, conversation: OpenConversation) -> OpenConversation:
        """The conversation as the home has it now: another tab may have gone on with it."""
        if not conversation.id:
            return conversation
        pairs = zip_longest(self.opened(conversation.id).turns, conversation.turns)
        shown = tuple(
            before if before and before.spoken == turn.spoken else turn  # with its photo
            for turn, before in pairs
            if turn
        )
        return OpenConversation(conversation.id if shown else "", shown)

    def cut(
        self, conversation: OpenConversation, number: int, was_answering: bool = False
    ) -> OpenConversation:
        """The conversation up to a turn; one that was being answered stood behind its turns."""
        if number >= len(conversation.turns) + was_answering:
            return conversation
        with suppress(StoreError):  # one that cannot be written keeps none
            self.conversations.truncate(conversation.id, number)
        return OpenConversation(conversation.id if number else "", conversation.turns[:number])

    def offer(self, conversation: OpenConversation, home: Json | None = None) -> Updates:
        """All that the page opens with; ``home`` where it was read already."""
        return self.drawn(conversation, home) | self.senses()

    def drawn(self, conversation: OpenConversation, home: Json | None = None) -> Updates:
        """The same without the box, in which somebody may be typing."""
        return (
            self.shown(conversation)
            | self.listed(conversation)
            | self.choices(home or self.desk.home(), messages_of(conversation.turns))
            | self.across(conversation)
        )

    def across(self, conversation: OpenConversation) -> Updates:
        """Whom a question may be put to besides, and who was asked in this conversation."""
        names = self.others.names()
        last = conversation.turns[-1].answer.get("across") if conversation.turns else None
        asked = [name for name in last["names"] if name in names] if last else []
        return {
            self.parts.across: gr.CheckboxGroup(choices=names, value=asked, visible=bool(names))
        }

    def senses(self) -> Updates:
        """Whether a question may be spoken."""
        sources: Any = ["upload"] if self.voice.trouble else ["upload", "microphone"]
        return {self.parts.box: gr.MultimodalTextbox(sources=sources)}

    def choices(self, home: Json, messages: Any = None) -> Updates:
        """What can be asked, and what a question can be kept to; ``messages`` for the chat."""
        parts = self.parts
        lists = ((parts.people, "people"), (parts.places, "places"), (parts.devices, "devices"))
        shown = {} if messages is None else {"value": messages}
        examples: Any = [{"text": question} for question in home["suggestions"]]
        return {parts.chat: gr.Chatbot(placeholder=welcome(home), examples=examples, **shown)} | {
            one: gr.Dropdown(choices=_choices(home, name), visible=bool(home[name]))
            for one, name in lists
        }


def _choices(home: Json, name: str) -> list[tuple[str, str]]:
    words = translated_label if name == "places" else str
    return [(words(one), one) for one in home[name]]


def welcome(home: Json) -> str:
    """What stands where nothing was asked yet; of the home itself nothing."""
    if home["begun"]:
        return (
            f"## {t('What would you like to remember?')}\n\n"
            f"{t('Every answer shows the moments it rests on. Press ▶ to watch them.')}"
        )
    title = (
        t("Nothing to remember yet") if home["empty"] else t("Your first recording is on its way")
    )
    words = (
        t("Add a recording in the Library. A minute later you can ask about it here.")
        if home["empty"]
        else t("What of it is ready can be asked about; the Library shows how far it is.")
    )
    steps = (
        t("Record your day with a camera that you wear."),
        t("Add the files; they stay on this computer."),
        t("Ask: where things are, who said what, what you promised."),
    )
    listed = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return f"## {title}\n\n{words}\n\n[{t('Open the Library')}](#page=library)\n\n{listed}"
