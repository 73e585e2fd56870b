"""Nothing that ended after the question was asked can be seen through a view."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.db.without_pandas import Database
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import LEVELS, Span, Utterance
from tests.memory.lives import NOON, add, recording, say, see


def test_search_finds_any_of_the_words_stemmed_and_best_first(store: Store) -> None:
    add(store, recording(clips=3), ["keys and wallets", "a wallet", "nothing here"])
    found = store.as_of(1e12).search_text(["wallet", "key"])
    assert [store.as_of(1e12).memory(i).text for i in found] == ["keys and wallets", "a wallet"]  # type: ignore[union-attr]
    assert store.as_of(1e12).count_text("wallets") == 2


def test_a_term_cannot_act_as_query_syntax(store: Store) -> None:
    add(store, recording(clips=1), ['say "hello" OR nothing'])
    view = store.as_of(1e12)
    for term in ('"', "hello OR", "NEAR(", "text:hello", "-hello", "*", "'; DROP TABLE memory"):
        view.search_text([term])
    assert view.search_text(['"hello'])


def test_vectors_are_searched_within_level_and_span(store: Store) -> None:
    add(store, recording(clips=2), ["one", "two"])
    first, second = store.memories.overlapping("clip")
    store.vectors.put("m", [first.id, second.id], np.eye(2, 4, dtype=np.float32))
    view, east = store.as_of(1e12), np.eye(1, 4, dtype=np.float32)[0]
    assert list(view.search_vectors(east, "m")) == [first.id, second.id]
    assert list(view.search_vectors(east, "m", span=Span(NOON + 30, NOON + 60))) == [second.id]
    assert view.search_vectors(east, "m", "hour") == {}
    assert view.search_vectors(east, "another model") == {}


def test_vectors_written_by_another_process_are_found(store: Store) -> None:
    add(store, recording(clips=2), ["one", "two"])
    first, second = store.memories.overlapping("clip")
    store.vectors.put("m", [first.id], np.eye(1, 4, dtype=np.float32))
    east = np.eye(1, 4, dtype=np.float32)[0]
    assert len(store.as_of(1e12).search_vectors(east, "m")) == 1
    other = Store.open(store.home)
    other.vectors.put("m", [second.id], np.eye(1, 4, dtype=np.float32))
    other.close()
    assert len(store.as_of(1e12).search_vectors(east, "m")) == 2


def test_the_wearer_is_who_was_said_to_be(store: Store) -> None:
    add(store, recording(clips=1), ["one"])
    assert store.as_of(1e12).wearer_names() == frozenset()
    with Database(store.home / "memory.sqlite3").conn as other:
        other.execute("INSERT INTO person (id, name, number, me) VALUES ('a', 'Ada', 1, 1)")
        other.execute("INSERT INTO person (id, name, number, me) VALUES ('b', 'Ben', 2, 0)")
    assert store.as_of(1e12).wearer_names() == {"Ada"}


def test_coverage_tells_indexed_from_pending(store: Store) -> None:
    add(store, recording(clips=3), ["one", "two", ""])
    coverage = store.as_of(1e12).coverage()
    assert coverage.indexed == (Span(NOON, NOON + 60),)
    assert coverage.pending == (Span(NOON + 60, NOON + 90),)
    assert store.as_of(1e12).coverage(Span(NOON - 60, NOON)).indexed == ()


def test_a_caption_is_unknown_until_the_sentence_that_it_quotes_has_ended(store: Store) -> None:
    found = recording(clips=2)
    clip = add(store, found, ["", ""])[0]
    late = Utterance(Span(NOON + 28, NOON + 36), "the secret is in the second half")
    store.perceptions.write_utterances("speech", "1", {clip.id: [late]})
    store.memories.write_caption(clip, f'Somebody says: "{late.text}"', "test", "caption", "1")
    summaries.rebuild(store)
    view = store.as_of(NOON + 31)
    assert not any(view.memories(level) or view.search_text(["secret"], level) for level in LEVELS)
    assert store.as_of(NOON + 36).search_text(["secret"])


def test_the_words_of_a_question_are_looked_up_in_the_text_index_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, recording(clips=3), ["keys and wallets", "a wallet", "nothing here"])
    fetched, asked = store.database.rows, []

    def rows(sql: str, parameters: object = ()) -> list[sqlite3.Row]:
        asked.append((sql, parameters))
        return fetched(sql, parameters)

    monkeypatch.setattr(store.database, "rows", rows)
    view = store.as_of(1e12)
    assert view.search_text(["wallet"], "clip", Span(NOON, NOON + 90))
    assert view.count_text("wallet") == 2
    joined = [one for one in asked if "MATCH" in one[0] and "JOIN memory " in one[0]]
    assert len(joined) == 2
    for sql, parameters in joined:
        assert "memory_fts" in fetched(f"EXPLAIN QUERY PLAN {sql}", parameters)[0]["detail"]


@settings(max_examples=15, deadline=None)
@given(asked=st.floats(-60, 400), starts=st.lists(st.integers(0, 10), min_size=1, max_size=4))
def test_a_view_never_shows_what_ended_later(asked: float, starts: list[int]) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        for n, start in enumerate(starts):
            found = recording(NOON + 30 * start, 2, f"r{n}")
            for clip in add(store, found, ["a secret word", "a secret word"]):
                say(store, clip, "secret sentence one", "secret sentence two")
                see(store, clip, "cup")
        summaries.rebuild(store)
        memories = [m for level in LEVELS for m in store.memories.overlapping(level)]
        store.vectors.put("m", [m.id for m in memories], np.ones((len(memories), 4), np.float32))
        view = store.as_of(NOON + asked)
        for level in LEVELS:
            found_ids = {m.id for m in view.memories(level)}
            found_ids |= set(view.search_text(["secret"], level))
            found_ids |= set(view.search_vectors(np.ones(4, np.float32), "m", level))
            late = {m.id for m in memories if m.span.end > view.asked_at}
            assert not found_ids & late
            assert all(view.memory(memory_id) is None for memory_id in late)
        for clip_id in {m.clip_id for m in memories if m.clip_id}:
            assert all(u.span.end <= view.asked_at for u in view.utterances(clip_id))
            assert all(s.span.end <= view.asked_at for s in view.sightings(clip_id))
        coverage = view.coverage()
        assert all(s.end <= view.asked_at for s in coverage.indexed + coverage.pending)
        store.close()
