"""Words are found in bounded time: the rare decide, and of the common a fair share is looked at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.search import full_text as text_index
from memory.store.store import Store
from memory.types.core import Span
from tests.memory.lives import NOON, add, recording

WORDS = ("cup", "lamp", "violin", "rain")


@given(
    held=st.lists(st.sets(st.sampled_from(WORDS), min_size=1), min_size=1, max_size=40),
    terms=st.lists(st.sampled_from([*WORDS, "zebra"]), min_size=1, max_size=4, unique=True),
    ranked=st.integers(1, 30),
    asked=st.integers(0, 40),
)
def test_what_is_found_holds_a_word_and_had_ended_and_rare_words_are_all_found(
    held: list[set[str]], terms: list[str], ranked: int, asked: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_index, "RANKED", ranked)
        store = Store.open(Path(folder))
        add(store, recording(clips=len(held)), [" ".join(sorted(words)) for words in held])
        view = store.as_of(NOON + 30 * asked)
        found = set(view.search_text(terms))
        memories = store.memories.overlapping("clip")
        holding = {m.id for m, words in zip(memories, held) if words & set(terms)}
        past = {m.id for m in memories if m.span.end <= view.asked_at}
        assert found <= holding & past
        counts = {term: sum(term in words for words in held) for term in terms}
        if sum(counts.values()) <= ranked:
            assert found == holding & past
        for term, count in counts.items():
            if 0 < count <= ranked and all(count < n for t, n in counts.items() if t != term and n):
                with_it = {m.id for m, words in zip(memories, held) if term in words}
                assert with_it & past <= found
            assert view.count_text(term) == sum(
                term in words for m, words in zip(memories, held) if m.id in past
            )
        store.close()


def test_of_a_word_in_most_memories_a_fair_share_is_ranked_and_all_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index, "RANKED", 500)
    monkeypatch.setattr(text_index, "_SAMPLE", 8)
    count = 4000
    with store.database.transaction():  # one transaction, or each memory waits for the disk
        add(store, recording(clips=count), ["a cup on the table"] * count)
    half = Span(NOON, NOON + 15 * count)
    view = store.as_of(1e12)
    found = set(view.search_text(["cup"], limit=10_000))
    assert 300 < len(found) < 700
    early = set(view.search_text(["cup"], span=half, limit=10_000))
    assert early < found
    assert 0.4 < len(early) / len(found) < 0.6, "of all times alike"
    assert 0.85 * count < view.count_text("cup") < 1.15 * count
    assert 0.4 * count < store.as_of(half.end).count_text("cup") < 0.6 * count
    assert store.as_of(NOON).count_text("cup") == 0


def test_chinese_words_are_found_in_either_kind_of_characters(store: Store) -> None:
    texts = ["我把鑰匙放在抽屜裡了", "钥匙、钥匙，钥匙在桌上", "今天喝了咖啡 at Nero", "a key"]
    add(store, recording(clips=4), texts)
    view = store.as_of(1e12)
    ids = [memory.id for memory in view.memories("clip")]
    found = view.search_text(["钥匙"])
    assert list(found) == [ids[1], ids[0]], "who speaks of it more comes first"
    assert view.search_text(["鑰匙"]) == found
    assert view.count_text("鑰匙") == view.count_text("钥匙") == 2
    assert next(iter(view.search_text(["抽屉", "匙"]))) == ids[0]
    assert set(view.search_text(["nero", "咖啡"])) == {ids[2]}
    assert view.search_text(["nero", "咖啡"])[ids[2]] > view.search_text(["咖啡"])[ids[2]]
    assert view.search_text(["锁", '"']) == {}
