"""Questions in Chinese over a Chinese diary: counted by the same SQL, answered in Chinese."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from egorag.aggregation.chinese_operators import chinese_operation
from egorag.aggregation.chinese_predicate import chinese_predicate
from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question, Span, Utterance
from tests.egorag import diaries, lives

_HERE = Path(__file__).parent
ASKED = diaries.at("2026-03-18T15:30")


def _rows(*names: str) -> list[list[str]]:
    lines = [line for name in names for line in (_HERE / name).read_text("utf-8").splitlines()]
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    lines = [(when, text) for when, text in _rows("chinese_diary.tsv")]
    store = diaries.write_diary(tmp_path_factory.mktemp("diary") / "home", lines)
    yield store
    store.close()


def ask(store: Store, text: str, asked_at: float = ASKED) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, diaries.ZONE))


@pytest.mark.parametrize(
    ("question", "expected"),
    _rows("chinese_questions.tsv", "chinese_questions_2.tsv", "chinese_questions_3.tsv"),
)
def test_a_question_is_answered_from_the_diary(diary: Store, question: str, expected: str) -> None:
    answer = ask(diary, question)
    value = getattr(answer.explanation.aggregate, "value", None)
    if expected.startswith("!"):
        assert answer.abstained
    elif expected.startswith("~"):
        assert not answer.abstained
        assert all(word in answer.text for word in expected[1:].split("&"))
    else:
        wanted = json.loads(expected[1:])
        if wanted is True and value is None:  # quoted from what was said, not counted
            assert answer.text.startswith("是的")
            return
        got = bool(value) if isinstance(wanted, bool) and value is not None else value
        assert sorted(got) == sorted(wanted) if isinstance(wanted, list) else got == wanted


def test_the_answer_is_in_chinese_and_cites_each_occasion(diary: Store) -> None:
    answer = ask(diary, "我上周跑了几次步\uff1f")
    lead, *occasions = answer.sentences
    when = "上周\uff083月9日周一 – 3月15日周日\uff09"
    assert lead.text == f"{when}你跑步3次\uff087天中有7天有记录\uff09。"
    assert occasions[0].text.startswith("3月9日周一07:00的记录\uff1a“我和小明去跑步了")
    assert len(occasions) == 3
    assert all(sentence.citations for sentence in answer.sentences)


def test_none_is_said_in_chinese(diary: Store) -> None:
    answer = ask(diary, "我昨天跑步了吗\uff1f")
    assert answer.abstained
    assert answer.text.startswith("0次\uff1a昨天\uff083月17日周二\uff09没有找到你跑步的记录。")


def test_what_was_told_later_than_the_question_is_not_counted(diary: Store) -> None:
    at = diaries.at("2026-03-10T12:00")
    assert ask(diary, "我跑了几次步\uff1f", at).explanation.aggregate.value == 2
    assert "桌子上" in ask(diary, "我把钥匙放哪儿了\uff1f", diaries.at("2026-03-17T20:00")).text


def test_english_asks_what_chinese_told(diary: Store) -> None:
    assert ask(diary, "How many times did I run?").explanation.aggregate.value == 4


@pytest.mark.parametrize(
    ("question", "words"),
    [("昨天我做了什么\uff1f", "pocket"), ("昨天有人说了什么", "pocket"),
     ("我昨天看到了什么\uff1f", "cell phone"), ("昨天我听到了什么", "pocket")],
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
    assert ask(store, "昨天我见了谁\uff1f").text == "小红\uff1a听到1次\uff0c最早是昨天19:00。"
    store.close()


@pytest.mark.parametrize(
    ("question", "op", "of"),
    [
        ("我跑了几次步", "count", "occasion"), 
        ("我看了几个小时电视", "sum", "occasion"),
        ("我第一次跑步是哪天", "first", "occasion"),
        
        ("我跑步了没有", "whether", "occasion"),
    ],
)  # fmt: skip
def test_the_operator_is_read(question: str, op: str, of: str) -> None:
    found = chinese_operation(question)
    assert found is not None
    assert (found.op, found.of) == (op, of)


def test_the_rest_of_a_question_must_be_told() -> None:
    predicate = chinese_predicate("我在公园跟小明打了几次羽毛球")
    assert predicate.activities == ("racket games",)
    assert (predicate.kind, predicate.people, predicate.words) == (
        "badminton",
        ("小明",),
        ("公园",),
    )


def test_a_name_that_is_known_is_a_person() -> None:
    assert chinese_predicate("我跟铁柱吃过几次饭", ["铁柱"]).people == ("铁柱",)


def test_a_time_that_is_not_read_is_not_counted_as_none(diary: Store) -> None:
    assert chinese_predicate("我半年内打了几次球").activities == ()
    assert ask(diary, "我那三个学期打了几次球\uff1f").explanation.aggregate is None
