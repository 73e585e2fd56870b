"""A home that is not whole is found out, and mended where that costs nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.db.media_files import Thumbnail
from memory.deletion.files import digest
from memory.integrity.verify import repair, verify
from memory.search.phrase_search import PhraseSearch, Term
from memory.store.store import Store
from memory.types.core import Clip, Sighting
from tests.memory.crowds import Met, meet
from tests.memory.keeping import a_home, a_picture
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
    assert clip.id not in store.ledger.done(clip.recording_id, "caption", "1")


def test_a_lost_thumbnail_sends_its_clip_back_to_be_looked_at(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    pictures = {clip.id: [Thumbnail(clip.span.start, "thumbnails/gone.jpg")]}
    store.perceptions.write_pictures("pictures", "pictures-1", pictures)
    assert verify(store).missing_thumbnails == ("thumbnails/gone.jpg",)
    assert repair(store).sound
    assert clip.id not in store.ledger.done(clip.recording_id, "pictures", "pictures-1")


def test_what_another_process_wrote_is_no_damage(store: Store) -> None:
    clips = add(store, recording(), ["one word", "a walk"])
    other = Store.open(store.home)
    other.memories.write_caption(clips[0], "another word", "test", "caption", "1")
    assert verify(store).sound
    other.close()


def test_the_index_of_words_is_made_anew_and_stray_copies_go(store: Store) -> None:
    first, second = add(store, recording(), ["one", "two"])
    say(store, first, "The plover is in the drawer.")
    say(store, second, "充电器在抽屉里。")
    sign = Sighting(second.span, "text", "EXIT", 0.9)
    store.perceptions.write_sightings("sights", "1", {second.id: [sign]})
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
    found_in = PhraseSearch(store.database).in_passages
    assert [one.clip_id for one in found_in("said", [Term("plover")], None, 9)] == [first.id]
    assert [one.clip_id for one in found_in("text", [Term("exit")], None, 9)] == [second.id]
    assert [one.clip_id for one in found_in("said", [Term("抽屉")], None, 9)] == [second.id]


@pytest.mark.parametrize("junk", [b"", b"\0" * 900, b"<html>", a_picture()[:-40]])
def test_a_thumbnail_that_is_no_picture_is_found_and_its_clip_looked_at_again(
    store: Store, junk: bytes
) -> None:
    clip = add(store, recording(), ["one"])[0]
    path = pictured(store, clip)
    assert verify(store).sound
    store.media.resolve(path).write_bytes(junk)
    found = verify(store)
    assert (found.sound, found.mendable, found.unreadable_thumbnails) == (False, True, (path,))
    mended = repair(store)
    assert mended.sound
    assert mended.again == (clip.recording_id,)
    assert not store.media.resolve(path).exists()
    assert clip.id not in store.ledger.done(clip.recording_id, "sights", "1")


def test_a_thumbnail_damaged_in_the_middle_is_found_by_decoding_it(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    path = store.media.resolve(pictured(store, clip))
    whole = path.read_bytes()
    path.write_bytes(whole[:20] + b"\0" * (len(whole) - 40) + whole[-20:])
    assert verify(store).sound
    assert verify(store, deep=True).unreadable_thumbnails


@pytest.mark.parametrize("broken", [np.full(4, np.nan), [1, np.inf, 0, 0], np.zeros(4), [1.0]])
def test_vectors_that_can_be_compared_with_nothing_are_found_and_made_again(
    store: Store, broken: list[float]
) -> None:
    clips = add(store, recording(clips=4), ["one", "two", "three", "four"])
    ids = [one.id for one in store.memories.overlapping("clip")]
    store.vectors.put("m", ids, np.eye(4, dtype=np.float32))
    for clip in clips:
        pictured(store, clip)
    pictures = store.pictures.missing("p")
    store.pictures.put("p", pictures, np.eye(4, dtype=np.float32))
    meet(store, clips[0], Met(10.0), Met(100.0), Met(200.0))
    assert verify(store).sound
    data = np.array(broken, np.float32)
    with store.database.transaction() as db:
        db.conn.execute("UPDATE vector SET data = ? WHERE memory_id = ?", [data.tobytes(), ids[1]])
        half = data.astype("<f2").tobytes()
        db.conn.execute("UPDATE picture_vector SET data = ? WHERE clip_id = ?", [half, clips[2].id])
        db.conn.execute(
            "UPDATE print SET vector = ? WHERE id = (SELECT min(id) FROM print)", [data.tobytes()]
        )
    found = verify(store)
    assert not found.sound
    assert len(found.disagreements) >= 3, found.disagreements
    mended = repair(store)
    assert mended.sound, mended
    assert mended.again == (clips[0].recording_id,)
    assert [one for one, _ in store.vectors.missing("m")] == [ids[1]]
    assert [one.clip_id for one in store.pictures.missing("p")] == [clips[2].id]
    assert len(store.perceptions.prints(clips[0].id)) == 2


def test_what_no_repair_can_mend_is_told_apart(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    with store.database.transaction() as db:
        db.conn.execute('UPDATE clip SET "end" = start - 5 WHERE id = ?', [clip.id])
    found = verify(store)
    assert (found.sound, found.mendable, found.disagreements) == (False, False, ())
    assert found.beyond_repair == ("1 rows of clip end before they start",)
    assert repair(store).beyond_repair == found.beyond_repair


def test_faces_of_nobody_known_find_their_people_again(store: Store) -> None:
    clip = add(store, recording(), ["one"])[0]
    meet(store, clip, Met(10.0))
    store.people.assign([clip.id])
    store.ledger.enter([clip.id], "people", "1")
    assert verify(store).sound
    with store.database.transaction() as db:
        db.conn.execute("DELETE FROM person")
    assert not verify(store).sound
    assert repair(store).sound
    assert clip.id not in store.ledger.done(clip.recording_id, "people", "1")


def test_what_was_damaged_is_remembered_by_no_name(store: Store, tmp_path: Path) -> None:
    film = tmp_path / "a secret.mp4"
    film.write_bytes(b"a film")
    found = replace(recording(name="a-secret"), path=str(film), sha256=digest(film), size=6)
    add(store, found, ["one"])
    assert not verify(store, deep=True).file_faults
    film.write_bytes(b"a fi1m")
    assert not verify(store).file_faults
    (fault,) = verify(store, deep=True).file_faults
    assert verify(store).file_faults == (fault,), "though nothing was read"
    assert "secret" not in json.dumps(store.preferences.all())
    film.write_bytes(b"a film")
    assert not verify(store).file_faults, "it is another file since"


def test_an_older_home_learns_the_sizes_of_its_files_from_its_queue(tmp_path: Path) -> None:
    a_home(tmp_path / "home")
    store = Store.open(tmp_path / "home")
    with store.database.transaction() as db:
        db.conn.execute("UPDATE job SET state = 'done'")
        db.conn.execute(
            "UPDATE recording SET note = ? WHERE path LIKE '%talk%'",
            ["Its file was deleted by your rule on how long files are kept."],
        )
        for column in ("size", "file_removed"):
            db.conn.execute(f"ALTER TABLE recording DROP COLUMN {column}")
        db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = '034_file_sizes'")
    store.close()
    store = Store.open(tmp_path / "home")
    walk, talk = store.recordings.all()
    assert (walk.size, talk.size) == (21_000, 21_001)
    assert (walk.file_removed, talk.file_removed) == (False, True)
    store.close()


def pictured(store: Store, clip: Clip) -> str:
    """Keeps a picture of the clip. Returns its path in the home."""
    path = store.media.thumbnail_path(clip.recording_id, clip.id, 0)
    store.media.write(path, a_picture())
    pictures = {clip.id: [Thumbnail(clip.span.start, path)]}
    store.perceptions.write_pictures("pictures", "pictures-1", pictures)
    return path
