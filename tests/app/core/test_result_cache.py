"""Results are kept until the home changes, and let go of when something is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from app.core.result_cache import ResultCaches, VersionedCache
from memory.store.store import Store


def test_what_was_made_is_made_anew_only_after_a_change(store: Store) -> None:
    caches, made = ResultCaches(store.database), list[int]()
    kept: VersionedCache[int] = caches.until_change()

    def make() -> int:
        made.append(len(made))
        return made[-1]

    assert [kept.get("a", make) for _ in range(3)] == [0, 0, 0]
    store.preferences.put("something", 1)
    assert [kept.get("a", make) for _ in range(2)] == [1, 1]
    assert kept.get("b", make) == 2
    caches.clear()
    assert kept.get("a", make) == 3


def test_what_changes_while_it_is_made_is_seen_the_next_time(store: Store) -> None:
    kept: VersionedCache[object] = ResultCaches(store.database).until_change()

    def make() -> object:
        found = store.preferences.get("n", 0)
        store.preferences.put("n", 1)
        return found

    assert kept.get("n", make) == 0
    assert kept.get("n", lambda: store.preferences.get("n")) == 1


def test_many_who_ask_at_once_wait_for_one(store: Store) -> None:
    made, together = list[int](), Barrier(8)
    kept: VersionedCache[int] = ResultCaches(store.database).until_change()

    def ask(_: int) -> int:
        together.wait(30)
        return kept.get("a", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [1] * 8
