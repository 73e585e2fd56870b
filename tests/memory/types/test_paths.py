"""Paths in the database: what lies in the home is named from there, and every name is kept."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.db.database import FILE_NAME
from memory.repositories.tombstones import FileTask
from memory.store.store import Store
from memory.types.jobs import JobState
from memory.types.paths import HomePaths, shown
from tests.memory.keeping import a_home
from tests.memory.lives import NOON, recording

HOME = Path("/lives/anna")
PARTS = st.binary(min_size=1, max_size=20).filter(lambda part: not {0, 47} & set(part))


@pytest.mark.skipif(os.name != "posix", reason="names are bytes there")
@given(st.lists(PARTS.filter(lambda part: part not in (b".", b"..")), min_size=1), st.booleans())
def test_every_path_comes_back_as_it_was(parts: list[bytes], inside: bool) -> None:
    path = os.fsdecode(b"/".join([os.fsencode(HOME) if inside else b"/elsewhere", *parts]))
    stored = HomePaths(HOME).stored(path)
    with closing(sqlite3.connect(":memory:")) as db:
        (kept,) = db.execute("SELECT ?", [stored]).fetchone()
    assert HomePaths(HOME).real(kept) == path
    moved = HomePaths(Path("/mnt/new home")).real(kept)
    assert moved == (path.replace(str(HOME), "/mnt/new home", 1) if inside else path)
    json.dumps(shown(path), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        ("/lives/anna/uploads/a.mp4", "uploads/a.mp4"),
        ("/lives/anna-2/uploads/a.mp4", "/lives/anna-2/uploads/a.mp4"),
        ("/lives/anna/../ben/a.mp4", "/lives/anna/../ben/a.mp4"),
        ("/films/caf\udce9.mp4", b"/films/caf\xe9.mp4"),
        ("/lives/anna/uploads/caf\udce9.mp4", b"uploads/caf\xe9.mp4"),
        ("", ""),
    ],
)
def test_what_a_row_holds(path: str, stored: str | bytes) -> None:
    assert HomePaths(HOME).stored(path) == stored
    assert HomePaths(HOME).real(stored) == path


def test_a_name_that_is_no_utf_8_is_kept_in_rows_lists_and_choices(store: Store) -> None:
    path = "/films/caf\udce9.mp4"
    found = replace(recording(), path=path, note="like caf\udce9")
    store.recordings.add(found, [])
    job = store.jobs.add(Path(path), now=NOON)
    store.jobs.finish(job, JobState.FAILED, "caf\udce9 is odd")
    (kept,) = store.recordings.all()
    assert (kept.path, kept.name, kept.note) == (path, "caf\ufffd.mp4", "like caf\ufffd")
    (known,) = store.jobs.all()
    assert (known.path, known.reason) == (path, "caf\ufffd is odd")
    assert store.jobs.of(Path(path)) == known
    assert store.jobs.below(Path("/films")) == (1, 0)
    assert store.jobs.below(Path("/film")) == (0, 0)
    store.preferences.put("watched", [{"path": path, "name": "Ü"}])
    assert store.preferences.get("watched") == [{"path": path, "name": "Ü"}]


def test_a_forgetting_is_finished_where_the_home_is_now(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "old")
    inside, outside = str(store.media.uploads / "caf\udce9.mp4"), "/films/walk.mp4"
    store.forgotten.begin([FileTask(one, "delete", "ab" * 32) for one in (inside, outside)], [])
    store.close()
    os.rename(tmp_path / "old", tmp_path / "new")
    store = Store.open(tmp_path / "new")
    (left,) = store.forgotten.unfinished()
    store.close()
    assert [one.path for one in left.files] == [
        str(tmp_path / "new/uploads/caf\udce9.mp4"),
        outside,
    ]


# Homes that were written before paths were relative


def older(home: Path) -> dict[str, str]:
    """Makes the rows of a home as they were before: absolute. Returns the old ids of its jobs."""
    inside, ids = f"{home}/", {}
    with closing(sqlite3.connect(home / FILE_NAME)) as db, db:
        for table in ("recording", "job"):
            db.execute(
                f"UPDATE {table} SET path = ? || path WHERE substr(path, 1, 1) <> '/'", [inside]
            )
        for number, path in db.execute("SELECT id, path FROM job").fetchall():
            ids[path] = hashlib.blake2b(path.encode(), digest_size=8).hexdigest()
            db.execute("UPDATE job SET id = ? WHERE id = ?", [ids[path], number])
        task = {"path": f"{home}/uploads/left.mp4", "deed": "delete", "sha256": "", "stretches": []}
        todo = {"files": [task], "pictures": [], "sealed": False}
        db.execute("INSERT INTO forgetting (todo) VALUES (?)", [json.dumps(todo)])
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '022_relative_paths'")
    return ids


def uploaded(home: Path, name: str, content: bytes) -> None:
    """Adds a recording whose file was uploaded, with the job and the notice of it."""
    store = Store.open(home)
    path = store.media.uploads / name
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    found = replace(recording(NOON + 9000, name=path.stem), path=str(path), sha256=digest)
    store.recordings.add(found, [])
    job = store.jobs.add(path, now=NOON)
    store.jobs.finish(job, JobState.DONE, recording_id=found.id)
    store.close()


@pytest.mark.parametrize("way", ["stayed", "moved", "copied"])
def test_an_older_home_is_mended_wherever_it_is_now(tmp_path: Path, way: str) -> None:
    old, new = tmp_path / "old", tmp_path / "other" / "new"
    a_home(old)
    uploaded(old, "up.mp4", b"an upload")
    older(old)
    new.parent.mkdir()
    if way == "moved":
        os.rename(old, new)
    elif way == "copied":
        shutil.copytree(old, new)
    home = old if way == "stayed" else new
    store = Store.open(home)
    paths = sorted(store.original(one) or Path("none") for one in store.recordings.all())
    talk = tmp_path / "films" / "talk.mp4"
    assert paths == sorted([home / "originals/ab/abcd/wa\nlk ü.mp4", home / "uploads/up.mp4", talk])
    assert {Path(job.path) for job in store.jobs.all()} == set(paths)
    assert all(store.jobs.of(path) is not None for path in paths)
    (notice,) = store.notices.newest()
    known = store.jobs.get(notice.job_id)
    assert known is not None
    assert Path(known.path) == home / "uploads/up.mp4"
    (left,) = store.forgotten.unfinished()
    expected = old if way == "copied" else home  # that file is not here: nobody knows whose it is
    assert [one.path for one in left.files] == [str(expected / "uploads/left.mp4")]
    store.close()


def test_another_file_of_the_same_name_is_not_taken_for_the_recording(tmp_path: Path) -> None:
    home, films = tmp_path / "home", tmp_path / "uploads"  # a folder of the owner's, by chance
    uploaded(home, "up.mp4", b"an upload")
    films.mkdir()
    store = Store.open(home)
    found = replace(recording(name="mine"), path=str(films / "up.mp4"), sha256="ab" * 32)
    store.recordings.add(found, [])
    store.jobs.add(films / "up.mp4", now=NOON)
    store.close()
    older(home)
    store = Store.open(home)
    mine, up = sorted(store.recordings.all(), key=lambda one: one.start)
    assert store.original(mine) is None
    assert store.original(up) == home / "uploads/up.mp4"
    job = store.jobs.of(home / "uploads/up.mp4")
    assert job is not None
    assert job.recording_id == up.id
    store.close()
