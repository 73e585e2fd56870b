"""What others showed: kept by them alone, told again while they let it, gone with a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import Request

from app.across.told import filled, part_of
from app.ask.answer_page import FAILED
from app.assistant import Assistant
from app.auth.request_context import KEY, RequestContext
from app.pages.ask_conversations import ConversationEvents
from app.pages.ask_events import AskEvents
from app.pages.ask_parts import AskParts, OpenConversation
from app.pages.ask_view import AskView
from app.pages.chat_messages import messages_of
from app.pages.event_context import on_behalf
from app.privacy.service import PrivacyService
from memory.repositories.questions_from_others import QuestionsFromOthers
from memory.types.core import Answer, Citation, Coverage, Scope, Sentence, Span
from memory.types.deletion import DeletionRequest
from tests.app.across.films import SAID, UMBRELLA, Films
from tests.app.homes import MORNING
from tests.app.pages.parts import laid_out
from tests.conftest import without_models


class Page:
    """The page Ask as Jake has it open."""

    def __init__(self, assistant: Assistant, films: Films) -> None:
        self.films, self.assistant = films, assistant
        scope = {"type": "http", "method": "POST", "headers": [], "path": "/"}
        scope[KEY] = RequestContext(films.accounts, films.jake)  # type: ignore[assignment]
        self.sent = gr.Request(request=Request(scope), session_hash="tab")
        self.view = AskView(assistant, laid_out(lambda: AskParts(assistant)))
        self.events = AskEvents(assistant, self.view)
        self.conversation = OpenConversation()

    def ask(self, text: str, *names: str) -> dict[str, Any]:
        """Asks those, too; gives what the page shows at last."""
        place = (self.conversation, "", [], [], [], None, None, list(names))
        with on_behalf(self.sent):
            shown: dict[Any, Any] = {}
            for step in self.events.ask({"text": text}, *place):
                shown |= step
        self.conversation = shown.get("conversation", self.conversation)
        return shown

    def words(self, conversation: OpenConversation | None = None) -> str:
        """All that stands in the chat."""
        shown = messages_of((conversation or self.conversation).turns)
        return " ".join(str(message.content) for message in shown)

    def opened(self) -> OpenConversation:
        """The conversation as it is kept."""
        with on_behalf(self.sent):
            return self.view.opened(self.conversation.id)


@pytest.fixture
def page(films: Films) -> Iterator[Page]:
    with without_models(films.place) as assistant:
        yield Page(assistant, films)


def holds(home: Path, words: str) -> bool:
    """Whether a file of a home holds these words."""
    files = (file for file in home.rglob("*") if file.is_file())
    return any(words.encode() in file.read_bytes() for file in files)


def test_who_lets_one_ask_is_offered_and_kept_for_the_conversation(page: Page) -> None:
    def offered(conversation: OpenConversation) -> gr.CheckboxGroup:
        with on_behalf(page.sent):
            return page.view.across(conversation)["across"]

    assert offered(OpenConversation()).visible is False
    page.films.give()
    assert [name for name, _ in offered(OpenConversation()).choices] == ["Alice"]
    assert offered(OpenConversation()).value == []
    page.ask(UMBRELLA, "Alice")
    assert offered(page.opened()).value == ["Alice"]
    page.films.end()
    assert offered(page.opened()).visible is False


def test_an_answer_names_the_camera_and_plays_in_place(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    shown = page.words()
    assert "Alice&#x27;s camera" in shown
    assert "Somebody by Alice&#x27;s camera: I put the umbrella" in shown
    assert f"#seek={page.films.film.id}%40Alice," in shown
    assert f"/thumbnails/{page.films.film.id}%40Alice/" in shown
    assert "#correct=" not in shown, "nobody puts right what is another's"
    assert "Alice: 1 min" in shown
    page.films.give("ask")
    page.ask(UMBRELLA, "Alice")
    last = page.words(OpenConversation("", page.conversation.turns[-1:]))
    assert "I put the umbrella" in last
    assert page.films.film.id not in last, "a recording that may not be seen is not named"


def test_nothing_of_others_is_kept_by_whoever_asks(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    assert holds(page.films.alice.home, SAID)
    assert not holds(page.assistant.home, "blue drawer")
    assert not holds(page.assistant.home, page.films.film.id)
    assert SAID in page.words(page.opened())


def forget(films: Films) -> None:
    """Alice forgets the moment of the umbrella, as her page does."""
    store = films.hers()
    span = films.film.span
    request = DeletionRequest(span=Span(span.start, span.start + 20))
    PrivacyService(store, lambda: None).forget(request)
    store.close()


def test_what_was_forgotten_is_in_no_kept_conversation_and_not_on_the_page(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    assert page.opened().turns[0].answer["cards"]
    forget(page.films)
    for conversation in (page.opened(), page.conversation):
        with on_behalf(page.sent):
            now = page.view.reopen(conversation, "")
        assert "drawer" not in page.words(now).replace("drawer.mp4", "")
        assert not now.turns[0].answer["cards"]
        assert "What Alice showed is not there any more." in page.words(now)
    page.ask("Was the tram late?")
    assert "umbrella in" not in page.words()
    store = page.films.hers()
    assert [one.question for one in store.asked.latest(9)] == []
    store.close()


def test_a_grant_that_ends_or_narrows_takes_what_was_shown(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    page.films.end()
    assert "I put" not in page.words(page.opened())
    page.films.give()
    assert "I put" in page.words(page.opened())
    page.films.give(narrowed=Scope(span=Span(MORNING + 90, MORNING + 900)))
    assert "I put" not in page.words(page.opened())


def test_a_home_that_cannot_be_read_shows_nothing(page: Page, tmp_path: Path) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    page.films.alice.home.rename(tmp_path / "away")
    assert "I put" not in page.words(page.opened())
    page.ask(UMBRELLA, "Alice")
    assert "Alice&#x27;s memories could not be reached" in page.words()
    assert not page.films.alice.home.exists()


def test_a_refusal_is_said_and_nothing_is_asked(page: Page) -> None:
    shown = page.ask(UMBRELLA, "Alice")
    assert "has not let you ask" in str(shown["chat"][-1].content)
    (turn,) = page.conversation.turns
    assert (turn.answer["ended"], turn.answer["cards"]) == (FAILED, [])
    store = page.films.hers()
    assert not store.asked.latest(9)
    store.close()


def test_the_owner_sees_who_asked_what_and_what_was_shown(page: Page) -> None:
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    page.ask("Who danced a tango?", "Alice")
    store = page.films.hers()
    none, some = store.asked.latest(9)
    assert (some.who, some.question) == ("Jake", UMBRELLA)
    assert [quote[4] for quote in some.shown["quotes"]] == [SAID]
    assert (none.question, none.shown["quotes"]) == ("Who danced a tango?", [])
    assert store.conversations.latest(9) == [], "they are no conversations of hers"
    store.close()


def test_a_question_that_points_back_asks_the_same_homes(page: Page) -> None:
    page.films.give()
    page.ask("Who spoke of tomatoes?", "Alice")
    page.ask("When?", "Alice")
    turn = page.conversation.turns[-1].answer
    assert "tomatoes" in turn["understood"]
    assert [card["wearer"] for card in turn["cards"]] == ["Alice"]


def test_a_moment_that_goes_while_it_is_asked_is_not_shown(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.films.give()
    calls, kept = list[str](), QuestionsFromOthers.add

    def forgotten_before(self: QuestionsFromOthers, *words: Any) -> str:
        if not calls:
            calls.append("")
            forget(page.films)
        return kept(self, *words)

    monkeypatch.setattr(QuestionsFromOthers, "add", forgotten_before)
    page.ask(UMBRELLA, "Alice")
    assert calls
    assert "I put" not in page.words()


def test_a_thumb_on_moments_of_others_keeps_nothing(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    monkeypatch.setattr("app.pages.ask_conversations.tell", said.append)
    page.films.give()
    page.ask(UMBRELLA, "Alice")
    events = ConversationEvents(page.assistant, page.view, page.events.running)
    last = len(messages_of(page.conversation.turns)) - 1
    liked = gr.LikeData(None, {"index": last, "value": "", "liked": True})
    with on_behalf(page.sent):
        events.like(liked, page.conversation)
    assert said == ["Only moments of your own camera can be judged."]
    assert not page.assistant.store.feedback.of(UMBRELLA)


def test_a_home_keeps_only_its_own_part_and_a_gap_is_said() -> None:
    spans = [Span(0.0, 10.0), Span(20.0, 30.0)]
    cited = tuple(
        Citation(f"film-{name}", span, f"by {name}", name, "")
        for name, span in zip(("Alice", "Lucia"), spans, strict=True)
    )
    sentences = (Sentence("Twice.", (0, 1)), Sentence("By her.", (0,)), Sentence("Sure.", ()))
    answer = Answer(sentences, cited, 1.0, Coverage())
    hers, lucias = part_of(answer, "Alice"), part_of(answer, "Lucia")
    assert (hers["sentences"], lucias["sentences"]) == ({"1": "By her."}, {})
    assert [quote[1] for quote in hers["quotes"]] == ["film-Alice"]
    page = {
        "cards": [{"number": 1, "wearer": "Alice"}, {"number": 2, "wearer": "Lucia"}],
        "sentences": [
            {"text": "", "marks": [1, 2]},
            {"text": "", "marks": [1]},
            {"text": "Sure.", "marks": []},
        ],
        "reading": "",
    }
    card = {"number": 1, "recording": "", "wearer": "Alice"}
    again = filled(page, [{**hers, "cards": {1: card}, "wearer": "Alice"}])
    assert [one["text"] for one in again["sentences"]] == ["By her.", "Sure."]
    assert "Ask again to see it." in again["reading"]
    gone = filled(page, [], ["Alice", "Lucia"])
    assert gone["cards"] == []
    assert [one["text"] for one in gone["sentences"]] == ["Sure."]
    assert "What Lucia showed is not there any more." in gone["reading"]
