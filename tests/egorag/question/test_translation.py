"""A home in which English and Chinese are told: each is found by questions in the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from egorag.answering.answerer import Answerer
from egorag.question.translation import translated
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries

LINES = (
    ("2025-03-01T08:00", "I drank a cup of coffee."),
    ("2025-03-02T08:00", "我喝了一杯咖啡。"),
    ("2025-03-03T08:00", "I drank a cup of tea."),
    ("2025-03-06T08:00", "I ran in the park."),
    ("2025-03-07T08:00", "我在公园跑步了。"),
)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = diaries.write_diary(Path(tmp_path_factory.mktemp("mixed")) / "home", LINES)
    yield store
    store.close()


def ask(store: Store, text: str) -> Answer:
    return Answerer(store.as_of).ask(Question(text, diaries.ASKED, diaries.ZONE))


def value(store: Store, text: str) -> Any:
    return getattr(ask(store, text).explanation.aggregate, "value", None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("我喝了几次咖啡\uff1f", 2),
        ("How many times did I drink coffee?", 2),
        ("我喝了几次茶\uff1f", 1),
        ("我跑了几次步\uff1f", 2),
        ("How many times did I run in the park?", 2),
        ("我在公园跑了几次步\uff1f", 2),
    ],
)
def test_what_was_told_in_either_language_counts(
    mixed: Store, question: str, expected: int
) -> None:
    assert value(mixed, question) == expected


def test_a_word_that_is_not_listed_is_not_said_to_be_none(mixed: Store) -> None:
    assert value(mixed, "我喝了几次薄荷美式咖啡\uff1f") is None


def test_all_words_are_translated_or_none() -> None:
    assert translated(("咖啡", "公园")) == ("coffee", "park")
    assert translated(("咖啡", "什刹海")) == ()
    assert translated(()) == ()
