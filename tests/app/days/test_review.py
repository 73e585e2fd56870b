"""The memory review: who and what is asked, when again, and nothing unless it is switched on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from app.assistant import Assistant
from app.commands.main import main
from app.core.settings import Settings
from app.days.review import due_cards, overdue
from app.pages.habits.review import ReviewEvents, ReviewParts
from app.presentation.i18n import use_locale
from app.views.review_view import ReviewView
from memory.repositories.review_replies import ReviewReply
from memory.store.store import Store
from memory.types.core import Span, Utterance
from tests.app.pages.parts import laid_out
from tests.command_words import Keyboard
from tests.memory.crowds import Met, clips, meet
from tests.memory.lives import NOON

pytestmark = pytest.mark.usefixtures("no_weights")

DAY = 86_400.0
LADDER = "I have to return the ladder to Ben."
PIANO = "I have to tune the piano."


def tell(store: Store, at: int, words: str, speaker: str, *met: Met) -> None:
    """A clip of the walk in which somebody says this."""
    clip = store.recordings.clips("walk-0123456789")[at]
    meet(store, clip, *met)
    store.people.assign([clip.id])
    span = Span(clip.span.start + 1, clip.span.start + 4)
    store.perceptions.write_utterances("speech", "1", {clip.id: [Utterance(span, words, speaker)]})
    caption = f'{speaker} says: "{words}"'
    store.memories.write_caption(clip, caption, "test", "caption", "2")


@pytest.fixture
def butler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    """A home of a Monday's noon: Ben (1), somebody without a name, the wearer, two promises."""
    home = Assistant.open(Settings(tmp_path / "home", preset="small"))
    clips(home.store, 3)
    tell(home.store, 0, LADDER, "me", Met(0))
    tell(home.store, 1, "I have to buy a boat.", "Carla", Met(60), Met(120))
    tell(home.store, 2, PIANO, "me")
    home.store.people.name("1", "Ben")
    home.store.people.name("3", "Ada")
    home.store.people.set_me(home.store.people.get("Ada").id, True)
    clock(monkeypatch, NOON + 2 * DAY)
    yield home
    home.close()


def clock(monkeypatch: pytest.MonkeyPatch, now: float) -> None:
    monkeypatch.setattr("app.views.review_view.time", SimpleNamespace(time=lambda: now))


def answers(store: Store, at: float) -> list[str]:
    return sorted(card.answer for card in due_cards(store, "UTC", at))


def test_people_with_a_name_and_promises_of_the_wearer_are_asked(butler: Assistant) -> None:
    assert answers(butler.store, NOON + 2 * DAY) == ["Ben", LADDER, PIANO]


def test_nothing_is_asked_on_the_day_itself(butler: Assistant) -> None:
    assert answers(butler.store, NOON + 0.5 * DAY) == []


def test_what_is_forgotten_is_not_asked(butler: Assistant) -> None:
    butler.store.people.forget("Ben")
    assert "Ben" not in answers(butler.store, NOON + 2 * DAY)
    butler.store.delete_recording("walk-0123456789")
    assert answers(butler.store, NOON + 2 * DAY) == []


def test_it_is_off_until_it_is_switched_on_and_off_deletes_the_replies(butler: Assistant) -> None:
    view = ReviewView(butler)
    assert (view.on, view.due()) == (False, [])
    view.switch(True)
    question = view.due()[0]
    view.reply(question, True)
    assert len(butler.store.reviews.all()) == 1
    view.switch(False)
    assert (view.on, view.due(), butler.store.reviews.all()) == (False, [], [])
    view.reply(question, True)
    assert butler.store.reviews.all() == []


def test_a_question_shows_a_face_or_a_moment_and_not_its_answer(butler: Assistant) -> None:
    view = ReviewView(butler)
    view.switch(True)
    asked = {question.answer: question for question in view.due()}
    ben, ladder, piano = asked["Ben"], asked[LADDER], asked[PIANO]
    assert (ben.words, ben.when) == ("Who is this?", "Mon 2 Mar 2026, 12:00")
    assert ben.picture.startswith("/api/people/faces/")
    assert ladder.words == "Mon 2 Mar 2026, 12:00, with Ben: what did you say that you would do?"
    assert piano.words == "Mon 2 Mar 2026, 12:01: what did you say that you would do?"
    assert "walk-0123456789" in piano.seek
    with use_locale("zh"):
        assert view.due()[0].words != ben.words


def test_the_page_asks_reveals_and_asks_on(butler: Assistant) -> None:
    parts = laid_out(ReviewParts)
    events = ReviewEvents(butler, parts)
    assert events.open()[parts.question] == ""
    count = 0
    shown = events.switch(True)
    while shown[parts.asked]:
        topic = shown[parts.asked]
        assert shown[parts.answer] == ""
        revealed = events.reveal(topic)
        assert "#seek=" in revealed[parts.answer]
        assert isinstance(revealed[parts.verdict], gr.Row)
        shown = events.reply(True)(topic)
        count += 1
    assert count == len(butler.store.reviews.all()) == 3
    assert "Nothing is due" in shown[parts.question]


def test_a_person_who_is_forgotten_before_the_answer_is_not_told(butler: Assistant) -> None:
    parts = laid_out(ReviewParts)
    events = ReviewEvents(butler, parts)
    events.switch(True)
    ben = butler.store.people.get("Ben").id
    butler.store.people.forget("Ben")
    assert "Ben</strong>" not in events.reveal((ben, ""))[parts.answer]
    events.reply(True)((ben, ""))
    assert butler.store.reviews.all() == []


def test_the_command_asks_at_the_terminal(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(butler.home)]
    assert main(["review", *home]) == 0
    assert "is off" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", Keyboard("\ny\n\nn\n\n\n"))
    assert main(["review", "on", *home]) == 0
    said = capsys.readouterr().out
    assert "Ben (Mon 2 Mar 2026, 12:00)" in said or LADDER in said
    assert sorted(reply.known for reply in butler.store.reviews.all()) == [False, True]
    assert main(["review", "--json", *home]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["on"] is True
    assert len(told["due"]) == 1
    assert main(["review", "off", *home]) == 0
    assert butler.store.reviews.all() == []


def test_what_was_not_known_is_asked_from_the_first_day_again() -> None:
    replies = [ReviewReply(day * DAY, known, "clip") for day, known in ((1, True), (3, True))]
    assert overdue(replies, 0.0, 7 * DAY) == 1.0
    replies.append(ReviewReply(7 * DAY, False, "clip"))
    assert overdue(replies, 0.0, 8 * DAY) == 1.0
