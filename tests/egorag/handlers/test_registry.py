"""Which handlers may answer a question, and how one more takes its place among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from egorag.answering.answerer import Answerer
from egorag.answering.searcher import Searcher
from egorag.handlers import registry
from egorag.handlers.context import Context, Step, Tools
from egorag.question.plan import make_plan
from egorag.retrieval.image_retrieval import ImageRetriever
from egorag.retrieval.registry import load_retriever
from egorag.wording.draft import Draft
from memory.store.store import Store
from memory.types.core import Citation, Question, Span
from tests.egorag import lives


def context(life: Store, text: str, *choices: str) -> Context:
    question = Question(text, lives.ASKED, lives.ZONE)
    tools = Tools(Searcher(load_retriever(), None), ImageRetriever(None), None, None, None)
    return Context(life.as_of(lives.ASKED), make_plan(question), tools, choices)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("When did I use my phone?", ["search"]),
        ("What do I still have to do?", ["todo", "no_task", "search"]),
        ("What are we doing tomorrow?", ["upcoming", "unrecorded", "search"]),
        ("What did I do yesterday?", ["day_summary", "search"]),
        ("What did I read yesterday morning?", ["day_part", "texts_read", "search"]),
        ("What did I do after the meeting?", ["event_time", "day_summary", "search"]),
        ("When did I last see Anna?", ["last_seen", "search"]),
        ("How many times did I run?", ["how_often", "search"]),  # nothing of the kind was ever seen
        ("Who was there yesterday?", ["who_was_there", "object_location", "search"]),
        ("Where is my phone?", ["object_location", "search"]),
    ],
)
def test_only_handlers_that_may_answer_are_asked(
    life: Store, question: str, names: list[str]
) -> None:
    asked = context(life, question)
    assert [one.name for one in registry.handlers() if one.answers(asked)] == names


def test_options_are_weighed_before_anything_else_is_asked(life: Store) -> None:
    asked = context(life, "What do I still have to do?", "Read", "Sleep")
    assert next(one.name for one in registry.handlers() if one.answers(asked)) == "choice"


class Weather:
    """A new kind of question."""

    name = "weather"
    source = "the sky"

    def answers(self, context: Context) -> bool:
        return "weather" in context.plan.terms

    def answer(self, context: Context) -> Iterator[Step]:
        (recording, *_) = {m.recording_id for m in context.view.memories("clip")}
        yield Draft("It rained.", (Citation(recording, Span(lives.TALK, lives.TALK + 1), "rain"),))


def test_a_new_kind_of_question_is_one_more_handler(
    life: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "HANDLERS", (Weather(), *registry.HANDLERS))
    answerer = Answerer(life.as_of)
    answer = answerer.ask(Question("What was the weather like?", lives.ASKED, lives.ZONE))
    assert answer.text == "It rained."
    assert answer.explanation.written_by == "the sky"
    assert 0 < answer.confidence < 1
    other = answerer.ask(Question("When did I use my phone?", lives.ASKED, lives.ZONE))
    assert other.explanation.written_by == "extractive"


class Faulty:
    """A handler of another distribution, whose ``answer`` fails."""

    name = "faulty"

    def answers(self, context: object) -> bool:
        return True

    def answer(self, context: object) -> list[object]:
        raise RuntimeError("boom")


@pytest.mark.parametrize("faulty", [Faulty(), object()], ids=["raises", "has no methods"])
def test_a_faulty_handler_of_another_distribution_is_passed_over(
    faulty: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "build_all", lambda kind: (faulty,))
    registry._plugins.cache_clear()
    try:
        (handler,) = registry._plugins()
        context: Any = None
        assert not handler.answers(context) or list(handler.answer(context)) == []
        assert "failed" in caplog.text
    finally:
        registry._plugins.cache_clear()
