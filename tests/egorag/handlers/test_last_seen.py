from __future__ import annotations

from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Question, Scope, Span, Utterance
from tests.egorag import lives

START = 1_772_530_200.0  # Tuesday 3 March 2026, 09:30 UTC


@pytest.fixture
def answerer(tmp_path: Path) -> Answerer:
    """Rosa speaks in the moments 1 and 5 of ten; somebody else speaks of her in the eighth."""
    store = Store.open(tmp_path)
    for number, clip in enumerate(lives.record(store, "worn", START, 10)):
        said = {1: ("Rosa", "Hello."), 5: ("Rosa", "Bye."), 8: ("Tim", "I saw Rosa last week.")}
        who, words = said.get(number, ("Tim", "It rains."))
        span = Span(clip.span.start + 1, clip.span.start + 3)
        store.perceptions.write_utterances(
            "speech", "1", {clip.id: [Utterance(span, words, speaker=who)]}
        )
        store.memories.write_caption(clip, "I stand in a street.", "test", "caption", "1")
    return Answerer(store.as_of)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("When did I last see Rosa?", "09:32 Rosa was heard, the last time"),
        ("When did I first meet Rosa?", "09:30 Rosa was heard, the first time"),
    ],
)
def test_the_last_time_is_read_off_who_was_there(answerer: Answerer, text: str, said: str) -> None:
    answer = answerer.ask(Question(text, START + 3600, "UTC"))
    assert said in answer.text
    assert len(answer.citations) == 1


def test_the_last_time_keeps_to_what_the_question_is_kept_to(answerer: Answerer) -> None:
    early = Scope(span=Span(START, START + 100))
    asked = Question("When did I last see Rosa?", START + 3600, "UTC", scope=early)
    assert "09:30" in answerer.ask(asked).text
