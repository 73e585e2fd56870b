"""Questions in Chinese over an English diary: counted by the same SQL, answered in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.aggregation.operation import operation_of
from egorag.aggregation.predicate import predicate_of
from egorag.answering.answerer import Answerer
from egorag.question.plan import make_plan
from memory.store.store import Store
from memory.types.core import Answer, Question, Span, Utterance
from tests.egorag import diaries, lives


def ask(store: Store, text: str, asked_at: float = diaries.ASKED) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, diaries.ZONE))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("我跑了几次步？", 3), ("我二月份跑了几次步？", 1), ("我跑步跑了多长时间？", 50.5),
        ("我跟Ada跑过几次步？", 2), ("我游了几次泳？", None),
        ("我一共跑了多少公里？", None),  # no length is told: that is not none
    ],
)  # fmt: skip
def test_what_english_tells_is_counted_for_who_asks_in_chinese(
    diary: Store, question: str, expected: object
) -> None:
    assert getattr(ask(diary, question).explanation.aggregate, "value", None) == expected


def test_the_answer_is_in_chinese_and_cites_each_occasion(diary: Store) -> None:
    lead, *occasions = ask(diary, "我二月份跑了几次步？").sentences
    assert lead.text.startswith("二月份（")
    assert "你跑步1次（" in lead.text
    assert occasions[0].text.startswith("2月3日周一08:00的记录：“I ran with Ada")


def test_where_chinese_tells_too_nothing_is_counted(tmp_path: Path) -> None:
    lines = [("2025-03-01T08:00", "我在公园跑步了。"), ("2025-03-02T08:00", "I ran.")]
    store = diaries.write_diary(tmp_path / "home", lines)
    for question in ("我跑了几次步？", "How many times did I run?"):
        assert ask(store, question).explanation.aggregate is None
    assert ask(store, "How many times did I run on 2 March 2025?").text.startswith("Once")
    assert "公园" in ask(store, "我在公园做了什么？").text
    store.close()


def test_a_few_chinese_remarks_among_much_english_keep_nothing_from_being_counted(
    tmp_path: Path,
) -> None:
    lines = [(f"2025-03-{day:02}T08:00", "I ran.") for day in range(1, 10)]
    store = diaries.write_diary(tmp_path / "home", [*lines, ("2025-03-10T08:00", "这是我的。")])
    assert ask(store, "How many times did I run?").text.startswith("9 times")
    store.close()


@pytest.mark.parametrize(
    ("question", "words"),
    [("昨天我做了什么\uff1f", "pocket"), ("昨天有人说了什么", "pocket"),
     ("我昨天看到了什么\uff1f", "看到了手机"), ("昨天我听到了什么", "pocket")],
)  # fmt: skip
def test_all_of_a_day_is_told_to_who_asks_in_chinese(
    life: Store, question: str, words: str
) -> None:
    answer = Answerer(life.as_of).ask(Question(question, lives.ASKED, lives.ZONE))
    assert not answer.abstained
    assert words in answer.text


def test_who_was_there_is_said_in_chinese(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    evening = diaries.at("2026-03-17T19:00")
    (clip,) = lives.record(store, "dinner", evening, 1)
    said = [Utterance(Span(evening, evening + 4), "菜真好吃。", "小红")]
    store.perceptions.write_utterances("speech", "1", {clip.id: said})
    store.memories.write_caption(clip, "菜真好吃。", "composed", "caption", "1")
    asked = ask(store, "昨天我见了谁\uff1f", evening + 86_400)
    assert asked.text == "小红\uff1a听到1次\uff0c最早是昨天19:00。"
    store.close()


@pytest.mark.parametrize(
    ("question", "op", "of"),
    [
        ("我跑了几次步", "count", "occasion"),
        ("我看了几个小时电视", "sum", "occasion"),
    ],
)  # fmt: skip
def test_the_operator_is_read(question: str, op: str, of: str) -> None:
    found = operation_of(make_plan(Question(question, diaries.ASKED, diaries.ZONE)))
    assert found is not None
    assert (found.op, found.of) == (op, of)


@pytest.mark.parametrize(
    "question", ["我在公园打了几次羽毛球", "我跟妈妈打了几次羽毛球", "我半年内打了几次羽毛球"]
)
def test_what_says_more_than_english_may_tell_is_not_counted(question: str) -> None:
    assert predicate_of(question).activities == ()


def test_who_plays_what_with_whom_is_read() -> None:
    found = predicate_of("Ben跟Ada和Cleo打了几次羽毛球")
    assert (found.activities, found.kind) == (("racket games",), "badminton")
    assert (found.doer, found.people) == ("Ben", ("Ada", "Cleo"))
