"""Conversations of the page Ask without a browser: another tab, an answer that comes, a title."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import gradio as gr
import pytest
from fastapi import Request

from app.ask.answer_page import OPEN, RUNNING
from app.assistant import Assistant
from app.pages.ask_conversations import ConversationEvents
from app.pages.ask_corrections import AskCorrections
from app.pages.ask_events import AskEvents
from app.pages.ask_parts import LONGEST_TITLE, AskParts, OpenConversation
from app.pages.ask_view import AskView
from app.pages.chat_messages import messages_of
from app.pages.event_context import on_behalf
from app.pages.running import RunningAnswers
from app.presentation.i18n import use_locale
from memory.types.core import Answer
from memory.types.evidence_cards import EvidenceCards
from tests.app.askings import CONCERT
from tests.app.homes import Restored
from tests.app.pages.parts import laid_out
from tests.conftest import without_models

ASKED = gr.Request(
    request=Request({"type": "http", "method": "POST", "headers": [], "path": "/"}),
    session_hash="tab",
)


NOWHERE: tuple[Any, ...] = ("", [], [], [], None, None)  # nothing remembered, kept to nothing


@pytest.fixture(autouse=True)
def _sent() -> Iterator[None]:
    """Events are sent by a page that is open."""
    with on_behalf(ASKED):
        yield


@pytest.fixture
def assistant(home_of_talks: Restored) -> Iterator[Assistant]:
    with without_models(home_of_talks.fresh()) as opened:
        yield opened


@pytest.fixture
def view(assistant: Assistant) -> AskView:
    return AskView(assistant, laid_out(lambda: AskParts(assistant)))


def asked(assistant: Assistant, view: AskView, question: str, conversation: str = "") -> str:
    begun = view.conversations.begin(conversation, question)
    view.conversations.finish(begun, assistant.ask(question))
    return begun.conversation


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


def read(conversation: OpenConversation) -> list[str]:
    return [str(message.content) for message in messages_of(conversation.turns)]


def stopped(events: AskEvents, conversation: OpenConversation, question: str) -> dict[str, Any]:
    """What the page shows last where an answer is stopped once its first words stand."""
    return stop(events, events.ask({"text": question}, conversation, *NOWHERE))


def stop(events: AskEvents, steps: Iterator[dict[Any, Any]]) -> dict[str, Any]:
    for shown in steps:
        if "It is on" in str(shown.get("chat")):
            events.running.stop(ASKED)
    return dict(shown)


@pytest.fixture
def slow(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that are written without an end."""
    real = assistant.ask_stream

    def written(*words: Any, **more: Any) -> Iterator[EvidenceCards | str | Answer]:
        yield next(iter(real(*words, **more)))
        while True:
            yield "It is on "
            time.sleep(0.01)

    monkeypatch.setattr(assistant, "ask_stream", written)


@pytest.mark.parametrize(("language", "words"), [("en", "Stopped."), ("zh", "已停止。")])
def test_a_stopped_answer_stays_with_its_moments_and_is_asked_again(
    assistant: Assistant, view: AskView, slow: None, language: str, words: str
) -> None:
    events = AskEvents(assistant, view)
    with use_locale(language):
        last = stopped(events, OpenConversation(), CONCERT)
    shown = last["conversation"]
    assert last["box"].stop_btn is False
    assert read(view.opened(shown.id)) == read(shown), "the home has it, too"
    with use_locale(language):
        asked_for, moments, said = messages_of(view.opened(shown.id).turns)
    assert asked_for.content == CONCERT
    assert "Sunday" in str(moments.content)
    assert "It is on" in str(said.content)
    assert words in str(said.content)
    assert [one["value"] for one in said.options or ()] == ["again"]
    both = stopped(events, shown, "And then?")["conversation"]
    assert [turn.question for turn in both.turns] == [CONCERT, "And then?"]
    assert read(view.opened(both.id)) == read(both)
    assert [n for n, words in enumerate(read(both)) if "#again=0" in words] == [2]
    later = stop(events, events.again(gr.EventData(None, {"again": "0"}), both, *NOWHERE))
    since = [turn.question for turn in later["conversation"].turns]
    assert since == [CONCERT, "And then?", CONCERT], "what came since stays"
    assert "#again=0" not in "".join(read(later["conversation"])), "it was asked again"
    retried = gr.RetryData(None, {"index": 0, "value": CONCERT})
    again = events.retry(retried, both, "", [], [], [], None, None)
    next(again)
    view.conversations.delete(both.id)
    events.running.stop(ASKED)
    list(again)
    assert view.opened(both.id) == OpenConversation(), "what is deleted meanwhile stays so"


def test_a_question_whose_page_was_closed_is_there_again(
    assistant: Assistant, view: AskView, slow: None
) -> None:
    events = AskEvents(assistant, view)
    steps = events.ask({"text": CONCERT}, OpenConversation(), "", [], [], [], None, None)
    kept = next(shown["remembered"] for shown in steps if "remembered" in shown)
    (turn,) = view.opened(kept).turns
    assert turn.question == CONCERT
    (tab,) = view.conversations.listed()
    assert tab["title"] == CONCERT
    events.running.leave("tab")  # "New conversation"
    *_, last = steps
    assert list(last) == ["box"], "another conversation is not drawn over"
    assert "Stopped." in str(messages_of(view.opened(kept).turns)[-1].content)


def test_an_answer_is_made_to_its_end_for_a_page_that_is_loaded_anew(
    assistant: Assistant, view: AskView, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, going = assistant.ask_stream, Event()

    def held(*words: Any, **more: Any) -> Iterator[EvidenceCards | str | Answer]:
        assert going.wait(60)
        yield from real(*words, **more)

    monkeypatch.setattr(assistant, "ask_stream", held)
    before = AskEvents(assistant, view)
    steps = before.ask({"text": CONCERT}, OpenConversation(), *NOWHERE)
    kept = next(shown["remembered"] for shown in steps if "remembered" in shown)
    steps.close()  # as Gradio does once nobody reads on
    before.running.close(ASKED)
    events = AskEvents(assistant, view)
    page = ConversationEvents(assistant, view, events.running)
    here = page.open(kept)["conversation"]
    said = messages_of(here.turns)[-1]
    assert "Looking through your recordings" in str(said.content)
    assert not said.options, "it need not be asked again"
    later = sent(events, "And who said that?", here)
    later.join(0.5)
    assert later.is_alive(), "it points back to what is being answered"
    assert look(page, here) is None
    going.set()
    later.join(60)
    first, second = view.opened(kept).turns
    assert [first.question, second.question] == [CONCERT, "And who said that?"]
    assert "ended" not in first.answer
    assert second.whole != second.question, "it was read as a question of its own"
    both = look(page, here)
    assert both is not None
    assert [turn.question for turn in both.turns] == [CONCERT, "And who said that?"]


def test_a_question_is_stored_as_unanswered_once_nothing_answers_it(view: AskView) -> None:
    begun = view.conversations.begin("", CONCERT)  # by a server that was ended
    (turn,) = view.opened(begun.conversation).turns
    said = messages_of([turn])[-1]
    assert "Not answered yet." in str(said.content)
    assert [one["value"] for one in said.options or ()] == ["again"]


def sent(events: AskEvents, question: str, here: OpenConversation | None = None) -> Thread:
    """A question that a page sends, once it stands in line."""

    def ask() -> None:
        with on_behalf(ASKED):
            list(events.ask({"text": question}, here or OpenConversation(), *NOWHERE))

    before = waiting(events)
    thread = Thread(target=ask, daemon=True)
    thread.start()
    while thread.is_alive() and waiting(events) == before:
        time.sleep(0.01)
    return thread


def waiting(events: AskEvents) -> int:
    """How many questions of the page stand in line, with the one that is answered."""
    return sum(len(line.waiting) for line in events.running._lines.values())


def test_questions_that_are_sent_at_once_are_answered_in_turn(
    assistant: Assistant, view: AskView, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, going = assistant.ask_stream, Event()

    def held(*words: Any, **more: Any) -> Iterator[EvidenceCards | str | Answer]:
        assert going.wait(60)
        yield from real(*words, **more)

    monkeypatch.setattr(assistant, "ask_stream", held)
    events, questions = AskEvents(assistant, view), [CONCERT, "Who talked?", "What was said?"]
    threads = [sent(events, question) for question in questions]
    assert waiting(events) == 3
    going.set()
    for thread in threads:
        thread.join(60)
    (kept,) = view.conversations.listed()
    turns = view.opened(kept["id"]).turns
    assert [turn.question for turn in turns] == questions
    assert not any("ended" in turn.answer for turn in turns)


def test_a_page_waits_for_what_it_sent_before() -> None:
    running = RunningAnswers()

    def enter() -> None:
        with running.in_turn("a page"):
            pass

    with running.in_turn("another page"):
        enter()
    with running.in_turn("a page"):
        thread = Thread(target=enter, daemon=True)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(60)
    assert not thread.is_alive()


def test_what_a_page_sends_goes_on_with_what_it_does_not_know_yet(
    assistant: Assistant, view: AskView
) -> None:
    events = AskEvents(assistant, view)
    conversations = ConversationEvents(assistant, view, events.running)
    for question in (CONCERT, "Who talked?"):  # the second before the page has heard of the first
        list(events.ask({"text": question}, OpenConversation(), *NOWHERE))
    (kept,) = view.conversations.listed()
    assert [turn.question for turn in view.opened(kept["id"]).turns] == [CONCERT, "Who talked?"]
    conversations.renew()
    list(events.ask({"text": CONCERT}, OpenConversation(), *NOWHERE))
    assert len(view.conversations.listed()) == 2
    asked_first = view.opened(view.conversations.listed()[0]["id"])
    undone = conversations.take_back(gr.UndoData(None, {"index": 0, "value": CONCERT}), asked_first)
    after = events.ask({"text": "Who talked?"}, undone["conversation"], *NOWHERE)
    assert not any(CONCERT in str(shown.get("chat")) for shown in after)


def test_what_waits_on_a_page_that_is_closed_is_kept_unanswered(
    assistant: Assistant, view: AskView, slow: None
) -> None:
    events = AskEvents(assistant, view)
    threads = [sent(events, question) for question in (CONCERT, "Who talked?")]
    while not any(line.latest for line in events.running._lines.values()):
        time.sleep(0.01)  # until the page knows its conversation
    (over,) = events.running._running["tab"]
    events.running.close(ASKED)
    threads[1].join(60)
    (kept,) = view.conversations.listed()
    turns = view.opened(kept["id"]).turns
    assert [turn.question for turn in turns] == [CONCERT, "Who talked?"]
    assert [turn.answer["ended"] for turn in turns] == [RUNNING, OPEN]
    over.stop()
    threads[0].join(60)


def test_a_failure_stays_with_its_question(
    assistant: Assistant, view: AskView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assistant, "ask_stream", lambda *words, **more: iter([1 / 0]))
    events = AskEvents(assistant, view)
    *_, last = events.ask({"text": CONCERT}, OpenConversation(), "", [], [], [], None, None)
    kept = last["conversation"]
    assert read(view.opened(kept.id)) == read(kept)
    assert "ZeroDivisionError" in str(messages_of(kept.turns)[-1].content)


def test_who_has_no_name_is_chosen_in_the_language_of_the_page(
    assistant: Assistant, view: AskView
) -> None:
    store = assistant.store
    (morning,) = (one for one in store.recordings.all() if one.device == "cam-1")
    store.people.undo()  # Anna's name
    met = store.recordings.clips(morning.id)[1]
    place = f"{met.recording_id},{met.span.start},{met.span.end}"
    corrections = AskCorrections(assistant, view.parts)
    with use_locale("zh"):
        shown = corrections.open(gr.EventData(None, {"correct": place}))
    ((words, who),) = shown["correcting who"].choices
    assert words == f"人物 {who.removeprefix('Person ')}"
    assert shown["correcting sentence"].choices[0][0].startswith(f"{words}: ")


def test_the_list_says_what_it_is_where_none_of_it_is_open(
    assistant: Assistant, view: AskView
) -> None:
    assert view.listed(OpenConversation())["past"].visible is False
    here = view.opened(asked(assistant, view, CONCERT))
    closed, opened = (view.listed(one)["past"] for one in (OpenConversation(), here))
    assert closed.choices[0] == ("Earlier conversations", "")
    assert closed.value == ""
    assert [name for _, name in opened.choices] == [here.id] == [opened.value]


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
