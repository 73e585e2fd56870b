"""Components of the Ask page, and what its events hold: a conversation, a question on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from app.pages.chat_messages import (
    Messages,
    ShownTurn,
    ended_messages,
    messages_of,
    question_messages,
    running_messages,
)
from app.pages.sample_day import SampleParts
from app.presentation.i18n import t
from app.presentation.rendering import Json
from memory.types.core import EVERYTHING, Frame, Scope

Updates = dict[Any, Any]  # component → its value, or a component with what changes of it


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """The conversation that a page shows; without an id it is not kept yet."""

    id: str = ""
    turns: tuple[ShownTurn, ...] = ()


@dataclass(frozen=True)
class AskParts:
    """The components of the page that its events change."""

    chat: gr.Chatbot
    box: gr.MultimodalTextbox
    sample: SampleParts
    past: gr.Dropdown
    rename: gr.Button
    delete: gr.Button
    naming: gr.Row
    title: gr.Textbox
    narrowing: gr.Accordion
    people: gr.Dropdown
    places: gr.Dropdown
    devices: gr.Dropdown
    begin: gr.DateTime
    end: gr.DateTime
    conversation: gr.State
    remembered: gr.BrowserState

    @property
    def shown(self) -> list[Any]:
        """What an answer changes."""
        opened = [self.conversation, self.remembered, self.past, self.rename, self.delete]
        return [self.chat, self.box, *opened, *self.sample.shown]

    @property
    def filters(self) -> list[Any]:
        """What a question is kept to: people, places, devices, begin and end of a time."""
        return [self.people, self.places, self.devices, self.begin, self.end]


@dataclass(slots=True)
class AskedQuestion:
    """A question on its way, and what has come of its answer."""

    question: str
    before: OpenConversation
    after: int | None = None  # turns of it that stay
    scope: Scope = EVERYTHING
    deeper: bool = False
    photo: Frame | None = None
    picture: str = ""  # of the photo: its address for the chat
    cards: list[Json] = field(default_factory=list)
    text: str = ""
    status: str = ""

    def above(self) -> Messages:
        """The turns before, and the question."""
        return messages_of(self.before.turns) + question_messages(self.question, self.picture)

    def shown(self) -> Messages:
        """All of it."""
        return self.above() + running_messages(self.status, self.cards, self.text)

    def ended(self, words: str, failed: bool = False) -> Messages:
        """The same, where no more will come."""
        return self.above() + ended_messages(words, self.cards, self.text, failed)

    def hear(self, event: Json) -> None:
        """Takes in an event of the answer."""
        if event["kind"] == "waiting":
            self.status = t("Others are asking as well; it is your turn next …")
        elif event["kind"] in ("reading", "converting"):
            percent = round(100 * event["done"] / event["of"]) if event["of"] else 0
            reads = event["kind"] == "reading"
            self.status = (
                t("Reading the notes of that time … {percent} %", percent=percent)
                if reads
                else t("Preparing the model that reads, once … {percent} %", percent=percent)
            )
        elif event["kind"] == "evidence":
            self.cards = event["cards"]
        elif event["kind"] == "piece":
            self.text += event["text"]


def clean_words(value: Any) -> str:
    """Text that a browser sent, without what no file can hold; of a message its text."""
    if isinstance(value, list):
        return " ".join(map(clean_words, value))
    if isinstance(value, dict):
        value = value.get("text", "")
    if not isinstance(value, str):
        return ""
    return value.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def number_of_message(index: int | tuple[int, int] | list[int]) -> int:
    """Which message of the chat an event is about."""
    return index if isinstance(index, int) else index[0]
