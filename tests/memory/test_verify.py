"""A home that is not whole is found out, and mended where that costs nothing."""

from __future__ import annotations

from memory.media import Thumbnail
from memory.passages import Passages, Term
from memory.store import Store
from memory.types import Sighting
from memory.verify import repair, verify
from tests.memory.lives import add, recording, say


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


def test_the_index_of_words_is_made_anew_and_stray_copies_go(store: Store) -> None:
    first, second = add(store, recording(), ["one", "two"])
    say(store, first, "The plover is in the drawer.")
    say(store, second, "充电器在抽屉里。")
    sign = Sighting(second.span, "text", "EXIT", 0.9)
    store.write_sightings("sights", "1", {second.id: [sign]}, {})
    assert verify(store).sound
    with store.database.transaction() as db:
        db.conn.execute("DELETE FROM passage WHERE clip_id = ?", [first.id])
        db.conn.execute("INSERT INTO passage VALUES (99, 'gone', '', 0, 'said')")
    stray = store.media.proxies / "nobody"
    stray.mkdir(parents=True)
    (stray / "proxy.mp4").write_bytes(b"film")
    kept = store.media.proxies / first.recording_id
    kept.mkdir()
    found = verify(store)
    assert len(found.disagreements) == 3
    assert found.stray.proxies == ("nobody",)
    assert repair(store).sound
    assert (stray.exists(), kept.exists(), verify(store).stray.proxies) == (False, True, ())
    words = Passages(store.database)
    assert [one.clip_id for one in words.told("said", [Term("plover")], None, 9)] == [first.id]
    assert [one.clip_id for one in words.told("text", [Term("exit")], None, 9)] == [second.id]
    assert [one.clip_id for one in words.told("said", [Term("抽屉")], None, 9)] == [second.id]
