"""The index of vectors finds what comparing them all finds, and holds nothing that was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.db import row_mapping as rows
from memory.db.database import FILE_NAME
from memory.integrity.verify import repair, verify
from memory.search import text_vectors as vectors
from memory.store.store import Store
from memory.types.core import Clip, Span
from memory.vectors.byte_codes import encode
from memory.vectors.index import FaissIndex
from memory.vectors.whitening import Whitening
from tests.memory.lives import NOON, add, recording

D = 16
MODEL = "compass"
KINDS = pytest.mark.parametrize("most_exact", [0, 1000], ids=["codes", "whole vectors"])
FEW = settings(max_examples=settings().max_examples // 3)  # of those that each run tries


def unit(count: int, seed: int) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal((count, D)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def id_of(clip: Clip) -> int:
    return rows.memory_id("clip", clip.id)


@contextmanager
def a_home(most_exact: int) -> Iterator[Store]:
    before, vectors.EXACT_BELOW = vectors.EXACT_BELOW, most_exact
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        try:
            yield store
        finally:
            store.close()
            vectors.EXACT_BELOW = before


def held_ids(store: Store) -> set[int]:
    """The ids in the index in memory, once it has followed."""
    store.as_of(1e12).search_vectors(unit(1, 0)[0], MODEL)
    held = store.vectors._held[MODEL, D].shelf
    rows_of_faiss = sum(block.ntotal for block in held._index.blocks)
    assert rows_of_faiss == len(held)
    return set(held._ids.tolist())


operations = st.lists(
    st.tuples(
        st.sampled_from(["put", "caption", "delete", "move"]),
        st.integers(0, 5),
        st.integers(0, 1000),
    ),
    max_size=10,
)


@KINDS
@FEW
@given(steps=operations, until=st.integers(0, 7), after=st.integers(0, 6))
def test_any_history_of_vectors_equals_a_dictionary(
    most_exact: int, steps: list[tuple[str, int, int]], until: int, after: int
) -> None:
    with a_home(most_exact) as store:
        clips = [add(store, recording(NOON + 30 * n, 1, f"r{n}"), ["a word"])[0] for n in range(6)]
        ends = {id_of(clip): clip.span.end for clip in clips}
        known: dict[int, NDArray[np.float32]] = {}
        query = unit(1, 5)[0]
        other = Store.open(store.home)  # another process, as far as the index can tell
        for what, which, seed in steps:
            clip, writer = clips[which], (store, other)[seed % 2]
            one = id_of(clip)
            if what == "put":
                writer.vectors.put(MODEL, [one], unit(1, seed))
                if one in ends:
                    known[one] = unit(1, seed)[0]
            elif what == "caption" and one in ends:
                said = store.memories.caption(clip.id)
                writer.memories.write_caption(clip, f"another word {seed}", "test", "caption", "1")
                ends[one] = clip.span.end  # a caption is written of the clip as it is
                if said != f"another word {seed}":
                    known.pop(one, None)
            elif what == "delete":
                writer.delete_recording(clip.recording_id)
                known.pop(one, None)
                ends.pop(one, None)
            elif what == "move" and one in ends:
                with writer.database.transaction() as db:
                    db.conn.execute('UPDATE memory SET "end" = "end" + 15 WHERE id = ?', [one])
                ends[one] += 15
            view = store.as_of(NOON + 30 * until)
            found = view.search_vectors(query, MODEL)
            wanted = {i: float(v @ query) for i, v in known.items() if ends[i] <= view.asked_at}
            assert found == pytest.approx(wanted, abs=1e-5)
            assert list(found.values()) == sorted(found.values(), reverse=True)
            assert held_ids(store) == set(known)
            late = view.search_vectors(query, MODEL, span=Span(NOON + 30 * after, NOON + 9999))
            assert set(late) == {i for i in wanted if ends[i] > NOON + 30 * after}
        assert verify(store).sound
        other.close()


@FEW
@given(
    count=st.integers(1, 300),
    seed=st.integers(0, 10_000),
    limit=st.integers(1, 40),
    block=st.sampled_from([7, 64, 65_536]),
)
def test_candidates_by_codes_compared_again_equal_the_exact_search(
    count: int, seed: int, limit: int, block: int
) -> None:
    with a_home(0) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr("memory.vectors.index.BLOCK", block)
        patch.setattr("memory.search.text_vectors._MARGIN", 20)
        clips = add(store, recording(clips=count), ["a word"] * count)
        made = unit(count, seed)
        store.vectors.put(MODEL, [id_of(clip) for clip in clips], made)
        query = unit(1, seed + 1)[0]
        found = store.as_of(1e12).search_vectors(query, MODEL, limit=limit)
        exact = np.sort(made @ query)[::-1][:limit]
        assert list(found.values()) == pytest.approx(exact.tolist(), abs=1e-5)


@KINDS
@FEW
@given(first=st.integers(0, 11), length=st.integers(1, 12))
def test_a_deleted_span_leaves_no_id_in_text_or_vectors(
    most_exact: int, first: int, length: int
) -> None:
    with a_home(most_exact) as store:
        clips = add(store, recording(clips=12), ["a word"] * 12)
        store.vectors.put(MODEL, [id_of(clip) for clip in clips], unit(12, 3))
        assert held_ids(store) == {id_of(clip) for clip in clips}
        with store.database.transaction() as db:
            db.conn.execute(
                "DELETE FROM clip WHERE start >= ? AND start < ?",
                [NOON + 30 * first, NOON + 30 * (first + length)],
            )
        left = {id_of(clip) for n, clip in enumerate(clips) if not first <= n < first + length}
        view = store.as_of(1e12)
        assert set(view.search_text(["word"])) == left
        assert view.count_text("word") == len(left)
        assert set(view.search_vectors(unit(1, 0)[0], MODEL)) == left
        assert held_ids(store) == left
        for table, column in (("vector", "memory_id"), ("vector_code", "memory_id")):
            ids = {row[0] for row in store.database.rows(f"SELECT {column} FROM {table}")}
            assert ids == left


def test_what_is_deleted_is_gone_from_the_bytes_of_every_index(store: Store) -> None:
    add(store, recording(NOON, 3, "kept"), ["kept words"] * 3)
    clips = add(store, recording(NOON + 900, 3, "gone"), ["an unmistakable xylophone"] * 3)
    made = unit(3, 9)
    store.vectors.put(MODEL, [id_of(clip) for clip in clips], made)
    traces = [b"xylophon", *(one.tobytes() for one in made), *(c.tobytes() for c in encode(made))]
    store.database.forget_log()
    assert all(trace in everything(store.home) for trace in traces)
    store.delete_recording("gone-0123456789")
    assert not any(trace in everything(store.home) for trace in traces)


def everything(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.glob(f"{FILE_NAME}*"))


def test_a_life_that_grows_beyond_what_is_held_whole_is_searched_by_codes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.search.text_vectors.EXACT_BELOW", 10)
    clips = add(store, recording(clips=20), ["a word"] * 20)
    ids = [id_of(clip) for clip in clips]
    store.vectors.put(MODEL, ids[:10], unit(20, 1)[:10])
    assert len(held_ids(store)) == 10
    assert store.vectors._held[MODEL, D].shelf.exact
    store.vectors.put(MODEL, ids[10:], unit(20, 1)[10:])
    assert len(held_ids(store)) == 20
    assert not store.vectors._held[MODEL, D].shelf.exact
    assert len(store.as_of(1e12).search_vectors(unit(1, 0)[0], MODEL)) == 20


def test_a_query_is_turned_by_what_is_known_and_still_there(store: Store) -> None:
    query, made = unit(1, 0)[0], unit(80, 1)
    made[79] = np.nan  # damaged
    clips = add(store, recording(NOON, 60, "old"), ["a word"] * 60)
    clips += add(store, recording(NOON + 86_400, 20, "new"), ["a word"] * 20)

    def turned(until: float) -> NDArray[np.float32]:
        return store.as_of(until).whiten(query, MODEL)

    store.vectors.put(MODEL, [id_of(clip) for clip in clips[:40]], made[:40])
    assert turned(1e12) == pytest.approx(query)  # too few
    store.vectors.put(MODEL, [id_of(clip) for clip in clips[40:]], made[40:])
    expected = [Whitening.of(rows).turned(query) for rows in (made[:60], made[:79])]
    assert turned(NOON + 43_200) == pytest.approx(expected[0], abs=1e-4)
    assert turned(1e12) == pytest.approx(expected[1], abs=1e-4)
    assert expected[0] != pytest.approx(expected[1], abs=1e-2)
    store.delete_recording(clips[60].recording_id)
    assert turned(1e12) == pytest.approx(expected[0], abs=1e-4)


LOST = {
    "lost": "DELETE FROM vector_code WHERE memory_id = ?",
    "moved": "UPDATE vector_code SET start = start - 100 WHERE memory_id = ?",
    "stray": "UPDATE vector_code SET memory_id = memory_id - 1 WHERE memory_id = ?",
}


@pytest.mark.parametrize("kind", LOST)
def test_a_code_that_does_not_agree_is_found_and_made_again(store: Store, kind: str) -> None:
    clips = add(store, recording(clips=3), ["a word"] * 3)
    store.vectors.put(MODEL, [id_of(clip) for clip in clips], unit(3, 1))
    assert verify(store).sound
    with store.database.transaction() as db:
        db.conn.execute(LOST[kind], [id_of(clips[1])])
    assert not verify(store).sound
    assert repair(store).sound
    assert held_ids(store) == {id_of(clip) for clip in clips}


def test_codes_never_say_more_than_what_a_byte_holds() -> None:
    wild = np.array([[np.nan, np.inf, -np.inf, 5.0, -5.0, 0.0, 1e-9, 0.1]], np.float32)
    codes = encode(wild)
    assert codes.dtype == np.uint8
    assert codes[0, 5] == 128
    assert codes.min() >= 1


@pytest.mark.parametrize("dimension", [8, 16, 33, 64, 384])
def test_codes_are_ranked_nearly_as_their_vectors_at_every_dimension(dimension: int) -> None:
    made = np.random.default_rng(dimension).standard_normal((500, dimension)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    index = FaissIndex(dimension, coded=True)
    index.add(encode(made))
    everywhere = np.ones(500, bool)
    for query in made[:20] + 0.05 * made[100:120]:
        exact = np.argsort(-(made @ query))[:30]
        found = index.search(query, everywhere, 60)
        assert set(exact[:10].tolist()) <= set(found.tolist())
        assert found[0] == exact[0]
    for odd in (np.zeros(dimension, np.float32), np.full(dimension, np.nan, np.float32)):
        assert len(index.search(odd, everywhere, 5)) == 5
