"""What was said stands before what was counted where it tells more; the searcher is scripted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from egorag.answerability.judge import AnswerJudgement
from egorag.evidence.findings import Findings
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit
from egorag.handlers import counted
from egorag.handlers.context import Context, Tools
from egorag.handlers.registry import steps
from egorag.question.plan import Plan, make_plan
from egorag.ranking.embedding_cache import CachedEmbedder
from egorag.retrieval.image_retrieval import ImageRetriever
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Answer, Evidence, Question
from tests.egorag import diaries, lives
from tests.egorag.spoken import DAY, scored


@dataclass
class Script:
    """A searcher that always finds the same."""

    findings: Findings
    embedder: CachedEmbedder | None = None

    def gather(self, view: View, plan: Plan) -> Findings:
        return self.findings

    def find(self, view: View, plan: Plan) -> Findings:
        return self.findings

    def evidence(self, view: View, plan: Plan) -> list[Evidence]:
        return []

    def occasions(self, plan: Plan, units: Sequence[Unit]) -> None:
        return None

    read = occasions

    def judged(
        self, view: View, plan: Plan, units: Sequence[Unit], findings: Findings | None = None
    ) -> Findings:
        return self.findings


def found(said: Sequence[Scored], *, supported: bool = True, read: bool = True) -> Findings:
    verdict = SupportVerdict(supported, 0.9, (), (), words=("run",))
    judgement = AnswerJudgement(0.9, 0.5, {}) if read else None
    return Findings((), tuple(item.unit for item in said), tuple(said), verdict, judgement)


def context(store: Store, text: str, findings: Findings) -> Context:
    plan = make_plan(Question(text, diaries.ASKED, diaries.ZONE))
    tools = Tools(Script(findings), ImageRetriever(None), None, None, None)
    return Context(store.as_of(diaries.ASKED), plan, tools)


def said(*words: str) -> list[Scored]:
    """What was said on days of March 2025, one after the other, all likely."""
    first = diaries.at("2025-03-07T09:00") - lives.TALK
    return [
        scored(what, 0.9 - at / 10, first + at * DAY / 4, "me") for at, what in enumerate(words)
    ]


def told(store: Store, text: str, findings: Findings) -> list[str]:
    """The handler's sentences; empty where it leaves the question to the search."""
    drafts = counted.answer(context(store, text, findings))
    return [draft.text for draft in drafts]


REST = said("No running for ten days, the doctor said.")
LENGTH = "How long did I run in March 2025?"
HALF = ["I talked for 30 minutes.", "We talked for 20 minutes.", "I talked for an hour."]
SUM = "How many minutes did I talk altogether?"


def answered(store: Store, text: str, findings: Findings) -> str:
    *_, answer = steps(context(store, text, findings))
    assert isinstance(answer, Answer)
    return answer.text


def test_how_long_somebody_said_is_told_instead_of_none(diary: Store) -> None:
    assert told(diary, LENGTH, found(REST)) == []
    text = answered(diary, LENGTH, found(REST))
    assert "No running for ten days" in text
    assert not text.startswith("0")


@pytest.mark.parametrize(
    ("question", "findings"),
    [
        (LENGTH, found(REST, supported=False)),
        (LENGTH, found(REST, read=False)),
        ("How many times did I run in March 2025?", found(REST)),
    ],
    ids=["unsupported", "not read", "a number of times"],
)
def test_none_is_said_where_nothing_was_read_that_tells(
    diary: Store, question: str, findings: Findings
) -> None:
    (text,) = told(diary, question, findings)
    assert text.startswith("0: I have no recording from March 2025")


def test_a_sum_that_was_told_in_more_parts_is_added_up_from_what_was_said(diary: Store) -> None:
    assert told(diary, SUM, found(said(*HALF))) == []
    assert answered(diary, SUM, found(said(*HALF))).startswith("110 minutes in all (30 + 20 + 60).")


@pytest.mark.parametrize(
    ("question", "findings"),
    [
        (SUM, found(said(*HALF[:2]))),
        (SUM, found(said("I talk a lot.", *HALF))),
        (SUM, found(said(*HALF), supported=False)),
        (SUM, found(said(*HALF), read=False)),
        ("How long did I talk?", found(said(*HALF))),
    ],
    ids=["as many parts", "no sum", "unsupported", "not read", "no word for all"],
)
def test_what_was_counted_is_told_where_what_was_said_tells_no_more(
    diary: Store, question: str, findings: Findings
) -> None:
    assert told(diary, question, findings)[0].startswith("20 minutes in all, on 2 occasions")


def test_a_number_of_occasions_is_counted_whatever_was_said(diary: Store) -> None:
    times = said("I talked two times.", "I talked three times.", "I talked four times.")
    text = told(diary, "How many times did I talk altogether?", found(times))[0]
    assert text.startswith("2 times")
