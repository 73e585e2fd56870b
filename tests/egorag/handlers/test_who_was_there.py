"""Who was there: everybody heard or seen in the time that is named, and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question, Sighting, Span, Utterance
from tests.egorag import diaries
from tests.egorag.lives import record

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
EVENING = NOON - 17 * 3600  # Tuesday, 19:00


def say(store: Store, name: str, start: float, *words: tuple[str, str]) -> None:
    """A half minute in which these people say these words, one after the other."""
    (clip,) = record(store, name, start, 1)
    said = [
        Utterance(Span(start + 5 * n, start + 5 * n + 4), text, who)
        for n, (who, text) in enumerate(words)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: said})
    seen = [Sighting(Span(start, start + 20), "face", "Dora", 0.9)] if name == "dinner" else []
    store.perceptions.write_sightings("sights", "1", {clip.id: seen})
    store.memories.write_caption(
        clip, " ".join(text for _, text in words), "composed", "caption", "1"
    )


def ask(store: Store, text: str, at: float = NOON) -> Answer:
    return Answerer(store.as_of).ask(Question(text, at, "UTC"))


@pytest.fixture
def dinner(store: Store) -> Store:
    say(store, "lunch", EVENING - 6 * 3600, ("Eve", "Pass me the bread."))
    say(store, "dinner", EVENING, ("Ada", "Nice soup."), ("Ben", "Yes."), ("Ada", "More?"))
    say(store, "later", NOON - 600, ("Carl", "Good morning."))
    return store


def test_everybody_who_was_heard_or_seen_then_is_named_and_nobody_else(dinner: Store) -> None:
    answer = ask(dinner, "Who was at dinner on Tuesday?")
    first, *each = [sentence.text for sentence in answer.sentences]
    assert first == "Ada, Dora and Ben were there."
    assert [text.split()[0] for text in each] == ["Ada", "Dora", "Ben"]
    assert "heard 2 times" in each[0]
    assert "seen once" in each[1]
    assert all(sentence.citations for sentence in answer.sentences)


def test_who_comes_later_than_the_question_was_not_there(dinner: Store) -> None:
    answer = ask(dinner, "Who was there at dinner today?", at=EVENING + 10)
    assert "Ben" not in answer.text
    assert "Carl" not in answer.text


def test_where_nobody_was_met_there_is_nobody_to_name(tmp_path: Path) -> None:
    store = diaries.write_diary(tmp_path / "home", [("2026-03-04T08:00", "I went for a walk.")])
    assert ask(store, "Who was there today?").citations == ()
    store.close()


def test_a_question_about_more_than_a_time_is_searched(dinner: Store) -> None:
    assert "Eve" not in ask(dinner, "Who talked about the soup on Tuesday?").text


def test_the_wearer_is_nobody_who_was_met(store: Store) -> None:
    say(store, "alone", EVENING, ("me", "Where is it?"))
    say(store, "later", EVENING + 7200, ("Ada", "Here."), ("me", "Thanks."))
    assert ask(store, "Who was there yesterday before 20:00?").text == "Only you were heard."
    text = ask(store, "Who did I talk to?").text
    assert text == "Ada was heard once, first yesterday at 21:00."
    assert ask(store, "昨天我和谁说话了？").text == "Ada：听到1次，最早是昨天21:00。"
