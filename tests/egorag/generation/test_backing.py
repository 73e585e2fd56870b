"""A model's few words are said only where the line that they cite would not answer without them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from egogpt.embedders.e5 import E5Embedder
from egorag.answering.search import answer
from egorag.answering.searcher import Searcher
from egorag.evidence.units import Unit
from egorag.generation.backing import Backing, backing, weights_for, without
from egorag.generation.generative import write_answer
from egorag.handlers.context import Context, Tools
from egorag.question.plan import Plan
from egorag.retrieval.image_retrieval import ImageRetriever
from egorag.retrieval.pyramid import PyramidRetriever
from egorag.wording.draft import Draft
from memory.store.store import Store
from memory.types.core import Answer
from tests.egorag.conftest import plan
from tests.egorag.generation.test_extractive import findings
from tests.egorag.generation.test_hearsay import Parrot
from tests.egorag.handlers.test_counted import Script
from tests.egorag.spoken import line, scored

VET = scored("The vet pulled a thorn out of his paw, and he's to wear the cone.", 0.9)
ASKED = plan("What did the vet take out of the paw?")
READ = findings(VET, supported=True)
FITTED = "qwen-0.5b"
WEIGHTS = weights_for(FITTED)


def reread(asked: Plan, units: Sequence[Unit]) -> list[float]:
    """A reader to whom only a thorn answers, better without a cone."""
    return [("thorn" in u.what) * 6.0 - ("cone" in u.what) - 7.0 for u in units]


def draft(text: str) -> Draft:
    return Draft(text, (VET.unit.citation(),))


def test_the_words_of_a_draft_are_left_out_of_the_line_that_it_cites() -> None:
    assert without("We paid twelve pounds, and left.", {"12", "pound"}) == "We paid … …, and left."
    assert without("Nothing of it.", set()) == "Nothing of it."


def test_what_speaks_for_a_draft() -> None:
    found = backing(draft("A thorn."), ASKED, READ, reread, WEIGHTS)
    assert found == Backing(math.log(0.9), -2.0, 6.0)
    assert backing(draft("The cone."), ASKED, READ, reread, WEIGHTS) == Backing(
        math.log(0.9), -2.0, -1.0
    )


def test_nothing_tells_where_nothing_reads() -> None:
    assert backing(draft("A thorn."), ASKED, READ, None, WEIGHTS) is None
    assert backing(draft("A thorn."), ASKED, READ, lambda *_: None, WEIGHTS) is None
    assert backing(draft("A thorn."), ASKED, replace(READ, judgement=None), reread, WEIGHTS) is None
    asks = findings(scored("What is this pocket for?", 0.9), supported=True)
    assert backing(draft("A thorn."), ASKED, asks, reread, WEIGHTS) is None


@pytest.mark.parametrize(("reply", "said"), [("A thorn.", ["A thorn."]), ("The cone.", [])])
def test_only_words_that_answer_are_said(reply: str, said: list[str]) -> None:
    drafts = write_answer(Parrot(reply, FITTED), ASKED, READ, None, reread)
    assert [one.text for one in drafts] == said
    assert list(write_answer(Parrot(reply, FITTED), ASKED, READ))  # where nothing reads
    assert list(write_answer(Parrot(reply), ASKED, READ, None, reread))  # fitted on no such words


def test_what_speaks_most_for_a_draft_of_several_lines_counts() -> None:
    other = scored("The cone was too small, so they gave him another.", 0.5)
    cited = Draft("A thorn and the cone.", (VET.unit.citation(), other.unit.citation()))
    found = backing(cited, ASKED, findings(VET, other, supported=True), reread, WEIGHTS)
    assert found == Backing(math.log(0.9), -2.0, 5.0)


@dataclass
class Rereader(Script):
    """A searcher that always finds the same, and reads it once more."""

    def read(self, asked: Plan, units: Sequence[Unit]) -> list[float]:  # type: ignore[override]
        return reread(asked, units)


@pytest.mark.parametrize(("reply", "told"), [("A thorn.", True), ("The cone.", False)])
def test_an_answer_begins_with_words_that_answer_only(
    tmp_path: Path, reply: str, told: bool
) -> None:
    tools = Tools(Rereader(READ), ImageRetriever(None), Parrot(reply, FITTED), None, None)
    asked = Context(Store.open(tmp_path).as_of(ASKED.local.asked_at), ASKED, tools)
    (given,) = [step for step in answer(asked) if isinstance(step, Answer)]
    assert given.text.startswith(reply) == told
    assert "pulled a thorn out" in given.text


def test_a_line_reads_otherwise_without_the_words_that_answer(embedder: E5Embedder) -> None:
    searcher = Searcher(PyramidRetriever(), embedder)
    coat = line("The coat was forty five pounds, navy blue, from the market.")
    texts = [coat.what, without(coat.what, {"forti", "5", "pound"}), without(coat.what, {"market"})]
    units = [replace(coat, what=text) for text in texts]
    logits = searcher.read(plan("how much was the coat?"), units)
    assert logits is not None
    whole, priceless, placeless = logits
    assert whole - priceless > whole - placeless + 1
