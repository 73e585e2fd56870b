"""Searching deeper: where nothing answers, what comes nearest is shown all the same."""

from __future__ import annotations

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import load_deeper
from memory.store.store import Store
from memory.types.core import Question
from tests.egorag import lives

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
