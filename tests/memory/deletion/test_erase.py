"""What is forgotten leaves no row; what is not forgotten stays as if the rest had never been."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.deletion.deletion_plan import plan_deletion
from memory.deletion.detail_pruning import TEXT, prunable, prune_details
from memory.deletion.erase import erase
from memory.integrity.deletion_proof import prove_deleted
from memory.integrity.verify import verify
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Recording, Sighting, SightingKind, Span, Utterance
from memory.types.deletion import DeletionPlan, DeletionRequest
from tests.memory.crowds import Met, crowd, prints
from tests.memory.lives import NOON, add, recording, say, see

SECRET = "Quarzlampe"
NOTHING = Span(0, 0)


@dataclass(frozen=True)
class Taken:
    """A recording of ``clips`` half minutes that begins ``start`` seconds after noon."""

    name: str
    start: float
    clips: int

    @property
    def recording(self) -> Recording:
        return recording(NOON + self.start, self.clips, self.name)


LIFE = (Taken("walk", 0, 4), Taken("lunch", 500, 3), Taken("train", 3600, 3))


def live(store: Store, life: Sequence[Taken], spared: Span = NOTHING) -> None:
    """Writes a life less the clips that overlap a span; then summarises it."""
    for taken in life:
        one = taken.recording
        every = [
            Clip(f"{one.id}-{n:04}", one.id, Span(one.start + 30 * n, one.start + 30 * n + 30))
            for n in range(taken.clips)
        ]
        kept = [clip for clip in every if not clip.span.overlaps(spared)]
        if not kept:
            continue
        store.recordings.add(one, kept)
        for clip in kept:
            say(store, clip, f"the {clip.id} garden gate stays open", "and the cat sleeps there")
            see(store, clip, "gate", f"thing {clip.id[-1]}")
            store.memories.write_caption(
                clip, f"I stand at gate {clip.id}.", "test", "caption", "1"
            )
    summaries.rebuild(store)
    for memory_id, text in store.vectors.missing("tiny", 1000):
        store.vectors.put("tiny", [memory_id], np.ones((1, 4), np.float32) * len(text))


def forget(store: Store, wanted: DeletionRequest) -> DeletionPlan:
    loss = plan_deletion(store, wanted)
    erase(store, loss)
    summaries.rebuild(store)
    for memory_id, text in store.vectors.missing("tiny", 1000):
        store.vectors.put("tiny", [memory_id], np.ones((1, 4), np.float32) * len(text))
    for left in store.forgotten.unfinished():
        store.forgotten.finish(left.id)
    return loss


@given(
    start=st.one_of(st.sampled_from([0.0, 30.0, 60.0, 500.0, 3600.0]), st.floats(-50, 3800)),
    length=st.one_of(st.sampled_from([0.001, 30.0, 60.0, 4000.0]), st.floats(0.001, 4000)),
)
@settings(max_examples=10)
def test_a_life_less_a_span_is_a_life_in_which_it_never_was(start: float, length: float) -> None:
    span = Span(NOON + start, NOON + start + length)
    place = Path(tempfile.mkdtemp())
    try:
        whole, spared = Store.open(place / "one"), Store.open(place / "other")
        live(whole, LIFE)
        live(spared, LIFE, span)
        loss = forget(whole, DeletionRequest(span=span))
        assert loss.beyond >= 0
        assert list(whole.dump()) == list(spared.dump())
        assert prove_deleted(whole).clean
        assert verify(whole).sound
        whole.close()
        spared.close()
    finally:
        shutil.rmtree(place)


@given(
    begin=st.sampled_from([0.0, 12.0, 29.0, 30.0, 45.0, 60.0]),
    end=st.sampled_from([31.0, 59.9, 60.0, 60.1, 75.0, 120.0]),
    reach=st.sampled_from([0.0, 0.5, 8.0]),
)
@settings(max_examples=10)
def test_no_sentence_that_reaches_into_the_span_is_kept(
    begin: float, end: float, reach: float
) -> None:
    span = Span(NOON + begin, NOON + max(end, begin + 1))
    place = Path(tempfile.mkdtemp())
    try:
        store = Store.open(place / "home")
        for clip in add(store, recording(clips=4), [""] * 4):
            said = Span(clip.span.end - 5, clip.span.end + reach)
            store.perceptions.write_utterances(
                "speech", "1", {clip.id: [Utterance(said, f"to {clip.id}")]}
            )
            store.memories.write_caption(
                clip, f"Somebody says: to {clip.id}", "test", "caption", "1"
            )
        loss = forget(store, DeletionRequest(span=span))
        for table in ("clip", "utterance", "memory WHERE level = 'clip'"):
            for row in store.database.rows(f'SELECT start, "end" FROM {table}'):
                assert not Span(row["start"], row["end"]).overlaps(span)
        for part in loss.parts:
            for clip_id in part.trimmed:
                assert store.recordings.clip(clip_id) is not None
                assert store.memories.caption(clip_id) is None
        assert prove_deleted(store).clean
        store.close()
    finally:
        shutil.rmtree(place)


def test_nobody_is_left_who_was_only_there(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(90)], [Met(0)]])
    store.people.name("1", "Anna")
    store.people.name("2", SECRET)
    vector = prints(store.recordings.clips("walk-0123456789")[1], [Met(90)])[0].vector.tobytes()
    store.database.forget_log()
    assert vector in store.database.path.read_bytes()
    loss = forget(store, DeletionRequest(span=Span(NOON + 30, NOON + 31)))
    assert [one.label for one in loss.gone] == [SECRET]
    assert [one.label for one in store.people.all(0)] == ["Anna"]
    store.database.compact()
    content = b"".join(p.read_bytes() for p in store.home.rglob("*") if p.is_file())
    assert vector not in content
    assert prove_deleted(store, SECRET).clean


def test_a_person_is_forgotten_with_every_moment_of_theirs(store: Store) -> None:
    crowd(store, [[Met(0)], [Met(90)], [Met(0)]])
    forget(store, DeletionRequest(person_id=store.people.get("1").id))
    assert [clip.id[-1] for clip in store.recordings.clips("walk-0123456789")] == ["1"]


def test_a_place_is_known_by_signs_and_surroundings_and_a_stay_is_one(store: Store) -> None:
    clips = add(store, recording(clips=6), [f"moment {n}" for n in range(6)])
    seen_there: tuple[tuple[int, SightingKind, str], ...] = (
        (1, "text", "Café Luna"), (3, "place", "café luna"), (5, "text", "lunatic")
    )  # fmt: skip
    for number, kind, what in seen_there:
        clip = clips[number]
        seen = [Sighting(clip.span, kind, what, 0.9)]
        store.perceptions.write_sightings("sights", "1", {clip.id: seen})
    loss = forget(store, DeletionRequest(place="Café Luna"))
    assert [clip.id[-1] for part in loss.parts for clip in part.clips] == ["1", "2", "3"]
    assert plan_deletion(store, DeletionRequest(place="  ")).clips == 0


def test_parts_of_a_take_do_not_keep_the_name_of_one_that_is_gone(store: Store) -> None:
    names = (SECRET, "two", "three")
    parts = [recording(NOON + 60 * n, 2, name) for n, name in enumerate(names)]
    for one in parts:
        add(store, replace(one, take=parts[0].id), ["a", "b"])
    forget(store, DeletionRequest(recording_id=parts[0].id))
    assert {one.take for one in store.recordings.all()} == {parts[1].id}
    store.database.compact()
    assert prove_deleted(store, SECRET).clean


def test_rows_of_tables_that_are_not_bound_to_a_clip_go_as_well(store: Store) -> None:
    clip = add(store, recording(), ["one", "two"])[0]
    with store.database.transaction() as db:
        db.conn.execute("CREATE TABLE thumb_up (id INTEGER PRIMARY KEY, clip_id TEXT, words TEXT)")
        db.conn.execute("INSERT INTO thumb_up (clip_id, words) VALUES (?, ?)", [clip.id, SECRET])
    forget(store, DeletionRequest(span=clip.span))
    assert prove_deleted(store, SECRET).clean
    assert store.database.rows("SELECT * FROM thumb_up") == []


def test_what_was_forgotten_moves_with_a_recording_that_is_dated_anew(store: Store) -> None:
    clips = add(store, recording(clips=3), ["one", "two", "three"])
    forget(store, DeletionRequest(span=clips[1].span))
    store.recordings.shift(clips[0].recording_id, start=NOON + 7200)
    assert store.forgotten.spans(clips[0].recording_id) == (Span(NOON + 7230, NOON + 7260),)
    assert prove_deleted(store).clean


def test_a_row_that_comes_back_and_a_stray_picture_are_found(store: Store) -> None:
    clips = add(store, recording(clips=3), ["one", "two", "three"])
    forget(store, DeletionRequest(span=clips[1].span))
    store.recordings.add(recording(clips=3), [clips[1]])
    store.media.write(store.media.thumbnail_path(clips[1].recording_id, clips[1].id, 0), b"jpeg")
    found = prove_deleted(store)
    assert len(found.left) == 2
    assert "forgotten" in found.left[0]
    assert "thumbnails" in found.left[1]


def test_pictures_that_an_ingest_is_making_are_no_trace_of_the_forgotten(store: Store) -> None:
    clips = add(store, recording(clips=3), ["one", "two", "three"])
    forget(store, DeletionRequest(span=clips[1].span))
    (clip,) = add(store, recording(NOON + 3600, 1, "coming"), [""])
    store.media.write(store.media.thumbnail_path(clip.recording_id, clip.id, 0), b"jpeg")
    assert prove_deleted(store).clean
    store.media.write(store.media.thumbnail_path(clip.recording_id, "nobodys", 0), b"jpeg")
    assert not prove_deleted(store).clean


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_phrase_is_found_in_any_file_and_any_case(store: Store, encoding: str) -> None:
    (store.home / "log.txt").write_bytes(b"xx" + "ZÜRICH See".encode(encoding))
    (store.home / "notes.json").write_text('{"said": "z\\u00fcrich see"}')
    found = prove_deleted(store, "Zürich see")
    assert {(one.where, one.how) for one in found.traces} == {
        ("log.txt", encoding), ("notes.json", "JSON"),
    }  # fmt: skip
    assert prove_deleted(store, "Zürich sea").clean


def test_only_summaries_are_kept_of_what_is_thinned(store: Store) -> None:
    live(store, LIFE)
    told = [one.text for one in store.memories.overlapping("hour")]
    old = prunable(store, NOON + 3000)
    assert [one.id.split("-")[0] for one in old] == ["walk", "lunch"]
    prune_details(store, old)
    assert [one.text for one in store.memories.overlapping("hour")] == told
    texts = {one.text for one in store.memories.overlapping("clip", Span(NOON, NOON + 3000))}
    assert texts == {TEXT}
    assert store.perceptions.utterances("walk-0123456789-0001") == []
    assert store.perceptions.utterances("train-0123456789-0001") != []
    assert prunable(store, NOON + 3000) == []
    assert verify(store).sound
