from __future__ import annotations

from memory.store.store import Store


def test_a_home_of_a_test_waits_for_no_disk(store: Store) -> None:
    with store.database.transaction() as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA synchronous").fetchone() == (0,)
