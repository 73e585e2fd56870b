"""Reads beside the writer: what is committed is seen by all, what is not by its writer alone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.db.database import MOST, ReadConnectionPool
from memory.store.store import Store

_T = TypeVar("_T")
_NAMES = "SELECT name FROM preference ORDER BY name"


class _Failed(Exception):
    pass


def _names(store: Store) -> list[str]:
    return [row["name"] for row in store.database.rows(_NAMES)]


def _elsewhere(act: Callable[[], _T]) -> _T:
    """What another thread gets."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result(30)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.booleans()), max_size=8))
def test_each_thread_reads_its_own_writes_and_others_what_is_committed(
    deeds: list[tuple[str, bool, bool]],
) -> None:
    """Deeds: a name, whether it is put (or deleted), whether the transaction fails."""
    with tempfile.TemporaryDirectory() as folder:
        store, known = Store.open(Path(folder)), set[str]()
        for name, put, fails in deeds:
            before, after = sorted(known), sorted(known | {name} if put else known - {name})
            try:
                with store.database.transaction() as db:
                    db.conn.execute("DELETE FROM preference WHERE name = ?", [name])
                    if put:
                        db.conn.execute("INSERT INTO preference VALUES (?, '1')", [name])
                    assert _names(store) == after
                    assert _elsewhere(lambda: _names(store)) == before
                    if fails:
                        raise _Failed
                known = set(after)
            except _Failed:
                pass
            assert _names(store) == _elsewhere(lambda: _names(store)) == sorted(known)
        store.close()


def test_a_read_does_not_wait_for_a_transaction_of_another_thread(store: Store) -> None:
    inside, leave = threading.Event(), threading.Event()

    def writes() -> None:
        with store.database.transaction() as db:
            db.conn.execute("INSERT INTO preference VALUES ('slow', '1')")
            inside.set()
            assert leave.wait(30)

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(writes)
        assert inside.wait(30)
        assert _names(store) == []  # would wait for ever were it behind the writer
        leave.set()
        written.result(30)
    assert _names(store) == ["slow"]


def test_the_version_changes_with_every_commit_of_anybody(store: Store) -> None:
    first = store.database.version()
    assert store.database.version() == first
    store.preferences.put("a", 1)
    second = store.database.version()
    other = Store.open(store.home)
    other.preferences.put("b", 1)
    other.close()
    assert len({first, second, store.database.version()}) == 3


def test_a_reader_writes_nothing_and_closing_waits_for_it(store: Store) -> None:
    readers = ReadConnectionPool(store.database.path)
    with readers.connection() as connection:
        assert connection is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM preference")
        closing = threading.Thread(target=readers.close)
        closing.start()
        closing.join(0.05)
        assert closing.is_alive()
        assert connection.execute("SELECT 1").fetchone() == (1,)
    closing.join(30)
    assert not closing.is_alive()
    with readers.connection() as nobody:
        assert nobody is None


def test_more_reads_than_connections_all_have_their_turn(store: Store) -> None:
    store.preferences.put("a", 1)
    with ThreadPoolExecutor(3 * MOST) as pool:
        found = list(pool.map(lambda _: _names(store), range(20 * MOST)))
    assert found == [["a"]] * (20 * MOST)


def test_a_home_that_took_the_place_of_this_one_is_not_read(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    there = Store.open(other)
    there.preferences.put("theirs", 1)
    there.close()
    store = Store.open(home)
    store.preferences.put("ours", 1)
    readers = ReadConnectionPool(store.database.path)
    os.rename(home, tmp_path / "aside")
    shutil.copytree(other, home)
    with readers.connection() as connection:
        assert connection is None
    readers.close()
    store.database.close()
