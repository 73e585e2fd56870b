from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assistant import Assistant
from app.web.answer_text import answer_markdown, plain, shortened
from app.web.ask import LOOKING, conversation, greeting
from app.web.moments import interval_words, length_words, moment_words, seek_address
from memory.types import Answer, Citation, Coverage, Recording, Sentence, Span
from tests.app.homes import HOSTILE, MORNING

TODAY = date(2026, 3, 10)


def cited(recording: Recording, *quotes: str, pending: tuple[Span, ...] = ()) -> Answer:
    start = recording.start
    citations = tuple(
        Citation(recording.id, Span(start + 30 * n + 4.123, start + 30 * n + 12), quote)
        for n, quote in enumerate(quotes)
    )
    sentences = tuple(Sentence(f"I saw {quote}.", (n,)) for n, quote in enumerate(quotes))
    return Answer(sentences, citations, 0.9, Coverage((recording.span,), pending))


def test_one_citation_becomes_one_chip(assistant: Assistant, breakfast: Recording) -> None:
    words = answer_markdown(cited(breakfast, "a cup"), assistant.store, "UTC", TODAY)
    assert words.startswith("I saw a cup.\n\n1. [▶ Tue 3 Mar 09:30:04](#seek=")
    assert words.endswith("4.13,12.00,a%20cup) a cup")


def test_sentences_point_at_their_citations(assistant: Assistant, breakfast: Recording) -> None:
    words = answer_markdown(cited(breakfast, "a cup", "a drawer"), assistant.store, "UTC", TODAY)
    assert re.match(r"I saw a cup\. \[1\]\(#cite=\S+\) I saw a drawer\. \[2\]\(#cite=", words)
    assert words.count("[▶ ") == 2


def test_what_is_not_indexed_yet_is_said(assistant: Assistant, breakfast: Recording) -> None:
    waiting = (Span(MORNING, MORNING + 90),)
    words = answer_markdown(
        cited(breakfast, "a cup", pending=waiting), assistant.store, "UTC", TODAY
    )
    assert words.endswith("*2 min of your recordings still being indexed*")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_make_no_link_of_their_own(
    assistant: Assistant, breakfast: Recording, text: str
) -> None:
    words = answer_markdown(cited(breakfast, text), assistant.store, "UTC", TODAY)
    assert set(re.findall(r"(?<!\\)\]\(([^)]{6})", words)) == {"#seek="}
    assert not re.search(r"(?<!\\)[<`$]|https?:/", words)


@given(st.text(max_size=200))
def test_plain_words_have_no_active_mark(text: str) -> None:
    words = plain(text)
    rest = re.sub(r"\\[!-/:-@\[-`{-~]", "", words)
    assert not set(rest) & set("\\`*_{}[]()#<>|~$&+=@!^-")
    assert "\n" not in words
    assert "://" not in words
    assert not re.match(r"\d+\.", words)


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
        (0.0, 5.0, "Tue 3 Mar 09:30–14:30"),
        (-9.5, 24.0, "Tue 3 Mar"),
        (-9.5, 72.0, "Tue 3 Mar – Thu 5 Mar"),
        (8.5, 6.0, "Tue 3 Mar 18:00–24:00"),
        (12.0, 6.0, "Tue 3 Mar 21:30 – Wed 4 Mar 03:30"),
    ],
)
def test_intervals_are_said_shortly(start: float, hours: float, words: str) -> None:
    begin = MORNING + 3600 * start
    assert interval_words(begin, begin + 3600 * hours, "UTC", TODAY) == words


def test_times_are_local_and_name_the_year_where_it_is_another() -> None:
    assert moment_words(MORNING, "Asia/Tokyo", TODAY) == "Tue 3 Mar 18:30:00"
    assert moment_words(MORNING, "UTC", date(2027, 1, 1)) == "Tue 3 Mar 2026 09:30:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (3600, "1 h"), (3900, "1 h 5 min")],
)
def test_lengths_are_rounded(seconds: float, words: str) -> None:
    assert length_words(seconds) == words


def test_conversation_says_that_it_looks_then_answers(assistant: Assistant) -> None:
    steps = list(conversation(assistant, "Where did I put the phone charger?", []))
    assert steps[0][0][-1]["content"] == LOOKING
    assert [message["role"] for message in steps[-1][0]] == ["user", "assistant"]
    assert "(#seek=breakfast-" in steps[-1][0][-1]["content"]


def test_empty_question_changes_nothing(assistant: Assistant) -> None:
    history = [{"role": "user", "content": "before"}]
    assert list(conversation(assistant, "  \n", history)) == [(history, "", ())]


def test_the_chat_says_what_it_understood_of_a_question_that_points_back(
    assistant: Assistant,
) -> None:
    first = "What happened on Tuesday 3 March 2026?"
    *_, (history, _, turns) = conversation(assistant, first, [])
    assert [turn.question for turn in turns] == [first]
    assert "You asked" not in history[-1]["content"]
    *_, (history, _, turns) = conversation(assistant, "And on Monday?", history, turns)
    shown = history[-1]["content"]
    assert shown.startswith("*You asked: What happened on 2 March 2026?*")
    assert [turn.question for turn in turns] == [first, "What happened on 2 March 2026?"]


def test_failure_while_answering_is_a_sentence(tmp_path: Path) -> None:
    closed = Assistant.open(tmp_path / "home", weights=tmp_path)
    closed.close()
    *_, (history, _, turns) = conversation(closed, "What happened?", [])
    assert turns == ()
    assert history[-1]["content"].startswith("I could not answer that")


def test_examples_name_the_last_recorded_day() -> None:
    examples = greeting([date(2026, 3, 2), date(2026, 3, 3)])["examples"]
    assert examples[0] == {"text": "What happened on Tuesday 3 March?"}
    assert greeting([])["examples"] == []
