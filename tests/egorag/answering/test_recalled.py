"""What the answer before rests on is found again where a question points back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from egorag.answering.searcher import recalled_first
from egorag.question.plan import Plan
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Answer, Citation, Evidence, Memory, Question, Span, Turn
from tests.egorag import lives


def clips(view: View) -> list[Memory]:
    """The talk, three clips of the stairs and two of the novel, in order of time."""
    return view.memories("clip", Span(lives.TALK, lives.ASKED))


def cited(memory: Memory) -> Citation:
    return Citation(memory.recording_id, memory.span, memory.text)


def test_what_is_recalled_comes_first_with_what_was_said_around_the_first_of_it(view: View) -> None:
    talk, first, second, third, novel, last = clips(view)
    found = [Evidence(talk, 0.8, {"bm25": 0.8}), Evidence(second, 0.4, {"bm25": 0.4})]
    recalled = recalled_first(view, found, [cited(first), cited(novel)])
    assert [item.memory for item in recalled] == [first, second, third, novel, talk]
    assert [item.score for item in recalled] == [0.8] * 5
    assert [set(item.why) for item in recalled] == [
        {"recalled"}, {"bm25"}, {"recalled"}, {"recalled"}, {"bm25"}
    ]  # fmt: skip
    assert last not in [item.memory for item in recalled], "only the first is read around"


def test_what_another_recording_holds_at_the_time_is_not_recalled(view: View) -> None:
    talk, *_, last = clips(view)
    found = [Evidence(last, 0.5)]
    elsewhere = Citation("another", talk.span, "words")
    assert recalled_first(view, found, [elsewhere]) == found
    assert [item.memory for item in recalled_first(view, [], [cited(talk)])] == [talk]


def test_no_more_is_read_again_than_an_answer_quotes(view: View) -> None:
    talk, first, *_ = clips(view)
    elsewhere = [Citation("another", talk.span, "words")] * 5
    assert recalled_first(view, [], [*elsewhere, cited(talk)]) == []
    endless = Citation(first.recording_id, Span(first.span.start - 700, 1e12), "words")
    assert recalled_first(view, [], [endless]) == []


def test_nothing_recalled_changes_nothing(view: View) -> None:
    found = [Evidence(memory, 0.1) for memory in clips(view)]
    assert recalled_first(view, found, ()) == found


@dataclass
class Recorder:
    """A retriever that finds nothing, and remembers what it was asked."""

    name: str = "recorder"
    plans: list[Plan] = field(default_factory=list)

    def retrieve(
        self, view: View, plan: Plan, embedder: Embedder | None, limit: int = 10
    ) -> list[Evidence]:
        self.plans.append(plan)
        return []


RESTS_ON = (Citation("talk-0123456789", Span(lives.TALK + 7, lives.TALK + 11), "the new iPod"),)
BEFORE = Turn("What is the pocket for?", lives.ASKED - 60, RESTS_ON[0].span, (), RESTS_ON)


@pytest.mark.parametrize(
    ("words", "earlier", "recalled"),
    [
        ("And why?", (BEFORE,), RESTS_ON),
        ("And why?", (Turn("Where is the novel?", lives.ASKED - 90), BEFORE), RESTS_ON),
        ("And on Monday?", (BEFORE,), ()),
        ("Where is my red bicycle?", (BEFORE,), ()),
        ("And why?", (), ()),
        ("And why?", (Turn("What is the pocket for?", lives.ASKED - 60),), ()),
    ],
    ids=["points back", "the latest", "another time", "stands alone", "alone", "no answer before"],
)
def test_only_a_question_that_points_back_and_names_no_time_recalls(
    life: Store, words: str, earlier: Sequence[Turn], recalled: Sequence[Citation]
) -> None:
    recorder = Recorder()
    question = Question(words, lives.ASKED, lives.ZONE, earlier=tuple(earlier))
    Answerer(life.as_of, retriever=recorder).ask(question)
    assert recorder.plans
    assert all(plan.recalled == tuple(recalled) for plan in recorder.plans)


def test_what_was_recalled_can_answer_though_nothing_else_finds_it(life: Store) -> None:
    def ask(turn: Turn) -> Answer:
        question = Question("And why?", lives.ASKED, lives.ZONE, earlier=(turn,))
        return Answerer(life.as_of, retriever=Recorder()).ask(question)

    answer = ask(BEFORE)
    assert not answer.abstained
    assert "pocket" in answer.text
    assert ask(Turn(BEFORE.question, BEFORE.asked_at, BEFORE.moment)).abstained


@pytest.mark.parametrize(
    ("words", "answered"),
    [("What did he say about the pocket?", True), ("When did he say it?", False)],
    ids=["says of what", "does not"],
)
def test_what_points_back_in_vain_is_asked_alone_if_it_says_of_what(
    life: Store, words: str, answered: bool
) -> None:
    before = Turn("Who was on the roof on Wednesday?", lives.ASKED - 60)
    answer = Answerer(life.as_of).ask(Question(words, lives.ASKED, lives.ZONE, earlier=(before,)))
    assert answer.abstained is not answered
    assert ("pocket" in answer.text) is answered
    assert answer.understood == ("" if answered else f"{words} (Who was on the roof on Wednesday)")
