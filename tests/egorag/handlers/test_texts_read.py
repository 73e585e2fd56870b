from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries

LINES = [
    ("2025-01-05T08:00", "I spent 13 minutes reading social media."),
    ("2025-01-06T08:00", "I spent 20 minutes on social media."),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = diaries.write_diary(tmp_path / "home", LINES)
    yield opened
    opened.close()


def ask(store: Store, text: str) -> Answer:
    return Answerer(store.as_of).ask(Question(text, diaries.ASKED, diaries.ZONE))


@pytest.mark.parametrize("question", ["What did I read", "Did I read"])
def test_whatever_is_told_to_be_read_was_read(store: Store, question: str) -> None:
    assert "reading social media" in ask(store, f"{question} on 5 January 2025?").text


def test_whether_anything_was_read_is_searched_for_where_no_event_tells_of_it(store: Store) -> None:
    assert ask(store, "Did I read on 6 January 2025?").explanation.evidence
    assert not ask(store, "What did I read on 6 January 2025?").explanation.evidence
