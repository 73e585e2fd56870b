"""The judgement: of whom two tell, and German compounds with a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from egorag.answerability.judge import AnswerJudgement
from egorag.answerability.pool import Asked, Statement
from egorag.evidence.reading import agreement, read, with_numbers
from egorag.evidence.units import Unit, clip_units
from egorag.question.plan import make_plan
from memory.types.core import Question, Span
from tests.egorag.conftest import plan
from tests.egorag.spoken import DAY, import_talk

NOON = 1_772_625_600.0
QUESTION = "Which boots did Melanie buy?"
JUDGEMENT = AnswerJudgement(0.8, 0.78, {0: 0.9, 1: 0.1})


def said(speaker: str, text: str) -> Unit:
    return Unit("r", "c", Span(0, 5), "speech", text, speaker)


MELANIE, CAROLINE = said("Melanie", "I bought boots."), said("Caroline", "I bought new boots.")


@pytest.mark.parametrize(
    ("units", "told"),
    [
        ([MELANIE, CAROLINE], 0.8),
        ([CAROLINE, MELANIE], -0.8),
        ([MELANIE, said("Melanie", "They are red.")], None),
        ([MELANIE, CAROLINE, said("Ben", "Boots!")], None),
        ([MELANIE, said("me", "I bought boots.")], None),
    ],
)
def test_it_counts_of_whom_two_tell_and_not_of_whom_many_do(
    units: list[Unit], told: float | None
) -> None:
    found = agreement(QUESTION, units, JUDGEMENT)
    assert found == (None if told is None else pytest.approx(told))


def test_what_tells_of_the_other_is_believed_less() -> None:
    of_her, of_the_other = (JUDGEMENT.in_view_of(told).probability for told in (1.0, -1.0))
    assert of_the_other < of_her - 0.1
    assert JUDGEMENT.in_view_of(None) == JUDGEMENT


@pytest.mark.parametrize(("who", "answerable"), [("Melanie", True), ("Caroline", False)])
def test_every_word_of_a_question_makes_no_answer_of_what_the_other_tells(
    tmp_path: Path, who: str, answerable: bool
) -> None:
    said, question = "Melanie, I have bought new boots.", "Has Melanie bought new boots?"
    spoken = [(NOON, who, said), (NOON + 9, "Melanie", "Hi!"), (NOON + 19, "Caroline", "Hi!")]
    view = import_talk(tmp_path, spoken).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    verdict, _, _ = read(Recorder(), "none", view, plan(question), (), units)  # type: ignore[arg-type]
    assert verdict.supported is answerable


class Recorder:
    """A judge who keeps what it was asked, and believes the first statement."""

    encoder = SimpleNamespace(encoder_query=lambda _: np.zeros(4, np.float32))
    probability = 0.3
    asked: Asked
    statements: list[str]
    before: list[Sequence[tuple[str, str]]]

    def judge(
        self,
        asked: Asked,
        statements: Sequence[Statement],
        said_before: Callable[[int], Sequence[tuple[str, str]]],
    ) -> AnswerJudgement:
        self.asked, self.statements = asked, [one.text for one in statements]
        self.before = [said_before(at) for at in range(len(statements))]
        return AnswerJudgement(self.probability, 0.78, {0: 1.0})


@pytest.mark.parametrize(
    ("said", "question", "met", "answerable"),
    [
        ("Der Zahnarzttermin ist um neun.", "Wann ist der Termin?", {"termin"}, True),
        ("Der Kompass liegt im Safe.", "Wo ist mein Pass?", set(), False),
        ("The umbrella is in the boot.", "Where is my backpack?", set(), False),
        ("Die Überweisung liegt hier.", "Was war das über die Überweisung?", {"uber"}, True),
        ("自行车在地下室。", "汽车在哪儿？", set(), False),
    ],
)
def test_a_compound_counts_for_its_parts(
    tmp_path: Path, said: str, question: str, met: set[str], answerable: bool
) -> None:
    view = import_talk(tmp_path, [(NOON, "Ada", said)]).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    plan, judge = make_plan(Question(question, NOON + DAY, "UTC")), Recorder()
    verdict, _, _ = read(judge, "none", view, plan, (), units)  # type: ignore[arg-type]
    assert judge.asked.related.keys() == met
    assert all(word in judge.asked.words_in(said) for word in met)
    assert verdict.supported is answerable


@pytest.mark.parametrize(
    ("question", "numbered", "without"),
    [
        ("how old is Imani?", "Imani turns nine on Friday.", "Well done on the job, Imani!"),
        ("what's Ida's locker number?", "Ida's locker is 14b.", "Ida's locker is stuck again."),
        ("wie viele Kinder hat Silke?", "Silke hat fünf Kinder.", "Silke ist verheiratet."),
        ("佳怡的手机号码是多少？", "佳怡的新号尾号是六零三八。", "佳怡换手机了。"),
        ("可可几岁了？", "可可下周三满七岁。", "给可可买了一双鞋，四十九。"),
        ("妈妈多大年纪了？", "妈妈六十了。", "妈妈买了一床被子，两百六。"),
    ],
)
def test_what_asks_for_a_number_is_read_in_what_tells_one(
    question: str, numbered: str, without: str
) -> None:
    units = [said("Tom", numbered), said("Tom", without), said("Tom", question)]
    assert with_numbers(plan(question), units) == [units[0], units[2]]
    assert with_numbers(plan(question), units[1:2]) == units[1:2]
    assert with_numbers(plan("where is Imani?"), units) == units


@pytest.mark.parametrize(
    ("speaker", "said", "question", "answerable"),
    [
        ("Ada", "可可下周三满七岁。", "可可几岁了？", True),
        ("可可", "我满七岁了。", "可可几岁了？", True),
        ("舅舅", "六十了，老了。", "我舅多大岁数了？", True),
        ("Ada", "可可的鞋两百六。", "可可几岁了？", False),
        ("Ada", "琳琳满七岁了。", "可可几岁了？", False),
        ("王医生", "明天来复查。", "王医生说了什么？", True),
        ("Ada", "王医生请假了。", "王医生说了什么？", True),
        ("Ada", "明天来复查。", "王医生说了什么？", False),
        ("Ada", "明天来复查。", "会上说了什么？", True),
    ],
)
def test_an_age_and_the_words_of_somebody_are_told_of_nobody_else(
    tmp_path: Path, speaker: str, said: str, question: str, answerable: bool
) -> None:
    view = import_talk(tmp_path, [(NOON, speaker, said)]).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    verdict, _, _ = read(Sure(), "none", view, plan(question), (), units)  # type: ignore[arg-type]
    assert verdict.supported is answerable


def test_what_was_eaten_at_another_time_of_the_day_is_not_told_as_of_noon(tmp_path: Path) -> None:
    asked = Question("我中午吃了什么？", NOON + 8 * 3600, "UTC")
    for at, name in ((NOON - 4 * 3600, "morning"), (NOON + 600, "noon")):
        (tmp_path / name).mkdir()
        view = import_talk(tmp_path / name, [(at, "Ada", "我吃面了。")]).as_of(asked.asked_at)
        units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
        verdict, _, _ = read(Sure(), "none", view, make_plan(asked), (), units)  # type: ignore[arg-type]
        assert verdict.supported is (name == "noon")


def test_what_was_eaten_at_noon_is_told_before_what_was_eaten_in_the_morning(
    tmp_path: Path,
) -> None:
    talk = [(NOON - 4 * 3600, "Ada", "我吃面了。"), (NOON + 4 * 3600, "Ada", "中午吃的饺子。")]
    asked = Question("我中午吃的什么？", NOON + 8 * 3600, "UTC")
    view = import_talk(tmp_path, talk).as_of(asked.asked_at)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    _, found, _ = read(Sure(), "none", view, make_plan(asked), (), units)  # type: ignore[arg-type]
    assert found[0].unit.what == talk[1][2]


class Sure(Recorder):
    """A judge who believes the first statement for certain."""

    probability = 0.99


def test_each_statement_is_read_behind_what_was_said_before_it(tmp_path: Path) -> None:
    talk = [(NOON, "me", "Two rye loaves."), (NOON + 60, "Ada", "That's eleven sixty.")]
    view = import_talk(tmp_path, talk).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    judge = Recorder()
    read(judge, "none", view, plan("how much was the bread?"), (), units)  # type: ignore[arg-type]
    before = dict(zip(judge.statements, judge.before, strict=True))
    assert before["That's eleven sixty."] == [("me", "Two rye loaves.")]


def test_the_judge_reads_only_what_tells_the_number(tmp_path: Path) -> None:
    talk = ("Imani turns nine on Friday.", "Well done on the job, Imani!")
    view = import_talk(tmp_path, [(NOON, "Ada", said) for said in talk]).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    judge = Recorder()
    read(judge, "none", view, plan("how old is Imani?"), (), units)  # type: ignore[arg-type]
    assert judge.statements == [talk[0]]


def test_what_answered_before_is_believed_no_sooner(tmp_path: Path) -> None:
    talk = [(NOON, "Ada", "Three days, ninety five euros.")]
    view = import_talk(tmp_path, talk).as_of(NOON + DAY)
    units = [unit for memory in view.memories("clip") for unit in clip_units(view, memory)]
    meant = replace(plan("and what colour is it?"), recalled=(units[0].citation(),))
    for probability, believed in ((0.6, False), (0.8, True)):
        judge = Recorder()
        judge.probability = probability
        verdict, _, _ = read(judge, "none", view, meant, (), units)  # type: ignore[arg-type]
        assert verdict.supported is believed
