"""A home that is not whole is found out, and mended where that costs nothing."""

from __future__ import annotations

from memory.media import Thumbnail
from memory.store import Store
from memory.verify import repair, verify
from tests.memory.lives import add, recording


def test_a_memory_that_the_text_index_lost_is_found_and_mended(store: Store) -> None:
    add(store, recording(), ["the charger lies in the drawer", "a walk"])
    assert verify(store).sound
    with store.database.transaction() as db:
        db.conn.execute(
            "INSERT INTO memory_fts (memory_fts, rowid, text) SELECT 'delete', id, text "
            "FROM memory WHERE text LIKE '%charger%'"
        )
    assert not verify(store).sound
    assert repair(store).sound
    assert len(store.as_of(float("inf")).search_text(["charger"])) == 1


def test_a_caption_that_was_lost_is_made_again(store: Store) -> None:
    clip = add(store, recording(), ["one", "two"])[0]
    with store.database.transaction() as db:
        db.conn.execute("DELETE FROM memory WHERE clip_id = ?", [clip.id])
    assert verify(store).disagreements
    assert repair(store).sound
    assert clip.id not in store.done(clip.recording_id, "caption", "1")


def test_a_lost_thumbnail_sends_its_clip_back_to_be_looked_at(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    pictures = {clip.id: [Thumbnail(clip.span.start, "thumbnails/gone.jpg")]}
    store.write_sightings("sights", "1", {clip.id: []}, pictures)
    assert verify(store).missing_thumbnails == ("thumbnails/gone.jpg",)
    assert repair(store).sound
    assert clip.id not in store.done(clip.recording_id, "sights", "1")


def test_what_another_process_wrote_is_no_damage(store: Store) -> None:
    clips = add(store, recording(), ["one word", "a walk"])
    other = Store.open(store.home)
    other.write_caption(clips[0], "another word", "test", "caption", "1")
    assert verify(store).sound
    other.close()
