"""Ask: a chat whose answers stream in, with the moments that they rest on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import gradio as gr

from app.web.answer_text import answer_markdown, plain
from app.web.moments import day_words
from memory.types import Answer, Turn
from memory.zones import zone

if TYPE_CHECKING:
    from app.assistant import Assistant

History: TypeAlias = list[dict[str, Any]]
Turns: TypeAlias = tuple[Turn, ...]

LONGEST = 2000
REMEMBERED = 3  # turns that a question may point back to
LOOKING = "*Looking through your recordings …*"
NOTHING_YET = """## Nothing to remember yet

Add a recording in the **[Library](#page=library)**. A minute later you can ask about it here.
"""
WELCOME = """## What would you like to remember?

Every answer shows the moments it rests on. Press ▶ to watch them.
"""

_log = logging.getLogger(__name__)


def page(assistant: Assistant) -> None:
    """Places the chat, the box and what happens between them."""
    chat = gr.Chatbot(
        show_label=False,
        elem_id="eb-chat",
        height=None,
        layout="bubble",
        buttons=[],
        feedback_options=None,
        allow_tags=False,
        latex_delimiters=[],
        placeholder=WELCOME,
        examples=[],
    )
    # What "and on Monday?" points back to; in this server's memory alone, as long as the page.
    turns = gr.State(())
    with gr.Row(elem_id="eb-ask"):
        box = gr.Textbox(
            placeholder="Ask about your days …",
            show_label=False,
            container=False,
            max_length=LONGEST,
            max_lines=4,
            scale=1,
            label="Your question",
            elem_id="eb-question",
        )
        button = gr.Button("Ask", variant="primary", scale=0, min_width=88, elem_id="eb-send")
    _wire(assistant, chat, box, button, turns)


def _wire(
    assistant: Assistant, chat: gr.Chatbot, box: gr.Textbox, button: gr.Button, turns: gr.State
) -> None:
    def welcome() -> gr.Chatbot:
        return gr.Chatbot(**greeting(assistant.days()))

    def on_ask(text: str, history: History, turns: Turns) -> Iterator[tuple[History, str, Turns]]:
        yield from conversation(assistant, text, history, turns)

    def on_example(
        event: gr.SelectData, history: History, turns: Turns
    ) -> Iterator[tuple[History, str, Turns]]:
        yield from conversation(assistant, str(event.value["text"]), history, turns)

    context = gr.context.Context.root_block
    assert context is not None
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    context.load(welcome, None, chat, **private)
    gr.on(
        [box.submit, button.click],
        on_ask,
        [box, chat, turns],
        [chat, box, turns],
        trigger_mode="once",
        **private,
    )
    chat.example_select(on_example, [chat, turns], [chat, box, turns], **private)


def greeting(days: list[date]) -> dict[str, Any]:
    """What an empty chat shows: how to begin, and questions that can be clicked."""
    if not days:
        return {"placeholder": NOTHING_YET, "examples": []}
    last = day_words(days[-1]).rsplit(" ", 1)[0]
    questions = (
        f"What happened on {last}?",
        "What did we talk about?",
        "When did I use my phone?",
        "Where did I put my keys?",
    )
    return {"placeholder": WELCOME, "examples": [{"text": question} for question in questions]}


def conversation(
    assistant: Assistant, text: str, history: History, turns: Turns = ()
) -> Iterator[tuple[History, str, Turns]]:
    """The chat as it grows, the text that is left in the box, and the turns so far."""
    question = text.strip()[:LONGEST]
    if not question:
        yield history, "", turns
        return
    told = [*history, {"role": "user", "content": plain(question)}]
    for words in _reply(assistant, question, turns):
        if isinstance(words, Turn):
            turns = (*turns, words)[-REMEMBERED:]
            continue
        yield [*told, {"role": "assistant", "content": words}], "", turns


def _reply(assistant: Assistant, question: str, turns: Turns) -> Iterator[str | Turn]:
    """The words as they grow; the turn comes before the last of them."""
    yield LOOKING
    said = ""
    try:
        for piece in assistant.ask_stream(question, earlier=turns):
            if isinstance(piece, Answer):
                if piece.turn is not None:
                    yield piece.turn
                today = datetime.now(zone(assistant.timezone)).date()
                yield answer_markdown(piece, assistant.store, assistant.timezone, today)
            else:
                said += piece
                yield plain(said)
    except Exception as error:  # whatever happens, the person gets a sentence, not a stack
        _log.exception("answering failed")
        kind = type(error).__name__
        yield f"I could not answer that ({plain(kind)}). The log of the server says more."
