"""Vectors of pictures: found by moment, never ahead of time, and gone with what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.db.media_files import Thumbnail
from memory.integrity.verify import repair, verify
from memory.store.store import Store
from memory.types.core import Clip, Span
from memory.types.images import KeptPicture
from memory.vectors.half_byte_codes import HalfByteIndex, code_bytes, encode
from tests.memory.keeping import a_picture
from tests.memory.lives import NOON, add, recording

D = 32
MODEL = "lens"
LATER = NOON + 1e6


def unit(count: int, seed: int, dimension: int = D) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def show(store: Store, clip: Clip, *offsets: float) -> None:
    """Keeps a picture of the clip at each offset, in seconds from its beginning."""
    kept = []
    for number, offset in enumerate(offsets):
        path = store.media.thumbnail_path(clip.recording_id, clip.id, number)
        store.media.write(path, a_picture())
        kept.append(Thumbnail(clip.span.start + offset, path))
    store.perceptions.write_pictures("pictures", "pictures-1", {clip.id: kept})


def see(store: Store, vectors: NDArray[np.float32], model: str = MODEL) -> list[KeptPicture]:
    """Gives the pictures without a vector the first of these."""
    pictures = store.pictures.missing(model)
    store.pictures.put(model, pictures, vectors[: len(pictures)])
    return pictures


def a_walk(store: Store, clips: int = 3, name: str = "walk", start: float = NOON) -> list[Clip]:
    """Clips with two pictures each, at 5 and 20 s."""
    made = add(store, recording(start, clips, name), [f"{name} {n}" for n in range(clips)])
    for clip in made:
        show(store, clip, 5, 20)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def found_at(store: Store, vector: NDArray[np.float32], asked: float = LATER) -> Sequence[float]:
    return [hit.at for hit in store.as_of(asked).search_pictures(vector, MODEL)]


def tables(store: Store) -> dict[str, int]:
    names = ("picture_vector", "picture_code")
    return {n: store.database.rows(f"SELECT count(*) FROM {n}")[0][0] for n in names}


def test_a_picture_is_found_with_its_moment_and_its_cosine(store: Store) -> None:
    clips = a_walk(store)
    vectors = unit(6, 1)
    pictures = see(store, vectors)
    assert [one.at - NOON for one in pictures] == [5, 20, 35, 50, 65, 80]
    hits = store.as_of(LATER).search_pictures(vectors[3], MODEL)
    assert (hits[0].clip_id, hits[0].at) == (clips[1].id, NOON + 50)
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-3)
    assert [hit.cosine for hit in hits] == sorted((hit.cosine for hit in hits), reverse=True)
    assert len(store.as_of(LATER).search_pictures(vectors[3], MODEL, limit=2)) == 2
    assert store.as_of(LATER).search_pictures(vectors[3], "another model") == []


@given(
    st.integers(0, 1000),
    st.integers(1, 12),
    st.floats(0, 400),
    st.floats(0, 200),
    st.floats(1, 500),
)
def test_search_finds_what_comparing_every_picture_finds(
    seed: int, clips: int, asked: float, begin: float, length: float
) -> None:
    with TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        a_walk(store, clips)
        vectors = unit(2 * clips, seed)
        pictures = see(store, vectors)
        asking, span = unit(1, seed + 1)[0], Span(NOON + begin, NOON + begin + length)
        allowed = [
            n for n, one in enumerate(pictures) if one.at < NOON + asked and span.contains(one.at)
        ]
        best = sorted(allowed, key=lambda n: -float(vectors[n] @ asking))
        view = store.as_of(NOON + asked)
        hits = view.search_pictures(asking, MODEL, span)
        assert sorted(hit.at for hit in hits) == sorted(pictures[n].at for n in allowed)
        for hit, n in zip(hits, best):
            assert hit.cosine == pytest.approx(float(vectors[n] @ asking), abs=2e-3)
        spread = view.picture_spread(asking, MODEL, span)
        assert spread.count == len(allowed)
        if allowed:
            middle = np.median([vectors[n] @ asking for n in allowed])
            assert spread.median == pytest.approx(float(middle), abs=2e-3)
        store.close()


def test_nothing_that_was_seen_later_is_found(store: Store) -> None:
    clips = a_walk(store)
    see(store, unit(6, 2))
    for seconds in (0.0, 5.0, 21.0, 64.0, 80.0, 81.0):
        found = found_at(store, unit(1, 3)[0], NOON + seconds)
        assert all(at < NOON + seconds for at in found)
        assert len(found) == sum(at < seconds for at in (5, 20, 35, 50, 65, 80))
    known = store.as_of(NOON + 60).of_clips([clip.id for clip in clips])
    assert [memory.clip_id for memory in known] == [clips[0].id, clips[1].id]


def test_deleting_a_recording_leaves_nothing_of_its_pictures(store: Store) -> None:
    clips = a_walk(store)
    (other,) = a_walk(store, 1, "talk", NOON + 900)
    vectors = unit(8, 4)
    see(store, vectors)
    assert len(found_at(store, vectors[0])) == 8
    store.delete_recording(clips[0].recording_id)
    assert tables(store) == {"picture_vector": 2, "picture_code": 2}
    hits = store.as_of(LATER).search_pictures(vectors[0], MODEL)
    assert {hit.clip_id for hit in hits} == {other.id}
    held = store.pictures._held[MODEL, D].shelf
    assert len(held) == 2
    assert verify(store).sound
    content = b"".join(path.read_bytes() for path in store.home.glob("memory.sqlite3*"))
    kept = [vector.astype("<f2").tobytes() in content for vector in vectors]
    assert kept == [True] * 2 + [False] * 6  # the talk comes first
    store.delete_recording(other.recording_id)
    assert tables(store) == {"picture_vector": 0, "picture_code": 0}
    assert found_at(store, vectors[0]) == []


def test_a_picture_loses_its_vector_to_another_and_keeps_it_where_it_is_made_again(
    store: Store,
) -> None:
    clips = a_walk(store, 2)
    see(store, unit(4, 5))
    assert store.pictures.missing(MODEL) == []
    show(store, clips[0], 6, 20, 28)
    assert [one.number for one in store.pictures.missing(MODEL)] == [0, 2]
    found = store.as_of(LATER).search_pictures(unit(1, 0)[0], MODEL)
    assert {hit.at - NOON for hit in found} == {20, 35, 50}


def test_a_picture_that_was_deleted_or_made_again_meanwhile_gets_no_vector(store: Store) -> None:
    clips = a_walk(store, 2)
    pictures = store.pictures.missing(MODEL)
    show(store, clips[0], 6)
    store.delete_recording(clips[1].recording_id)
    store.pictures.put(MODEL, pictures, unit(4, 6))
    assert tables(store) == {"picture_vector": 0, "picture_code": 0}


def test_pictures_move_with_a_recording_that_is_redated(store: Store) -> None:
    clips = a_walk(store, 1)
    vectors = unit(2, 7)
    see(store, vectors)
    assert found_at(store, vectors[0])[0] == NOON + 5
    store.recordings.shift(clips[0].recording_id, start=NOON + 3600)
    assert found_at(store, vectors[0])[0] == NOON + 3605
    assert found_at(store, vectors[0], NOON + 3000) == []
    assert store.pictures.missing(MODEL) == []
    assert verify(store).sound


def test_what_another_process_writes_and_deletes_is_followed(tmp_path: Path) -> None:
    one, two = Store.open(tmp_path), Store.open(tmp_path)
    clips = a_walk(one, 1)
    vectors = unit(4, 8)
    see(one, vectors)
    assert len(found_at(two, vectors[0])) == 2
    a_walk(one, 1, "talk", NOON + 900)
    assert [found.at for found in two.pictures.missing(MODEL)] == [NOON + 905, NOON + 920]
    see(one, vectors[2:])
    assert len(found_at(two, vectors[0])) == 4
    one.delete_recording(clips[0].recording_id)
    assert len(found_at(two, vectors[0])) == 2


def test_the_models_are_kept_apart_until_the_older_ones_are_removed(store: Store) -> None:
    a_walk(store, 2)
    see(store, unit(4, 9), "old")
    assert len(store.pictures.missing("new")) == 4
    see(store, unit(4, 10, 48), "new")
    assert store.pictures.count("old") == store.pictures.count("new") == 4
    store.pictures.keep_only("new")
    assert (store.pictures.count("old"), store.pictures.count("new")) == (0, 4)
    assert len(store.as_of(LATER).search_pictures(unit(1, 0, 48)[0], "new")) == 4
    assert store.as_of(LATER).search_pictures(unit(1, 0)[0], "old") == []


def test_missing_pictures_are_told_in_parts(store: Store) -> None:
    a_walk(store, 3)
    every = store.pictures.missing(MODEL)
    first = store.pictures.missing(MODEL, limit=4)
    rest = store.pictures.missing(MODEL, first[-1], limit=4)
    assert (first + rest, store.pictures.missing(MODEL, rest[-1])) == (every, [])


def test_what_disagrees_is_found_and_mended(store: Store) -> None:
    a_walk(store, 3)
    vectors = unit(6, 11)
    see(store, vectors)
    with store.database.transaction() as db:
        db.conn.execute("DELETE FROM picture_code WHERE id = (SELECT min(id) FROM picture_code)")
        db.conn.execute(
            "UPDATE picture_code SET at = at + 7 WHERE id = (SELECT max(id) FROM picture_code)"
        )
        db.conn.execute(
            "UPDATE picture_vector SET data = x'0011' WHERE clip_id LIKE '%0001' AND number = 0"
        )
    found = verify(store)
    assert not found.sound
    assert sum("picture vectors" in words for words in found.disagreements) == 2
    mended = repair(store)
    assert mended.sound
    assert len(store.pictures.missing(MODEL)) == 1  # the one that was broken is made again
    assert found_at(store, vectors[0])[0] == NOON + 5


def test_a_missing_file_takes_its_vector_along(store: Store) -> None:
    a_walk(store, 1)
    see(store, unit(2, 12))
    path = store.pictures.missing("another model")[0].path
    store.media.resolve(path).unlink()
    assert repair(store).sound
    assert tables(store) == {"picture_vector": 1, "picture_code": 1}


@pytest.mark.parametrize("dimension", [33, 64, 768, 1152])
def test_the_index_finds_the_best_though_some_dimensions_are_far_larger(dimension: int) -> None:
    dice = np.random.default_rng(dimension)
    weights = np.ones(dimension, np.float32)
    weights[:2] = dimension**0.5 / 2  # as CLIP's vectors are
    made = dice.standard_normal((3000, dimension)).astype(np.float32) * weights
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    index = HalfByteIndex(dimension)
    codes = encode(made)
    assert codes.shape == (3000, code_bytes(dimension))
    index.add(codes)
    assert index.nbytes() == 3000 * code_bytes(dimension) <= 3000 * 384
    recalled = []
    for asking in made[::300] + 0.3 * unit(10, 13, dimension):
        asking /= np.linalg.norm(asking)
        best = set(np.argsort(-(made @ asking))[:10].tolist())
        rows = index.search(asking, np.ones(3000, bool), 210)
        recalled.append(len(best & set(rows.tolist())) / 10)
    assert np.mean(recalled) > 0.98
