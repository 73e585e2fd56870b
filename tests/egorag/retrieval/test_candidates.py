"""In lives too long to be scored whole, the candidates hold what scoring everything would find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egogpt.protocols.text_embedder import Embedder
from egogpt.text.stemmer import stem
from egorag.retrieval import candidates
from egorag.retrieval.candidates import gather
from egorag.retrieval.registry import load_retriever
from memory.store.store import Store
from memory.store.view import View
from tests.egorag import lives
from tests.egorag.conftest import plan
from tests.memory.lives import add, recording

QUESTIONS = (
    "What is the pocket for?",
    "When was I on the stairs?",
    "What phone did I use yesterday evening?",
    "What did somebody say about the pocket around nine?",
)


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every life counts as a long one."""
    monkeypatch.setattr(candidates, "ALL_BELOW", 0)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_best_of_a_life_scored_whole_are_among_the_candidates(
    question: str, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_retriever().retrieve(view, plan(question), None, 3)
    monkeypatch.setattr(candidates, "ALL_BELOW", 0)
    found = gather(view, plan(question), None)
    assert whole
    speaking = {item.memory.id for item in whole if item.why["lexical"] > 0}
    assert speaking <= {memory.id for memory in found.memories}
    first = load_retriever().retrieve(view, plan(question), None, 3)[0]
    best = {item.memory.id for item in whole if item.score > 0.95 * whole[0].score}
    assert first.memory.id in best


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("question", QUESTIONS)
def test_candidates_had_ended_and_lie_within_an_exact_interval(question: str, life: Store) -> None:
    for asked_at in (lives.ASKED, lives.TALK + 61, lives.TALK):
        asked = plan(question, asked_at)
        if asked.time and asked.time.exact:
            asked = replace(asked, time=replace(asked.time, text=""))  # as one that was chosen
        found = gather(life.as_of(asked_at), asked, None)
        assert found.memories or asked_at < lives.ASKED
        assert all(memory.span.end <= asked_at for memory in found.memories)
        if asked.time_filter:
            assert all(memory.span.overlaps(asked.time_filter) for memory in found.memories)


@pytest.mark.model
@pytest.mark.usefixtures("long")
def test_a_neighbour_counts_by_its_own_meaning(
    life: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "SEARCHED", 1)
    texts = ["a dog barks", "I feed the cat", "a zither on the shelf", "rain", "I read a letter"]
    clips = add(life, recording(lives.ASKED - 3600, 5, "walk"), texts)
    memories = [
        m for m in life.memories.overlapping("clip") if m.clip_id in {clip.id for clip in clips}
    ]
    vectors = embedder.embed_documents([memory.text for memory in memories])
    life.vectors.put(embedder.name, [memory.id for memory in memories], vectors)
    asked = plan("Where is the zither?")
    found = gather(life.as_of(lives.ASKED), asked, embedder)
    exact = dict(zip((m.id for m in memories), (vectors @ embedder.embed_query(asked.query))))
    assert found.semantic == pytest.approx(exact, abs=1e-5)
    assert {memory.id for memory in found.memories} == set(exact)


@pytest.mark.usefixtures("long")
def test_a_named_day_is_searched_though_others_speak_more_of_it(
    life: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "SEARCHED", 1)
    monkeypatch.setattr(candidates, "_REACH", 0.0)
    day = 86_400.0
    add(life, recording(lives.ASKED - 9 * day, 1, "often"), ["zither, zither, zither"])
    (then,) = add(
        life, recording(lives.ASKED - 5 * day, 1, "once"), ["beside the wall a zither of old wood"]
    )
    asked = plan("Where was the zither on Friday?")
    assert asked.time is not None
    assert asked.time.span.overlaps(then.span)
    found = gather(life.as_of(lives.ASKED), asked, None)
    assert then.id in {memory.clip_id for memory in found.memories}


def test_the_text_index_stems_alike(view: View) -> None:
    assert view.count_text("wondering") == view.count_text("wonders") == 1
    assert stem("wondering") == stem("wonders")
