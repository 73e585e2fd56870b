"""Answers as messages: what was heard, seen or written by a model is text and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.pages.chat_messages import (
    ShownTurn,
    coverage_words,
    messages_of,
    question_messages,
    question_of,
    running_messages,
    turn_at,
)
from tests.app.homes import HOSTILE

ALLOWED = set("div p ol li a span img q br details summary ul small b".split())


def card(words: str) -> dict[str, Any]:
    place = {"recording": "a,b/c", "start": 1.0, "end": 2.0, "at": 3.0, "number": 1}
    return place | {"quote": words, "people": [words], "picture": "", "seek": "#seek=x,1,2,"}


def answer(words: str, *, cards: int = 1, **more: Any) -> dict[str, Any]:
    why = {"lines": [words], "candidates": [card(words) | {"words": words, "share": 1.0,
           "signals": [[words, 0.5]], "cited": True}]}  # fmt: skip
    said = [{"text": words, "marks": [1]}]
    return {
        "understood": words,
        "abstained": False,
        "sentences": said,
        "cards": [card(words)] * cards,
        "reading": words,
        "why": why,
        "turn": None,
    } | more


@pytest.mark.parametrize("words", [*HOSTILE, "a\n\n# b\n\n[x](http://evil.example)", "**a** $$b$$"])
def test_words_of_a_home_are_escaped_and_stand_in_one_block(words: str) -> None:
    shown = [
        *messages_of([ShownTurn("Who?", answer(words, cards=2))])[1:],
        *running_messages(words, [card(words)], words),
        *question_messages(words)[-1:],
    ]
    for message in shown:
        text = str(message.content)
        if text == words:  # a question that has nothing in it for Markdown
            assert not re.search(r"[<>\[*`]", words)
            continue
        assert text.startswith("<")
        assert "\n" not in text, "an empty line would end the block"
        assert set(re.findall(r"</?([a-z]+)", text)) <= ALLOWED
        sources = re.findall(r'(?:src|href)="([^"]*)"', text)
        assert all(one.startswith(("#", "/thumbnails/")) for one in sources)


@pytest.mark.parametrize("question", ["Who?", "3 * 4 < 13?", "a\n<b>&amp;", "see [x](y)"])
def test_a_question_is_edited_as_it_was_asked(question: str) -> None:
    (message,) = question_messages(question)
    assert question_of(str(message.content)) == question


def test_a_message_is_known_by_its_place() -> None:
    turns = [ShownTurn("a", answer("x")), ShownTurn("b", answer("x", cards=0))]
    shown = messages_of(turns)
    assert [message.role for message in shown].count("user") == 2
    second = next(n for n, message in enumerate(shown) if message.content == "b")
    assert [turn_at(turns, n) for n in (0, second - 1, second, len(shown))] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("judged", "deeper", "pending", "options"),
    [
        ({}, False, 0, []),
        ({"wrong": 1, "right": 0}, True, 60.0, ["deeper", "forgive", "again"]),
    ],
)
def test_what_may_be_done_next_hangs_on_the_last_answer(
    judged: dict[str, int], deeper: bool, pending: float, options: list[str]
) -> None:
    searched = {"said": "", "span": None, "recorded": 90.0, "whole": None, "within": None}
    reply = answer("x", judged=judged, deeper=deeper, searched=searched | {"pending": pending})
    first, *_, last = messages_of([ShownTurn("a", reply), ShownTurn("b", reply)])
    assert first.options == []
    assert [one["value"] for one in last.options] == options


def test_what_was_searched_is_said() -> None:
    nothing = {"said": "", "span": None, "recorded": 0, "whole": None, "pending": 0}
    assert coverage_words(nothing) == "Nothing is recorded yet"
    some = nothing | {"recorded": 600, "span": [1e9, 1e9 + 3600], "whole": 3600.0}
    assert coverage_words(some).endswith("01:46–02:46 · 10 min of 1 h recorded")
    assert coverage_words(some | {"said": "Mondays"}) == "Searched Mondays · 10 min recorded"
    assert coverage_words(some | {"recorded": 0}).endswith("nothing was recorded then")
    until = coverage_words(some | {"span": [0.0, 1e9], "whole": 1e9})
    assert until.startswith("Searched until Sun 9 Sep 2001, 01:46 ·")
