"""Files of a home are whole, inside it, and known to the database."""

from __future__ import annotations

import pytest

from memory.db.media_files import Thumbnail
from memory.integrity.verify import verify
from memory.store.store import Store
from tests.memory.keeping import a_picture
from tests.memory.lives import add, recording


def test_a_path_out_of_the_home_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not inside"):
        store.media.resolve("../../etc/passwd")


def test_verify_finds_missing_and_stray_thumbnails(store: Store) -> None:
    clip = add(store, recording(clips=1), ["one"])[0]
    path = store.media.thumbnail_path(clip.recording_id, clip.id, 0)
    store.media.write(path, a_picture())
    store.perceptions.write_pictures("pictures", "pictures-1", {clip.id: [Thumbnail(1.0, path)]})
    assert verify(store).sound
    store.media.write("thumbnails/x/stray.jpg", a_picture())
    assert verify(store).stray.unknown == ("thumbnails/x/stray.jpg",)
    store.media.resolve(path).unlink()
    assert verify(store).missing_thumbnails == (path,)
    assert not verify(store).sound
