"""Ask: a chat whose answers stream in, with the moments that they rest on.

The home keeps its conversations (``app/ask/conversations.py``); ``static/ask.js`` adds what a chat
has no component for: keys, and wishes of other pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.ask_conversations import LONGEST_TITLE, ConversationEvents
from app.pages.ask_corrections import AskCorrections, corrections_panel
from app.pages.ask_events import AskEvents
from app.pages.ask_parts import AskParts, OpenConversation
from app.pages.ask_view import AskView
from app.pages.sample_day import sample_panel
from app.pages.shell import QUIET, current_blocks, signals
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant

_BROWSER = "eb-conversation"  # under which a browser remembers which one is open; no secret
_TO_TITLE = "() => document.querySelector('#eb-naming :is(input, textarea)')?.select()"
_ASKING: dict[str, Any] = {**QUIET, "concurrency_limit": 16, "concurrency_id": "ask"}


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    with gr.Column(elem_classes="eb-asking"):
        placed, new = _conversations()
        naming, save, cancel = _naming()
        placed |= naming | {"sample": sample_panel(assistant), "chat": _chat()}
        panel = corrections_panel()
        placed |= _narrowing() | {"box": _question()}
    signal = signals("ask")
    parts = AskParts(
        **placed,
        conversation=gr.State(OpenConversation()),
        remembered=gr.BrowserState("", storage_key=_BROWSER, secret=_BROWSER),
    )
    view = AskView(assistant, parts)
    asking = AskEvents(assistant, view)
    _wire(asking, parts)
    events = ConversationEvents(assistant, view, asking.running)
    _wire_conversations(events, parts, new, signal)
    _wire_naming(events, parts, save, cancel)
    AskCorrections(assistant, panel, parts).wire(signal)


def _conversations() -> tuple[dict[str, Any], gr.Button]:
    """Earlier conversations, what is done with the open one, and the button of another."""
    with gr.Row(elem_classes="eb-past"):
        past = gr.Dropdown(
            [],
            value=None,
            label=t("Earlier conversations"),
            show_label=False,
            container=False,
            scale=1,
        )
        new = gr.Button(t("New conversation"), elem_classes="eb-new", scale=0)
        rename = gr.Button(t("Rename"), elem_classes="eb-rename", scale=0, visible=False)
        delete = gr.Button(t("Delete"), elem_classes="eb-delete", scale=0, visible=False)
    return {"past": past, "rename": rename, "delete": delete}, new


def _naming() -> tuple[dict[str, Any], gr.Button, gr.Button]:
    """Where the open conversation gets its title, with the buttons that save and cancel it."""
    with gr.Row(visible=False, elem_classes="eb-past", elem_id="eb-naming") as naming:
        title = gr.Textbox(
            label=t("Title of this conversation"),
            placeholder=t("Empty: its first question"),
            show_label=False,
            container=False,
            max_length=LONGEST_TITLE,
            scale=1,
        )
        save = gr.Button(t("Save"), scale=0)
        cancel = gr.Button(t("Cancel"), scale=0)
    return {"naming": naming, "title": title}, save, cancel


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="eb-chat",
        label=t("Conversation"),
        show_label=False,
        height=None,
        editable="user",
        buttons=["copy"],
        latex_delimiters=[],
        allow_tags=False,
        sanitize_html=True,
        feedback_options=("Like", "Dislike"),
    )


def _narrowing() -> dict[str, Any]:
    """What a question is kept to."""
    with gr.Accordion(t("Keep the search to"), open=False, elem_classes="eb-filters") as narrowing:
        with gr.Row():
            kinds = (("people", t("People")), ("places", t("Places")), ("devices", t("Devices")))
            placed: dict[str, Any] = {
                name: gr.Dropdown([], multiselect=True, label=label, max_choices=20)
                for name, label in kinds
            }
        with gr.Row():
            for name, label in (("begin", t("From")), ("end", t("Until"))):
                placed[name] = gr.DateTime(label=label, type="string", value=None)
    return placed | {"narrowing": narrowing}


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


def _wire(events: AskEvents, parts: AskParts) -> None:
    chat, box = parts.chat, parts.box
    inputs = [parts.conversation, parts.remembered, *parts.filters]
    box.submit(events.ask, [box, *inputs], parts.shown, **_ASKING)
    chat.example_select(events.example, inputs, parts.shown, **_ASKING)
    chat.retry(events.retry, inputs, parts.shown, **_ASKING)
    chat.edit(events.edit, inputs, parts.shown, **_ASKING)
    chat.option_select(events.option, inputs, parts.shown, **_ASKING)
    box.stop(events.running.stop, None, None, **QUIET)
    current_blocks().unload(events.running.stop)


def _wire_conversations(
    events: ConversationEvents, parts: AskParts, new: gr.Button, signal: gr.HTML
) -> None:
    opening = [*parts.shown, *parts.filters, parts.naming]
    parts.chat.undo(events.take_back, [parts.conversation], parts.shown, **QUIET)
    parts.chat.like(events.like, [parts.conversation], None, **QUIET)
    new.click(events.renew, None, opening, **QUIET)
    parts.delete.click(events.delete, [parts.conversation], opening, **QUIET)
    parts.past.input(events.choose, [parts.past], opening, **QUIET)
    signal.focus(events.wish, [parts.conversation], opening, trigger_mode="multiple", **QUIET)
    for one in parts.filters:
        one.change(events.name_filters, parts.filters, [parts.narrowing], **QUIET)
    current_blocks().load(events.open, [parts.remembered], opening, **QUIET)


def _wire_naming(
    events: ConversationEvents, parts: AskParts, save: gr.Button, cancel: gr.Button
) -> None:
    named = [parts.naming, parts.title, parts.past]
    asked = parts.rename.click(events.ask_title, [parts.conversation], named, **QUIET)
    asked.then(None, None, None, js=_TO_TITLE)
    typed = [parts.conversation, parts.title]
    gr.on([save.click, parts.title.submit], events.rename, typed, named, **QUIET)
    cancel.click(lambda: gr.Row(visible=False), None, parts.naming, **QUIET)
