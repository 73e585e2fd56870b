"""Conversations of the page Ask without a browser: another tab, an answer that comes, a title."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from fastapi import Request

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.ask_conversations import ConversationEvents
from app.pages.ask_events import AskEvents
from app.pages.ask_parts import LONGEST_TITLE, AskParts, OpenConversation
from app.pages.ask_view import AskView
from app.pages.event_context import on_behalf
from app.pages.running import RunningAnswers
from tests.app.askings import CONCERT, talks
from tests.app.pages.parts import laid_out

ASKED = gr.Request(
    request=Request({"type": "http", "method": "POST", "headers": [], "path": "/"}),
    session_hash="tab",
)


@pytest.fixture(autouse=True)
def _sent() -> Iterator[None]:
    """Events are sent by a page that is open."""
    with on_behalf(ASKED):
        yield


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights")) as opened:
        talks(opened.store)
        yield opened


@pytest.fixture
def view(assistant: Assistant) -> AskView:
    return AskView(assistant, laid_out(lambda: AskParts(assistant)))


def asked(assistant: Assistant, view: AskView, question: str, conversation: str = "") -> str:
    return view.conversations.add(conversation, 0.0, question, assistant.ask(question))


def look(events: ConversationEvents, conversation: OpenConversation) -> OpenConversation | None:
    """The conversation as the page has it after another look; None where it was left alone."""
    updates = events.wish(gr.EventData(None, {"look": True}), conversation)
    assert "box" not in updates, "somebody may be typing"
    state = updates.get("conversation")
    return state if isinstance(state, OpenConversation) else None


def test_another_look_brings_what_another_tab_asked(assistant: Assistant, view: AskView) -> None:
    running = RunningAnswers()
    events = ConversationEvents(assistant, view, running)
    held = asked(assistant, view, CONCERT)
    (turn,) = view.opened(held).turns
    here = OpenConversation(held, (replace(turn, photo="data:image/png"),))
    assert look(events, here) is None, "nothing is drawn anew where nothing has changed"
    asked(assistant, view, "Who talked about the umbrella?", held)
    with running.answering("tab"):
        assert look(events, here) is None, "an answer that comes is not drawn over"
    both = look(events, here)
    assert both is not None
    assert both.turns[0] is here.turns[0]
    assert [shown.question for shown in both.turns] == [CONCERT, "Who talked about the umbrella?"]
    view.conversations.delete(held)
    assert look(events, both) == OpenConversation()


def test_an_answer_is_stopped_as_soon_as_it_can_be(assistant: Assistant, view: AskView) -> None:
    events = AskEvents(assistant, view)
    steps = events.ask({"text": CONCERT}, OpenConversation(), "", [], [], [], None, None)
    assert next(steps)["box"].stop_btn == "Stop"
    events.running.stop(ASKED)
    *_, last = steps
    assert last["box"].stop_btn is False
    assert "Stopped." in str(last["chat"])


def test_a_title_is_one_line_of_words(assistant: Assistant, view: AskView) -> None:
    events = ConversationEvents(assistant, view, RunningAnswers())
    here = view.opened(asked(assistant, view, CONCERT))
    events.rename(here, " The\0 old\n theatre \ud800" + "x" * 200)
    (listed,) = view.conversations.listed()
    assert listed["title"].startswith("The old theatre ?x")
    assert len(listed["title"]) == LONGEST_TITLE
    assert events.ask_title(here)["title"] == listed["title"]
    events.rename(here, "  ")
    assert events.ask_title(here)["title"] == CONCERT
