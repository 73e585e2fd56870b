"""The store keeps what it is given, converges to the same rows, and deletes without a trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import RecordingState, Sighting, Span, Utterance, Word
from tests.memory.lives import NOON, add, recording, say, see


def test_a_recording_is_found_by_its_content_and_by_its_id(store: Store) -> None:
    found = recording()
    add(store, found, ["one", "two"])
    assert store.recordings.get(found.id) == found
    assert store.recordings.by_sha256(found.sha256) == found
    assert store.recordings.by_sha256("0" * 64) is None


def test_utterances_and_sightings_come_back_as_they_were(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    words = (Word(Span(NOON, NOON + 1), "hello"), Word(Span(NOON + 1, NOON + 2), "grüße"))
    spoken = Utterance(Span(NOON, NOON + 2), "hello grüße", "voice 1", 0.7, "de", words)
    seen = Sighting(Span(NOON + 1, NOON + 5), "object", "cup", 0.8, (0.1, 0.2, 0.3, 0.4), 2)
    store.perceptions.write_utterances("speech", "1", {clip.id: [spoken]})
    store.perceptions.write_sightings("sights", "1", {clip.id: [seen]})
    assert store.perceptions.utterances(clip.id) == [replace(spoken, voice="voice 1")]
    assert store.perceptions.sightings(clip.id) == [seen]


def test_a_stage_replaces_its_own_sightings_only(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    see(store, clip, "cup")
    store.perceptions.write_sightings(
        "sounds", "1", {clip.id: [Sighting(clip.span, "sound", "music", 0.9)]}
    )
    see(store, clip, "laptop")
    assert sorted(s.what for s in store.perceptions.sightings(clip.id)) == ["laptop", "music"]


def test_the_ledger_tells_which_version_of_a_stage_is_done(store: Store) -> None:
    clips = add(store, recording(), ["one", "two"])
    say(store, clips[0], "hello")
    assert store.ledger.done(clips[0].recording_id, "speech", "1") == {clips[0].id}
    assert store.ledger.done(clips[0].recording_id, "speech", "2") == set()
    assert store.ledger.progress(clips[0].recording_id)["speech"] == (1, 2)


def test_writing_the_same_again_changes_nothing(store: Store) -> None:
    clips = add(store, recording(), ["one", "two"])
    say(store, clips[0], "hello there my friend")
    summaries.rebuild(store)
    before = list(store.dump())
    add(store, recording(), ["one", "two"])
    say(store, clips[0], "hello there my friend")
    summaries.rebuild(store)
    assert list(store.dump()) == before


def test_a_new_caption_drops_the_vector_of_the_old_one(store: Store) -> None:
    clip = add(store, recording(clips=1), ["one"])[0]
    memory = store.memories.overlapping("clip")[0]
    store.vectors.put("m", [memory.id], np.eye(1, 4, dtype=np.float32))
    store.memories.write_caption(clip, "another", "test", "caption", "2")
    assert [memory_id for memory_id, _ in store.vectors.missing("m")] == [memory.id]


def test_the_clips_of_a_recording_come_back_in_order(store: Store) -> None:
    other = recording(NOON + 120, 1, "other")
    clips = add(store, recording(clips=3), ["one", "two", "three"])
    add(store, other, ["four"])
    assert store.recordings.clips(recording().id) == list(clips)
    assert [clip.recording_id for clip in store.recordings.clips(other.id)] == [other.id]


def test_a_deleted_recording_leaves_no_trace_but_its_summaries_are_made_again(store: Store) -> None:
    clip = add(store, recording(clips=1), ["canary sings"])[0]
    say(store, clip, "the canary word")
    other = recording(NOON + 120, 1, "other")
    add(store, other, ["a quiet room"])
    summaries.rebuild(store)
    assert store.as_of(1e12).search_text(["canary"], "hour")
    store.delete_recording(clip.recording_id)
    summaries.rebuild(store)
    assert not any("canary" in row for row in store.dump())
    assert not store.as_of(1e12).search_text(["canary"])
    assert [memory.level for memory in store.memories.overlapping("hour")] == ["hour"]


def test_nothing_of_a_deleted_text_stays_in_the_files(store: Store) -> None:
    clip = add(store, recording(clips=1), ["zanzibarcanary sings"])[0]
    summaries.rebuild(store)
    home = store.home
    store.close()
    assert files_that_hold(home, b"zanzibarcanary")
    again = Store.open(home)
    again.delete_recording(clip.recording_id)
    summaries.rebuild(again)
    again.close()
    assert files_that_hold(home, b"zanzibarcanary") == []


def files_that_hold(home: Path, text: bytes) -> list[Path]:
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path for path in files if text in path.read_bytes().lower()]


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    first = Store.open(tmp_path)
    add(first, recording(), ["one", "two"])
    first.recordings.set_state(recording().id, RecordingState.READY, "all well")
    before = list(first.dump())
    first.close()
    again = Store.open(tmp_path)
    assert list(again.dump()) == before
    assert again.recordings.all() == [
        replace(recording(), state=RecordingState.READY, note="all well")
    ]
    again.close()
