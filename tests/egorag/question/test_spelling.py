"""A misspelt word is read as the home spells it; names and words of their own are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.question.spelling import respelt
from memory.store.store import Store
from tests.egorag import diaries
from tests.egorag.spoken import DAY, write_talk


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("what is on the winndowsill?", "what is on the windowsill?"),
        ("What did I have for dinnr?", "What did I have for dinner?"),
        ("wher did I see the Panteon", "where did I see the Panteon"),
        ("What did Cleop do?", "What did Cleop do?"),
        ("whats on the shelf I didnt see", "what's on the shelf I didn't see"),
        ("did it rain, and who has four forks?", "did it rain, and who has four forks?"),
        ("what was said about the dinner?", "what was said about the dinner?"),
        ("Wen habe ich am Montag getroffen?", "Wen habe ich am Montag getroffen?"),
        ("Wem gab ich die Gabel?", "Wem gab ich die Gabel?"),
        ("Wan habe ich die Gabel gesehen?", "Wan habe ich die Gabel gesehen?"),
        ("我的钥匙在哪里？", "我的钥匙在哪里？"),
    ],
)
def test_what_is_typed_is_read_as_the_home_spells_it(diary: Store, typed: str, read: str) -> None:
    assert respelt(diary.as_of(diaries.ASKED), typed) == read


def test_what_was_remembered_later_corrects_nothing(diary: Store) -> None:
    typed = "what did I say of the Pantheon's winndowsill?"
    assert respelt(diary.as_of(diaries.ASKED), typed) != typed
    assert respelt(diary.as_of(diaries.at("2025-01-10T00:00")), typed) == typed


def test_german_nouns_and_words_with_umlauts_are_respelt_and_people_are_not(tmp_path: Path) -> None:
    said = (
        (
            0.0,
            "Friederike",
            "Die Lesebrille liegt bei Muttilein ihrem Schlüssel neben der Heckenschere.",
        ),
        (60.0, "me", "Friederike kommt am Freitag mit der Heckenschere."),
    )
    store = write_talk(
        tmp_path, [(diaries.ASKED - DAY + at, who, words) for at, who, words in said]
    )

    def read(typed: str) -> str:
        return respelt(store.as_of(diaries.ASKED), typed)

    assert "Lesebrille" in read("Wo hab ich bloß die Lesebrile hingetan?")
    assert "Schlüssel" in read("wo sind die Schlüsel?")
    assert "Heckenschere" in read("Wo ist die Heckenschehre?")
    for typed in (
        "Wo ist Muttileins Lesebrille?",
        "Wann kommt Frederike?",
        "Wo ist die Lesebrille?",
    ):
        assert read(typed) == typed
    store.close()
