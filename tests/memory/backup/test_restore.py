"""A home that comes back is the one that was kept, and takes the place of no other unasked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from memory.backup.restore import HomeInUse, HomeNotEmpty, restore
from memory.db.atomic_replace import NotReplaced, restore_points
from memory.integrity.verify import verify
from memory.store.store import Store
from memory.types.errors import StoreDamaged
from tests.memory.backup.making import made, posix
from tests.memory.crowds import Met, crowd
from tests.memory.keeping import a_home, dump, killed_at, under
from tests.memory.lives import add, recording


def test_a_home_comes_back_elsewhere_as_it_was(kept: Path, tmp_path: Path, key: BackupKey) -> None:
    old, home = kept.parent / "home", tmp_path / "deep" / "home"
    back = restore(kept, home, key)
    assert (back.home, back.point) == (home, None)
    assert dump(home) == dump(old)
    store = Store.open(home)
    inside, outside = sorted(store.recordings.all(), key=lambda one: one.start)
    assert verify(store).sound
    assert Path(inside.path).is_relative_to(home)
    assert Path(inside.path).read_bytes() == b"a film " * 3000
    assert outside.path == str(kept.parent / "films" / "talk.mp4")
    assert {store.original(one) for one in (inside, outside)} == {
        Path(inside.path),
        Path(outside.path),
    }
    jobs = store.jobs.all()
    assert {job.path for job in jobs} == {inside.path, outside.path}
    assert {str(job.state) for job in jobs} == {"queued"}
    assert all(store.jobs.of(Path(job.path)) == job for job in jobs)
    store.close()
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "memory.sqlite3").stat().st_mode & 0o077 == 0


def test_without_originals_the_rest_comes_back_and_they_are_found_where_they_are(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
    made(kept.parent / "home", tmp_path / "small.tar", key, originals=False)
    assert read_through(tmp_path / "small.tar", key).members < read_through(kept, key).members
    restore(tmp_path / "small.tar", tmp_path / "home", key)
    store = Store.open(tmp_path / "home")
    assert all(store.original(one) is not None for one in store.recordings.all())
    store.close()


def test_a_home_is_not_replaced_unasked_and_the_old_one_is_kept(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
    home = tmp_path / "home"
    store = Store.open(home)
    add(store, recording(name="other"), ["Something else."])
    with pytest.raises(HomeNotEmpty, match="--replace"):
        restore(kept, home, key)
    with pytest.raises(HomeInUse, match="in use"):
        restore(kept, home, key, replace=True)
    store.close()
    other = dump(home)
    back = restore(kept, home, key, replace=True)
    assert dump(home) == dump(kept.parent / "home")
    assert restore_points(home) == [back.point]
    assert back.point is not None
    assert dump(back.point) == other


def test_a_folder_of_something_else_is_left_alone(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("dear")
    with pytest.raises(HomeNotEmpty):
        restore(kept, tmp_path / "documents", key)
    Store.open(tmp_path / "new").close()  # nothing was ever remembered there
    assert restore(kept, tmp_path / "new", key).point is None


def test_a_home_that_does_not_open_in_its_place_gives_it_back(
    kept: Path, tmp_path: Path, key: BackupKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_home(tmp_path / "home", b"older")
    before, files = dump(tmp_path / "home"), under(tmp_path)

    def broken(home: Path) -> None:
        if not home.name.startswith("."):
            raise StoreDamaged(home, "a bad disk")

    monkeypatch.setattr("memory.backup.restore.opens", broken)
    with pytest.raises(NotReplaced, match="the old one is back"):
        restore(kept, tmp_path / "home", key, replace=True)
    assert dump(tmp_path / "home") == before
    assert under(tmp_path) == files


@posix
def test_a_restore_killed_anywhere_leaves_the_old_home_or_the_new_one(
    kept: Path, tmp_path: Path, key: BackupKey
) -> None:
    a_home(tmp_path / "first", b"older")
    old, new = dump(tmp_path / "first"), dump(kept.parent / "home")
    step, seen = 1, set()
    while True:
        home = tmp_path / str(step) / "home"
        restore_to(tmp_path / "first", home)
        killed = killed_at(step, home.parent, partial(restore, kept, home, key, replace=True))
        found = dump(home)
        assert found in (old, new)
        seen.add(found == new)
        assert not [p for p in home.parent.iterdir() if p.name.endswith((".coming", ".replacing"))]
        for point in restore_points(home):
            assert dump(point, home) == old
        if not killed:
            break
        step += 7
    assert step > 10
    assert seen == {True, False}


def restore_to(first: Path, home: Path) -> None:
    """A copy of a closed home whose recordings lie in the same place in it."""
    home.parent.mkdir()
    shutil.copytree(first, home)
    with sqlite3.connect(home / "memory.sqlite3") as db:
        db.execute("UPDATE recording SET path = replace(path, ?, ?)", [str(first), str(home)])
    db.close()


met = st.builds(
    Met,
    st.floats(0, 360, allow_nan=False),
    kind=st.sampled_from(("face", "voice")),
    says=st.text("ab \n\"'🙂é", max_size=8),
)


def same_after(build: Callable[[Path], None], place: Path, key: BackupKey) -> None:
    build(place / "home")
    made(place / "home", place / "kept.tar", key)
    restore(place / "kept.tar", place / "back", key)
    assert dump(place / "back") == dump(place / "home")


@settings(max_examples=6, deadline=None)
@given(people=st.lists(st.lists(met, max_size=3), min_size=1, max_size=4))
def test_whatever_is_in_a_home_comes_back(
    tmp_path_factory: pytest.TempPathFactory, key: BackupKey, people: list[list[Met]]
) -> None:
    def build(home: Path) -> None:
        store = Store.open(home)
        crowd(store, people)
        store.preferences.put("days", 30)
        store.close()

    same_after(build, tmp_path_factory.mktemp("life"), key)
