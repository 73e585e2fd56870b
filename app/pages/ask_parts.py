"""Components of the Ask page, and what its events hold: a conversation, a question on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.ask.answer_page import UnansweredTurn
from app.pages.chat_messages import (
    Messages,
    ShownTurn,
    messages_of,
    question_messages,
    running_messages,
)
from app.pages.sample_day import SampleParts
from app.pages.shell import Parts
from app.presentation.i18n import t
from app.presentation.rendering import Json
from memory.types.core import EVERYTHING, Frame, Scope, Span

if TYPE_CHECKING:
    from app.assistant import Assistant

LONGEST_TITLE = 120  # characters
_BROWSER = "eb-conversation"  # under which a browser remembers which one is open; no secret


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """The conversation that a page shows; without an id it is not kept yet."""

    id: str = ""
    turns: tuple[ShownTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class Correcting:
    """The moment that is put right, and the word by which the last change is taken back."""

    recording: str = ""
    start: float = 0.0
    end: float = 0.0
    undo: str = ""

    @property
    def span(self) -> Span:
        """The moment, in seconds UTC."""
        return Span(self.start, max(self.start, self.end))


class CorrectionParts(Parts):
    """The components of the panel in which a moment is put right."""

    def __init__(self) -> None:
        """Places them, closed."""
        with gr.Column(
            visible=False, elem_id="eb-correction", elem_classes="eb-whole"
        ) as self.panel:
            with gr.Row():
                self.title = gr.Textbox(
                    label=t("Correct a moment"),
                    show_label=False,
                    container=False,
                    interactive=False,
                    elem_classes="eb-moment",
                )
                self.good = gr.Button(t("This is it"), scale=0)
                self.wrong = gr.Button(t("Not it"), scale=0)
                self.close = gr.Button(t("Close"), scale=0)
            with gr.Row() as self.people:
                self.who = gr.Dropdown([], label=t("This was not"), scale=1)
                self.to = gr.Dropdown([], label=t("but"), allow_custom_value=True, scale=1)
                self.rename = gr.Button(t("Put right"), scale=0)
            with gr.Row() as self.words:
                self.sentence = gr.Dropdown([], label=t("Somebody said:"), scale=1)
                self.text = gr.Textbox(label=t("What was said"), lines=2, max_length=2000, scale=1)
                self.reword = gr.Button(t("Put right"), scale=0)
            self.undo = gr.Button(t("Undo"), visible=False)
        self.moment = gr.State(Correcting())


class AskParts(Parts):
    """The components of the page that its events change."""

    def __init__(self, assistant: Assistant) -> None:
        """Places them."""
        with gr.Column(elem_classes="eb-asking"):
            self._conversations()
            self.sample = SampleParts(assistant)
            self.chat = _chat()
            self.correcting = CorrectionParts()
            self._narrowing()
            with gr.Row(elem_classes="eb-others"):  # apart from the box, which stays in view
                self.across = gr.CheckboxGroup(
                    [],
                    label=t("Ask also"),
                    info=t("They see what you ask, and what of theirs is shown."),
                    visible=False,
                    elem_id="eb-across",
                )
            self.box = _question()
        self.conversation = gr.State(OpenConversation())
        self.remembered = gr.BrowserState("", storage_key=_BROWSER, secret=_BROWSER)

    @property
    def shown(self) -> list[Any]:
        """What an answer changes."""
        opened = [self.conversation, self.remembered, self.past, self.rename, self.delete]
        return [self.chat, self.box, *opened, *self.sample.all]

    @property
    def filters(self) -> list[Any]:
        """What a question is kept to: people, places, devices, begin and end of a time."""
        return [self.people, self.places, self.devices, self.begin, self.end]

    def _conversations(self) -> None:
        """Earlier conversations, what is done with the open one, and where it gets its title."""
        with gr.Row(elem_classes="eb-past"):
            self.past = gr.Dropdown(
                [],
                value=None,
                label=t("Earlier conversations"),
                show_label=False,
                container=False,
                scale=1,
            )
            self.new = gr.Button(t("New conversation"), elem_classes="eb-new", scale=0)
            self.rename = gr.Button(t("Rename"), elem_classes="eb-rename", scale=0, visible=False)
            self.delete = gr.Button(t("Delete"), elem_classes="eb-delete", scale=0, visible=False)
        with gr.Row(visible=False, elem_classes="eb-past", elem_id="eb-naming") as self.naming:
            self.title = gr.Textbox(
                label=t("Title of this conversation"),
                placeholder=t("Empty: its first question"),
                show_label=False,
                container=False,
                max_length=LONGEST_TITLE,
                scale=1,
            )
            self.save = gr.Button(t("Save"), scale=0)
            self.cancel = gr.Button(t("Cancel"), scale=0)

    def _narrowing(self) -> None:
        """What a question is kept to."""
        with gr.Accordion(
            t("Keep the search to"), open=False, elem_classes="eb-filters"
        ) as self.narrowing:
            with gr.Row():
                self.people, self.places, self.devices = (
                    gr.Dropdown([], multiselect=True, label=label, max_choices=20)
                    for label in (t("People"), t("Places"), t("Devices"))
                )
            with gr.Row():
                self.begin = gr.DateTime(label=t("From"), type="string", value=None)
                self.end = gr.DateTime(label=t("Until"), type="string", value=None)


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="eb-chat",
        label=t("Conversation"),
        show_label=False,
        height=None,
        autoscroll=False,  # `static/ask.js` keeps the question in view
        editable="user",
        buttons=["copy"],
        latex_delimiters=[],
        allow_tags=False,
        sanitize_html=True,
        feedback_options=("Like", "Dislike"),
    )


def _question() -> gr.MultimodalTextbox:
    return gr.MultimodalTextbox(
        elem_id="eb-question",
        sources=["upload"],
        file_types=["image", "audio"],
        file_count="single",
        placeholder=t("Ask about your days …"),
        label=t("Your question"),
        show_label=False,
        submit_btn=t("Ask"),
        max_plain_text_length=100_000,
    )


@dataclass(slots=True)
class AskedQuestion:
    """A question on its way, and what has come of its answer."""

    question: str
    before: OpenConversation
    after: int | None = None  # turns of it that stay
    scope: Scope = EVERYTHING
    across: tuple[str, ...] = ()  # whose memories are asked, too
    deeper: bool = False
    photo: Frame | None = None
    picture: str = ""  # of the photo: its address for the chat
    conversation: str = ""  # that it is kept in
    cards: list[Json] = field(default_factory=list)
    text: str = ""
    status: str = ""

    @property
    def asks_others(self) -> bool:
        """Whether homes of others are asked: by words, not deeper."""
        return bool(self.across) and self.photo is None and not self.deeper

    def shown(self) -> Messages:
        """The turns before, the question, and what has come."""
        above = messages_of(self.before.turns) + question_messages(self.question, self.picture)
        return above + running_messages(self.status, self.cards, self.text)

    def unanswered(self, ended: str, trouble: str = "") -> Json:
        """What there is of the answer, where no more will come."""
        reply = UnansweredTurn(ended, (), self.text, trouble).reply()
        return reply | {"cards": self.cards, "conversation": self.conversation}

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
