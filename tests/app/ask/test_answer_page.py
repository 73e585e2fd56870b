from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ask.answer_page import answer_page, shortened
from app.assistant import Assistant
from app.presentation.i18n import use_locale
from app.presentation.rendering import Json
from app.presentation.time_text import interval_words, length_words, moment_words, seek_address
from memory.types.core import Answer, Citation, Coverage, Recording, Sentence, Span
from tests.app.homes import HOSTILE, MORNING

NOW = MORNING + 86_400.0


def cited(recording: Recording, *quotes: str, pending: tuple[Span, ...] = ()) -> Answer:
    start = recording.start
    citations = tuple(
        Citation(recording.id, Span(start + 30 * n + 4.123, start + 30 * n + 12), quote)
        for n, quote in enumerate(quotes)
    )
    sentences = tuple(Sentence(f"I saw {quote}.", (n,)) for n, quote in enumerate(quotes))
    return Answer(sentences, citations, 0.9, Coverage((recording.span,), pending))


def shown(answer: Answer, assistant: Assistant) -> Json:
    return answer_page(answer, assistant.store, "UTC", NOW)


def test_a_card_plays_its_moment_and_shows_the_picture_nearest_to_it(
    assistant: Assistant, breakfast: Recording
) -> None:
    page = shown(cited(breakfast, "a cup", "face"), assistant)
    assert page["cards"][1]["quote"] == "somebody was in view"
    page = shown(cited(breakfast, "a cup", "a drawer"), assistant)
    assert page["sentences"] == [
        {"text": "I saw a cup.", "marks": [1]},
        {"text": "I saw a drawer.", "marks": [2]},
    ]
    first, second = page["cards"]
    assert first["seek"] == f"#seek={breakfast.id},4.13,12.00,a%20cup"
    assert first["at"] == MORNING + 4.123
    assert second["picture"].startswith(f"/thumbnails/{breakfast.id}/")
    assert first["picture"] != second["picture"]
    assert [card["number"] for card in page["cards"]] == [1, 2]


def test_what_was_searched_and_what_waits_is_counted(
    assistant: Assistant, breakfast: Recording
) -> None:
    waiting = (Span(MORNING, MORNING + 90),)
    page = shown(cited(breakfast, "a cup", pending=waiting), assistant)
    assert page["searched"]["pending"] == 90
    assert page["searched"]["within"] is None
    asked = assistant.ask("What happened on Tuesday 3 March 2026?", at=NOW)
    searched = shown(asked, assistant)["searched"]
    assert searched["whole"] == 86_400
    assert searched["recorded"] == 210
    assert searched["pending"] == 30
    assert searched["span"] == searched["within"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_plain_strings_and_addresses_hold_nothing_of_them(
    assistant: Assistant, breakfast: Recording, text: str
) -> None:
    (card,) = shown(cited(breakfast, text), assistant)["cards"]
    assert card["quote"] == shortened(text)
    assert unquote(card["seek"].split(",", 3)[3]) == card["quote"]
    assert not set(card["seek"].partition("=")[2]) & set("<>\"'` ()[]{}$")
    assert card["picture"].startswith("/thumbnails/")


@given(st.text(max_size=200), st.floats(0, 1e5), st.floats(0, 1e3))
def test_seek_address_carries_the_moment_and_nothing_else(
    words: str, start: float, length: float
) -> None:
    words = words.encode(errors="replace").decode()
    address = seek_address("walk-0123456789", start, start + length, words)
    assert re.fullmatch(r"#seek=walk-0123456789,\d+\.\d\d,\d+\.\d\d,[\w.~%-]*", address, re.ASCII)
    _, at, _, quoted = address.split(",")
    assert start <= float(at) <= start + 0.011
    assert unquote(quoted) == words


def test_long_quotes_are_cut_at_a_word() -> None:
    assert shortened("word " * 100).endswith("word …")
    assert len(shortened("word " * 100)) < 170


@pytest.mark.parametrize(
    ("start", "hours", "words"),
    [
        (0.0, 5.0, "Tue 3 Mar 2026, 09:30–14:30"),
        (0.0, 0.01, "Tue 3 Mar 2026, 09:30"),
        (-9.5, 24.0, "Tue 3 Mar 2026"),
        (-9.5, 72.0, "Tue 3 Mar 2026 – Thu 5 Mar 2026"),
        (8.5, 6.0, "Tue 3 Mar 2026, 18:00–24:00"),
        (12.0, 6.0, "Tue 3 Mar 2026, 21:30 – Wed 4 Mar 2026, 03:30"),
    ],
)
def test_intervals_are_said_shortly(start: float, hours: float, words: str) -> None:
    begin = MORNING + 3600 * start
    assert interval_words(begin, begin + 3600 * hours, "UTC") == words


@pytest.mark.parametrize(
    ("spoken", "words"),
    [
        ("en", "Tue 3 Mar 2026, 18:30"),
        ("de", "Di. 3. März 2026, 18:30"),
        ("zh", "2026年3月3日 周二 18:30"),
    ],
)
def test_a_moment_is_local_and_written_with_its_day_and_year(spoken: str, words: str) -> None:
    with use_locale(spoken):
        assert moment_words(MORNING, "Asia/Tokyo") == words
        assert moment_words(MORNING, "Asia/Tokyo", seconds=True) == f"{words}:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (3600, "1 h"), (3900, "1 h 5 min")],
)
def test_lengths_are_rounded(seconds: float, words: str) -> None:
    assert length_words(seconds) == words
