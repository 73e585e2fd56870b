"""The search box: anything that can be typed is read, and means the same when written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.moment_search.query import (
    OPERATORS,
    Clause,
    SearchQuery,
    free_terms,
    parse,
    without,
    written,
)

PIECES = st.sampled_from(
    [*(f"{name}:" for name in OPERATORS), "who:", "人：", '"', "“", "”", " ", "Anna", "a:b",
     "喝咖啡", "2026-03-16", "\n", "\x00", "\ud800", "-", "x1:on:2", "é", "ſaid:x", "\u00a0", ":"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=60).map("".join))


@given(TYPED)
def test_anything_is_read_and_means_the_same_when_written_again(text: str) -> None:
    query = parse(text)
    assert parse(written(query)) == query
    assert all(clause.value for clause in query.clauses)
    free_terms(query.words, typing=True)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", SearchQuery()),
        ("blue drawer", SearchQuery(("blue", "drawer"))),
        ('"blue  drawer" x', SearchQuery(("x",), ("blue drawer",))),
        ('"never closed', SearchQuery((), ("never closed",))),
        ('person:"Anna Lind"', SearchQuery((), (), (Clause("person", "Anna Lind"),))),
        ("人：安娜", SearchQuery((), (), (Clause("person", "安娜"),))),
        ("with:Anna with:Anna", SearchQuery((), (), (Clause("person", "Anna"),))),
        ("person:", SearchQuery()),
        (
            'looks:a man on a stage on:2026-03-16 looks:"red door" keys',
            SearchQuery(
                ("keys",),
                (),
                (
                    Clause("looks", "a man on a stage"),
                    Clause("on", "2026-03-16"),
                    Clause("looks", "red door"),
                ),
            ),
        ),
        ("at 10:30 http://x", SearchQuery(("at", "10:30", "http://x"))),
    ],
)
def test_words_phrases_and_operators(text: str, means: SearchQuery) -> None:
    assert parse(text) == means


def test_a_clause_can_be_taken_away() -> None:
    query = parse("keys person:Anna on:2026-03-16")
    assert written(without(query, Clause("person", "Anna"))) == "keys on:2026-03-16"


def test_chinese_is_looked_up_as_it_stands_and_by_its_pairs() -> None:
    assert [term.text for term in free_terms(["安娜的咖啡"])] == ["安娜的咖啡", "安娜", "咖啡"]
    assert [term.text for term in free_terms(["where", "did", "keys"])] == ["keys"]
    assert [term.text for term in free_terms(["the"])] == ["the"]
    assert free_terms(["person"])[0].forms == ("people",)
