"""What judge and language model say together decides whether something is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from egogpt.protocols.chat import ChatError, Message
from egorag.answerability.judge import AnswerJudgement
from egorag.evidence.findings import Findings
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit
from egorag.generation.extractive import nearest
from egorag.generation.second_reading import fitted, second_reading
from memory.types.core import Span
from tests.egorag import lives
from tests.egorag.conftest import plan
from tests.egorag.generation.test_hearsay import Parrot

ASKED = "When did I paint the fence?"
SAID = "I painted the fence white."


@dataclass
class Reader(Parrot):
    """A chat that finds so likely (0..1) that notes answer; ``read`` is what it was shown."""

    reply: str = ""
    name: str = "qwen-1.5b"
    share: float = 0.5
    read: list[str] = field(default_factory=list)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        self.read.append(messages[-1].content)
        if self.share < 0:
            raise ChatError("out of memory")
        return self.share


def findings(
    said: str = SAID, belief: float = 0.7, words: tuple[str, ...] = ("fence",)
) -> Findings:
    """One statement, which a judge believes so much to answer."""
    unit = Unit("talk-1", "talk-1-0000", Span(lives.TALK, lives.TALK + 3), "speech", said, "me")
    verdict = SupportVerdict(belief >= 0.78, belief, words, (), words=words)
    judgement = AnswerJudgement(belief, 0.78, {0: 1.0})
    return Findings((), (unit,), (Scored(unit, 1.0, frozenset(words)),), verdict, judgement)


def test_a_sure_yes_answers_what_the_judge_doubts_and_a_sure_no_refuses_what_it_believes() -> None:
    doubted = second_reading(Reader(share=0.99), plan(ASKED), findings(belief=0.7))
    assert doubted.verdict.supported
    assert doubted.verdict.coverage > 0.7
    believed = second_reading(Reader(share=0.01), plan(ASKED), findings(belief=0.85))
    assert not believed.verdict.supported
    assert believed.verdict.reason
    assert believed.verdict.coverage < 0.85


@pytest.mark.parametrize(("belief", "shown"), [(0.85, 1), (0.4, 0)])
def test_what_the_model_refused_is_shown_as_near_where_the_judge_thinks_so(
    belief: float, shown: int
) -> None:
    refused = second_reading(Reader(share=0.001), plan(ASKED), findings(belief=belief))
    assert not refused.verdict.supported
    assert refused.verdict.coverage < 0.5
    assert len(nearest(plan(ASKED), refused)) == shown


def test_the_surer_either_is_the_likelier_is_the_answer() -> None:
    def likely(share: float, belief: float) -> float:
        read = second_reading(Reader(share=share), plan(ASKED), findings(belief=belief))
        return read.verdict.coverage

    assert likely(0.2, 0.7) < likely(0.5, 0.7) < likely(0.9, 0.7)
    assert likely(0.5, 0.3) < likely(0.5, 0.7) < likely(0.5, 0.94)


def test_the_model_reads_the_statement_with_its_day_and_the_question() -> None:
    reader = Reader()
    second_reading(reader, plan(ASKED), findings())
    (read,) = reader.read
    assert SAID in read
    assert "2025" in read or "2026" in read or "2024" in read
    assert ASKED in read


@pytest.mark.parametrize(
    ("reader", "question", "found"),
    [
        (None, ASKED, findings()),
        (Reader(name="somewhere-else"), ASKED, findings()),
        (Reader(share=-1), ASKED, findings()),
        (Reader(), ASKED, findings(belief=0.05)),
        (Reader(), ASKED, findings(belief=0.97)),
        (Reader(), ASKED, findings(words=())),
    ],
)
def test_where_no_model_can_know_better_the_judge_decides_alone(
    reader: Reader | None, question: str, found: Findings
) -> None:
    assert second_reading(reader, plan(question), found) is found


def test_every_fitted_model_counts_beside_the_judge() -> None:
    weights = fitted("qwen-1.5b")
    assert weights is not None
    assert weights["judge"] > 0
    assert weights["model"] > 0
    assert 0 < weights["threshold"] < 1
