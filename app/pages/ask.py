"""Ask: a chat whose answers stream in, with the moments that they rest on.

The home keeps its conversations (``app/ask/conversations.py``); ``static/ask.js`` adds what a chat
has no component for: keys, and wishes of other pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.ask_conversations import ConversationEvents
from app.pages.ask_corrections import AskCorrections
from app.pages.ask_events import AskEvents
from app.pages.ask_parts import AskParts
from app.pages.ask_view import AskView
from app.pages.shell import QUIET, current_blocks, focus_on, signals

if TYPE_CHECKING:
    from app.assistant import Assistant

_TO_TITLE = focus_on("eb-naming :is(input, textarea)")
_ASKING: dict[str, Any] = {
    **QUIET, "concurrency_limit": 16, "concurrency_id": "ask", "trigger_mode": "multiple",
}  # fmt: skip


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("ask")
    parts = AskParts(assistant)
    view = AskView(assistant, parts)
    asking = AskEvents(assistant, view)
    _wire(asking, parts, signal)
    events = ConversationEvents(assistant, view, asking.running)
    _wire_conversations(events, parts, signal)
    _wire_naming(events, parts)
    AskCorrections(assistant, parts).wire(signal)


def _wire(events: AskEvents, parts: AskParts, signal: gr.HTML) -> None:
    chat, box = parts.chat, parts.box
    inputs = [parts.conversation, parts.remembered, *parts.filters, parts.across]
    # Enter is never lost: what is sent while an answer ends, or is written, is asked after it.
    box.submit(events.ask, [box, *inputs], parts.shown, **_ASKING)
    chat.example_select(events.example, inputs, parts.shown, **_ASKING)
    chat.retry(events.retry, inputs, parts.shown, **_ASKING)
    signal.retry(events.again, inputs, parts.shown, **_ASKING)
    chat.edit(events.edit, inputs, parts.shown, **_ASKING)
    chat.option_select(events.option, inputs, parts.shown, **_ASKING)
    box.stop(events.running.stop, None, None, **QUIET)
    current_blocks().unload(events.running.close)


def _wire_conversations(events: ConversationEvents, parts: AskParts, signal: gr.HTML) -> None:
    opening = [*parts.shown, *parts.filters, parts.across, parts.naming]
    parts.chat.undo(events.take_back, [parts.conversation], parts.shown, **QUIET)
    parts.chat.like(events.like, [parts.conversation], None, **QUIET)
    parts.new.click(events.renew, None, opening, **QUIET)
    parts.delete.click(events.delete, [parts.conversation], opening, **QUIET)
    parts.past.input(events.choose, [parts.past], opening, **QUIET)
    signal.focus(events.wish, [parts.conversation], opening, trigger_mode="multiple", **QUIET)
    for one in parts.filters:
        one.change(events.name_filters, parts.filters, [parts.narrowing], **QUIET)
    current_blocks().load(events.open, [parts.remembered], opening, **QUIET)


def _wire_naming(events: ConversationEvents, parts: AskParts) -> None:
    named = [parts.naming, parts.title, parts.past]
    asked = parts.rename.click(events.ask_title, [parts.conversation], named, **QUIET)
    asked.then(None, None, None, js=_TO_TITLE)
    typed = [parts.conversation, parts.title]
    gr.on([parts.save.click, parts.title.submit], events.rename, typed, named, **QUIET)
    parts.cancel.click(lambda: gr.Row(visible=False), None, parts.naming, **QUIET)
