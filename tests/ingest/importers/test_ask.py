"""From a file of lines to an answer that cites the moment, and never one that had not ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from ingest.importers import import_paths
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Answer, Question, Span
from tests.ingest.importers.files import DAY_LINES, WEEK, ZONE, at, egolife, write_lines

EVENING = at("2026-03-02T20:00:00")
TABLE = Span(at("2026-03-02T11:09:45"), at("2026-03-02T11:09:47"))


def ask(store: Store, text: str, asked_at: float = EVENING) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, ZONE))


@pytest.fixture
def week(store: Store, tmp_path: Path) -> Store:
    later = {"s": 60_000, "e": 60_004, "k": "c", "t": "I hold a cup at the dining table."}
    path = write_lines(tmp_path / "events_DAY1.jsonl", [*DAY_LINES, later])
    import_paths(store, [path], WEEK)
    summaries.rebuild(store)
    return store


def test_what_was_held_at_the_table_is_cited_with_its_span(week: Store) -> None:
    answer = ask(week, "What did I hold at the dining table?", at("2026-03-02T12:00:00"))
    assert not answer.abstained
    assert "phone" in answer.text
    assert TABLE in [citation.span for citation in answer.citations]
    assert answer.citations[0].quote == "I'm facing the dining table, holding my phone."


def test_nothing_after_the_moment_of_asking_is_used(week: Store) -> None:
    for minutes in (0, 1, 3, 60):
        asked = at("2026-03-02T11:09:46") + 60 * minutes
        answer = ask(week, "What did I hold at the dining table?", asked)
        assert all(citation.span.end <= asked for citation in answer.citations)
        assert "cup" not in answer.text
    assert ask(week, "What did I hold at the dining table?", at("2026-03-02T11:09:46")).abstained
    assert "cup" in ask(week, "Did I hold a cup at the dining table?").text


def test_who_said_something_is_answered_by_name(week: Store) -> None:
    answer = ask(week, "Who said to mark a timestamp?")
    assert "Shure" in answer.text
    assert answer.citations[0].span == Span(at("2026-03-02T11:09:54"), at("2026-03-02T11:09:55"))


def test_the_files_of_the_data_set_are_answered_from_alike(store: Store, tmp_path: Path) -> None:
    import_paths(store, [egolife(tmp_path / "cap")], WEEK)
    summaries.rebuild(store)
    answer = ask(store, "Where did I put the hard drive?")
    assert "sofa" in answer.text
    assert answer.citations[0].span == Span(at("2026-03-02T11:12:31"), at("2026-03-02T11:12:33.5"))


def test_what_was_never_told_is_not_answered(week: Store) -> None:
    assert ask(week, "Where did I park the bicycle?").abstained
