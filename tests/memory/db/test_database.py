"""A home opens whatever happened to it, or says what is wrong."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from memory.db.database import FILE_NAME
from memory.db.migrations import MIGRATIONS
from memory.db.without_pandas import Database
from memory.store.store import Store
from memory.types.core import Span, TimeSource, Utterance
from memory.types.errors import StoreBusy, StoreDamaged, StoreTooNew
from tests.memory.lives import add, recording


def _hold(home: Path, held: Event, release: Event) -> None:
    store = Store.open(home)
    with store.writing():
        held.set()
        release.wait(30)


def test_a_second_writer_is_refused_by_name_and_readers_go_on(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path, held, release))
    other.start()
    assert held.wait(30)
    store = Store.open(tmp_path, patience=0.2)
    try:
        assert store.recordings.all() == []
        with pytest.raises(StoreBusy, match=str(other.pid)):
            add(store, recording(), ["one", "two"])
    finally:
        release.set()
        other.join(30)
    add(store, recording(), ["one", "two"])
    assert len(store.recordings.all()) == 1
    store.close()


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    class Interrupted(Exception):
        pass

    def interrupted() -> None:
        with store.database.transaction():
            add(store, recording(), ["one", "two"])
            raise Interrupted

    before = list(store.dump())
    with pytest.raises(Interrupted):
        interrupted()
    assert list(store.dump()) == before


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreDamaged, match="backup"):
        Store.open(tmp_path)


def test_a_home_of_a_newer_version_is_refused_unchanged(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('egobutler', '999_from_the_future', '2030-01-01')"
        )
    with pytest.raises(StoreTooNew, match="newer"):
        Store.open(tmp_path)


def test_a_home_that_believed_impossible_dates_is_marked(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        home = Database(connection)
        MIGRATIONS.apply(home, stop_before="026_undated")
        for name, year, source in (
            ("a", 1906, "file_time"),
            ("b", 2096, "file_time"),
            ("c", 2024, "file_time"),
            ("d", 1906, "user"),
        ):
            start = datetime(year, 3, 3, tzinfo=UTC).timestamp()
            home.table("recording").insert(
                {"id": name, "sha256": name, "path": f"/{name}.mp4", "start": start}
                | {"timezone": "UTC", "duration": 30.0, "time_source": source, "device": ""}
                | {"has_video": 1, "has_audio": 1, "state": "ready", "note": ""}
            )
    connection.close()
    store = Store.open(tmp_path)
    undated = {one.id for one in store.recordings.all() if one.time_source is TimeSource.ARRIVAL}
    assert undated == {"a", "b"}
    store.close()


def test_what_was_said_ends_with_its_recording_in_old_homes(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    known = recording()
    clips = add(store, known, ["one", "two"])
    said = [
        Utterance(Span(clips[1].span.start, clips[1].span.end + late), "Yes.") for late in (0, 3)
    ]
    store.perceptions.write_utterances("speech", "1", {clips[1].id: said})
    store.close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = '027_ends_of_utterances'")
    connection.close()
    store = Store.open(tmp_path)
    assert [one.span.end for one in store.perceptions.utterances(clips[1].id)] == [
        known.span.end
    ] * 2
    store.close()


def test_integrity_is_checked(store: Store) -> None:
    assert store.database.integrity() == "ok"


def test_the_writer_lock_is_let_go_by_whichever_thread_leaves_last(tmp_path: Path) -> None:
    store, inside, leave = Store.open(tmp_path), threading.Event(), threading.Event()

    def other() -> None:
        with store.writing():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with store.writing():
        thread.start()
        assert inside.wait(30)
    leave.set()
    thread.join(30)
    second = Store.open(tmp_path)
    add(second, recording(), ["one", "two"])  # would be refused were the lock still held
    second.close()
    store.close()
