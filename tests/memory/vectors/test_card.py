"""Vectors on a card: when they go there, and that they find what the processor finds.

Where there is no card, the copies are FAISS's own flat indexes in main memory: the device is
another one, all the rest runs as it does on a card.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from memory.db.row_mapping import memory_id
from memory.search import text_vectors
from memory.store.store import Store
from memory.vectors import card as cards
from memory.vectors import half_byte_codes
from memory.vectors.byte_codes import encode
from memory.vectors.card import Card, choose_place
from memory.vectors.card_index import CardIndex
from memory.vectors.half_byte_codes import HalfByteIndex
from memory.vectors.index import FaissIndex
from tests.memory.lives import add, recording

GB = 10**9
DIMENSION = 24


@pytest.fixture(params=["main memory", "card"])
def graphics(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Card:
    monkeypatch.setattr(cards, "FEWEST", 1)
    monkeypatch.setattr("memory.vectors.index.BLOCK", 500)
    monkeypatch.delenv(cards.SHARE_VARIABLE, raising=False)
    if request.param == "card":
        if not (hasattr(faiss, "get_num_gpus") and faiss.get_num_gpus()):
            pytest.skip("FAISS sees no card here (faiss-gpu and a card of NVIDIA are needed)")
        return Card.of_faiss(faiss)
    return Card(faiss.IndexFlatIP, lambda: (20 * GB, 24 * GB))


def unit(count: int, seed: int, dimension: int = DIMENSION) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def index_of(kind: str) -> FaissIndex:
    return HalfByteIndex(DIMENSION) if kind == "pictures" else FaissIndex(DIMENSION, coded=True)


def codes_of(kind: str, vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    return half_byte_codes.encode(vectors) if kind == "pictures" else encode(vectors)


@pytest.mark.parametrize(
    ("count", "dimension", "free", "total", "used", "share", "words"),
    [
        (700_000, 384, 20 * GB, 24 * GB, 0, 0.1, "700,000 vectors take 0.54 GB of the card's 24"),
        (700_000, 768, 3 * GB, 12 * GB, 0, 0.1, "1.08 GB of the card's 12.0 GB"),
        (700_000, 768, 9 * GB, 12 * GB, GB, 0.1, "0.20 GB are left of the 10% of the card's 12"),
        (700_000, 768, 13 * GB // 10, 24 * GB, 0, 0.1, "and 1.30 GB of the card are free"),
        (90_000, 384, 20 * GB, 24 * GB, 0, 0.1, "need no card: from 200,000 on"),
        (700_000, 384, 0, 0, 0, 0.1, "no card that FAISS can use"),
        (700_000, 384, 20 * GB, 24 * GB, 0, 0.0, "EGOBUTLER_INDEX_CARD keeps"),
    ],
)
def test_where_vectors_are_searched_follows_from_their_number_and_the_room(
    count: int, dimension: int, free: int, total: int, used: int, share: float, words: str
) -> None:
    place = choose_place(count, dimension, free, total, used, share)
    assert words in place.why
    assert place.on_card == ("of the card's" in words and "left" not in words)


@pytest.mark.parametrize("kind", ["texts", "pictures"])
def test_a_card_finds_what_the_processor_finds_as_rows_come_and_go(
    kind: str, graphics: Card
) -> None:
    dice = np.random.default_rng(1)
    usual, copied = index_of(kind), CardIndex(index_of(kind), graphics)
    count = on_card = 0
    for step in range(12):
        rows = codes_of(kind, unit(int(dice.integers(1, 700)), step))
        retained = np.ones(count + len(rows), bool)
        if step % 3 == 2:
            retained[dice.integers(0, len(retained), 40)] = False
        for index in (usual, copied):
            index.add(rows)
        if step == 9:  # a whole block
            begin, end = np.cumsum([block.ntotal for block in usual.blocks])[:2]
            retained[begin:end] = False
        for index in (usual, copied):
            index.keep(retained)
        count = int(retained.sum())
        for share in (1.0, 0.6, 0.02):
            among = dice.random(count) < share
            among[: count // 4] = among[: count // 4] & (share < 1)
            among[count // 2 : 3 * count // 4] &= dice.random(3 * count // 4 - count // 2) < 0.1
            query, limit = unit(1, 100 + step)[0], int(dice.integers(1, 60))
            finish = copied.begin(query, among, limit)
            found = finish() if finish else None
            if found is None:
                continue
            on_card += 1
            expected = usual.search(query, among, limit)
            assert among[found].all()
            exact = codes_as_numbers(usual, query)
            # Rows that are equally near may stand in any order.
            assert exact[found] == pytest.approx(exact[expected], rel=2e-3, abs=1e-3)
    assert on_card > 20
    assert copied.card_bytes() == 2 * count * DIMENSION


def codes_as_numbers(index: FaissIndex, query: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = [index.decoded(block, 0, block.ntotal) for block in index.blocks]
    scores: NDArray[np.float32] = np.concatenate(rows) @ index.query(query)[0]
    return scores


def test_rows_that_come_meanwhile_are_passed_over_and_too_few_are_left_to_the_processor(
    graphics: Card,
) -> None:
    index = CardIndex(index_of("texts"), graphics)
    index.add(encode(unit(400, 1)))
    query, everything = unit(1, 2)[0], np.ones(400, bool)
    far = np.ones(400, bool)
    far[index.search(query, everything, 280)] = False
    finish = index.begin(query, far, 5)
    assert finish is not None
    assert finish() is None
    finish = index.begin(query, everything, 5)
    index.add(encode(np.tile(query, (3, 1))))
    assert index.begin(query, np.ones(403, bool), 5) is not None
    assert finish is not None
    assert finish() is None, "the nearest are three that it was not asked for"


def test_indexes_share_the_room_that_is_given_and_may_grow_in_their_own(graphics: Card) -> None:
    free, own = cards._TEMPORARY + cards._SPARE, 2 * 300 * DIMENSION
    rows, query, everything = encode(unit(300, 1)), unit(1, 2)[0], np.ones(300, bool)
    graphics.memory = lambda: (free + own, 15 * own)
    first, second = (CardIndex(index_of("texts"), graphics) for _ in range(2))
    first.add(rows)
    second.add(rows)
    assert first.begin(query, everything, 5) is not None
    graphics.memory = lambda: (free + own // 3, 15 * own)
    first.add(rows[:100])
    assert first.begin(query, np.ones(400, bool), 5) is not None
    graphics.memory = lambda: (free + own, 15 * own)
    assert second.begin(query, everything, 5) is None, "the first takes most of it"


def test_those_who_wait_for_the_card_are_answered_together(graphics: Card) -> None:
    searches: list[int] = []

    class Counted:
        def __init__(self, dimension: int) -> None:
            self._flat, self.d = plain(dimension), dimension

        @property
        def ntotal(self) -> int:
            return int(self._flat.ntotal)

        def add(self, rows: Any) -> None:
            self._flat.add(rows)

        def search(self, queries: Any, count: int) -> Any:
            searches.append(len(queries))
            return self._flat.search(queries, count)

    plain, graphics.flat = graphics.flat, Counted
    index = CardIndex(index_of("texts"), graphics)
    index.add(encode(unit(400, 1)))
    everything = np.ones(400, bool)
    found: dict[int, Any] = {}
    asking = [index.begin(unit(1, seed)[0], everything, 5 + seed) for seed in range(6)]
    assert None not in asking
    threads = [
        threading.Thread(target=lambda n=n, one=one: found.update({n: one()}))  # type: ignore[misc]
        for n, one in enumerate(asking)
    ]
    with graphics._at_work:  # the card is busy until all of them wait
        for thread in threads:
            thread.start()
        while len(graphics._waiting) < len(threads):
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert searches == [6]
    for seed in range(6):
        assert found[seed].tolist() == index.search(unit(1, seed)[0], everything, 5 + seed).tolist()


@pytest.mark.parametrize("when", ["copying", "searching", "room"])
def test_a_card_that_fails_or_is_full_is_left_with_one_line(
    when: str, graphics: Card, caplog: pytest.LogCaptureFixture
) -> None:
    index = CardIndex(index_of("texts"), graphics)
    index.add(encode(unit(300, 1)))
    query, everything = unit(1, 2)[0], np.ones(300, bool)

    def broken(*_: object) -> Any:
        raise RuntimeError("out of memory")

    if when == "room":
        graphics.memory = lambda: (1000, 24 * GB)
    if when == "copying":
        graphics.flat = broken
    finish = index.begin(query, everything, 5)
    with caplog.at_level(logging.WARNING), pytest.MonkeyPatch.context() as patch:
        if when == "searching":
            patch.setattr(cards, "_answer", broken_answer)
            for search in (finish, finish):  # of two who ask at a time
                assert search is not None
                assert search() is None
        assert index.begin(query, everything, 5) is None
    assert index.card_bytes() == 0
    assert len(index.search(query, everything, 5)) == 5
    lines = [one.message for one in caplog.records]
    assert len(lines) == 1
    why = {"copying": "out of memory", "searching": "the card is lost", "room": "card are free"}
    assert "searched by the processor from now on: " in lines[0]
    assert lines[0].endswith(why[when])


def broken_answer(tickets: Any) -> None:
    for ticket in tickets:
        ticket.error, ticket.answered = RuntimeError("the card is lost"), True


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path)
    yield store
    store.close()


def test_a_home_answers_the_same_with_its_vectors_on_a_card(
    graphics: Card, home: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_vectors, "EXACT_BELOW", 0)
    clips = add(home, recording(clips=600), ["a word"] * 600)
    home.vectors.put("compass", [memory_id("clip", one.id) for one in clips], unit(600, 1))
    query = unit(1, 9)[0]
    used: list[CardIndex] = []

    def on_card(index: FaissIndex) -> CardIndex:
        used.append(CardIndex(index, graphics))
        return used[-1]

    usual = home.as_of(1e12).search_vectors(query, "compass")
    monkeypatch.setattr("memory.vectors.index_cache.placed", on_card)
    home.vectors._held.clear()
    assert home.as_of(1e12).search_vectors(query, "compass") == usual
    assert used[0].card_bytes() == 2 * 600 * DIMENSION
    assert home.vectors.largest() == (600, DIMENSION)
