"""The contract that every registered retrieval strategy keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from egogpt.protocols.text_embedder import Embedder
from egorag.retrieval.registry import RETRIEVERS, UnknownRetriever, load_retriever
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import LEVELS
from tests.egorag import lives
from tests.egorag.conftest import plan

STRATEGIES = sorted(RETRIEVERS)


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_clip_that_speaks_of_it_comes_first(name: str, view: View) -> None:
    found = load_retriever(name).retrieve(view, plan("What is the pocket for?"), None)
    assert found[0].memory.recording_id.startswith("talk")
    assert found[0].why


@pytest.mark.parametrize("name", STRATEGIES)
def test_no_more_than_asked_for_and_none_twice(name: str, view: View) -> None:
    found = load_retriever(name).retrieve(view, plan("cell phone or plant or season"), None, 2)
    assert len(found) == len({item.memory.id for item in found}) == 2
    assert [item.score for item in found] == sorted((i.score for i in found), reverse=True)


@pytest.mark.parametrize("name", STRATEGIES)
def test_an_interval_that_was_chosen_is_never_left(name: str, view: View) -> None:
    asked = plan("What phone did I use yesterday evening?")
    assert asked.time is not None
    asked = replace(asked, time=replace(asked.time, text=""))
    assert asked.time is not None
    found = load_retriever(name).retrieve(view, asked, None)
    assert found
    assert all(item.memory.span.overlaps(asked.time.span) for item in found)


@pytest.mark.parametrize("name", STRATEGIES)
def test_nothing_that_ended_later_is_found(name: str, life: Store) -> None:
    before = life.as_of(lives.TALK + 29)
    assert load_retriever(name).retrieve(before, plan("What is the pocket for?"), None) == []


@pytest.mark.parametrize("name", STRATEGIES)
def test_words_that_no_memory_holds_find_nothing(name: str, view: View) -> None:
    assert load_retriever(name).retrieve(view, plan("zebra crossing?"), None) == []


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Store]:
    life = lives.write_life(tmp_path_factory.mktemp("embedded"))
    memories = [memory for level in LEVELS for memory in life.memories.overlapping(level)]
    vectors = embedder.embed_documents([memory.text for memory in memories])
    life.vectors.put(embedder.name, [memory.id for memory in memories], vectors)
    yield life
    life.close()


@pytest.mark.model
@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "bm25"])
def test_meaning_finds_what_words_do_not(name: str, embedded: Store, embedder: Embedder) -> None:
    asked = plan("Did I get a puppy?")
    found = load_retriever(name).retrieve(embedded.as_of(lives.ASKED), asked, embedder)
    assert found[0].memory.recording_id.startswith("novel")


def test_kin_words_reach_what_a_detector_calls_otherwise(view: View) -> None:
    found = load_retriever("pyramid").retrieve(view, plan("When was I on the stairs?"), None)
    assert "bannister" in found[0].memory.text


def test_a_fuzzy_interval_favours_but_does_not_filter(view: View) -> None:
    asked = plan("What did somebody say about the pocket around nine?")
    found = load_retriever("pyramid").retrieve(view, asked, None)
    assert any(item.memory.recording_id.startswith("talk") for item in found)


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownRetriever, match=r"bm25, dense.*pyramid"):
        load_retriever("oracle")


def test_hours_in_which_nothing_speaks_are_widened_to_their_day(view: View) -> None:
    """The phone was used in the evening; a filter of the same hours is not left."""
    asked = plan("What phone did I use at 4 in the morning yesterday?")
    assert asked.time is not None
    asked = replace(asked, time=replace(asked.time, exact=True))
    assert load_retriever("pyramid").retrieve(view, asked, None)
    assert asked.time is not None
    chosen = replace(asked, time=replace(asked.time, text=""))
    assert load_retriever("pyramid").retrieve(view, chosen, None) == []


def test_a_day_that_is_named_stands_first_and_leaves_nothing_out(view: View) -> None:
    """What is said of a Monday may be said on another day."""
    asked = plan("What phone did I use today?")
    assert asked.time is not None
    found = load_retriever("pyramid").retrieve(view, asked, None)
    inside = [item.memory.span.overlaps(asked.time.span) for item in found]
    assert inside == sorted(inside, reverse=True)
    assert not all(inside)
    assert asked.time_filter is None
    assert plan("What did I do today?").time_filter == asked.time.span
