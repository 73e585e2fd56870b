"""Searching deeper: nothing that was found is lost, and what comes nearest is shown."""

from __future__ import annotations

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from egorag.answering.searcher import Searcher
from egorag.retrieval.registry import load_deeper, load_retriever
from egorag.retrieval.strategies.omnisearch import rule_step
from memory.store.store import Store
from memory.types.core import Question
from tests.egorag import lives
from tests.egorag.conftest import plan

LINES = (
    "The new boiler will be fitted on Friday.",
    "The car needs new brake pads and cost three hundred and ten euros.",
    "Let's eat ramen at Kiku, the place beside the station.",
)


def test_what_comes_nearest_is_quoted_and_what_is_unlike_is_not(
    life: Store, embedder: Embedder
) -> None:
    for number, line in enumerate(LINES):
        (clip,) = lives.record(life, f"said{number}", lives.NOVEL + 3600 * (number + 1), 1)
        lives.perceive(life, clip, f'Somebody said: "{line}"', [(1.0, 4.0, line)])
    missing = life.vectors.missing(embedder.name)
    vectors = embedder.embed_documents([text for _, text in missing])
    life.vectors.put(embedder.name, [memory_id for memory_id, _ in missing], vectors)
    usual = Answerer(life.as_of, embedder)
    deeper = Answerer(life.as_of, embedder, retriever=load_deeper())
    asked = Question("What does the new boiler cost?", lives.ASKED, lives.ZONE)
    assert usual.ask(asked).abstained
    answer = deeper.ask(asked)
    assert answer.abstained
    assert "The nearest: " in answer.text
    assert LINES[0] in [citation.quote for citation in answer.citations]
    assert 1 < len(answer.citations) <= 3
    assert not deeper.ask(Question("Where is the unicorn?", lives.ASKED, lives.ZONE)).citations


def test_a_step_takes_no_place_of_what_was_found(life: Store) -> None:
    for number in range(70):
        (clip,) = lives.record(life, f"tea{number}", lives.NOVEL + 100 * (number + 1), 1)
        thing = "a kettle" if number % 2 else "a saucer"
        lives.perceive(life, clip, f"I see {thing} beside the toaster. " * (1 + number % 3))
    view, asked = life.as_of(lives.ASKED), plan("Which toaster stands by the saucer and kettle?")
    usual = Searcher(load_retriever(), None).gather(view, asked).evidence
    deeper = Searcher(load_deeper(), None).gather(view, asked)
    assert deeper.steps
    assert len(usual) == 50
    assert {item.memory.id for item in usual} < {item.memory.id for item in deeper.evidence}


def test_a_step_names_neither_a_day_nor_the_first_word_of_a_sentence(life: Store) -> None:
    (clip,) = lives.record(life, "visit", lives.NOVEL + 3600, 1)
    lives.perceive(life, clip, "Dinner was long. Next Friday I see Lindqvist again.")
    found = [m for m in life.as_of(lives.ASKED).memories("clip") if "Lindqvist" in m.text]
    step = rule_step(plan("What does the boiler cost?"), found, {"boiler cost", "cost boiler"})
    assert step is not None
    assert {"lindqvist"} == set(step.text.split()) - {"boiler", "cost"}
