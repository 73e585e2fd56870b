"""What Chinese sentences tell was done; the lists were written before and after the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.english_events import told_in
from egogpt.extraction.event import Told
from tests.egogpt.chinese_rows import rows


@pytest.mark.parametrize(
    "row", rows("chinese_sentences.tsv", "chinese_sentences_2.tsv", "chinese_sentences_3.tsv")
)
def test_a_sentence_tells_what_a_reader_of_chinese_hears(row: list[str]) -> None:
    text, who, activities, *more = row
    found = told_in(text, told=who == "me")
    wanted = [] if activities.startswith("-") else [a.split("|") for a in activities.split(" & ")]
    assert len(found) == len(wanted), found
    assert all(one.activity in names for one, names in zip(found, wanted)), found
    for part in more[0].split() if more else ():
        name, value = part.split("=")
        assert _told(found[0], name) == _plain(name, value), found[0]


def _told(one: Told, name: str) -> object:
    if name == "people":
        return list(one.people)
    return one.object.split(", ") if name == "object" else getattr(one, name)


def _plain(name: str, value: str) -> object:
    if name in ("minutes", "quantity"):
        return float(value)
    return value.split(",") if name in ("people", "object") else value


def test_a_day_before_is_told_with_its_distance() -> None:
    assert [one.days_ago for one in told_in("我前天去游泳了。")] == [2]
    assert told_in("我上周去游泳了。") == []


def test_a_known_name_needs_no_surname() -> None:
    assert told_in("我跟铁柱吃饭。")[0].people == ()
    assert told_in("我跟铁柱吃饭。", known_people=["铁柱"])[0].people == ("铁柱",)


def test_marks_of_full_width_part_clauses_as_those_of_ascii_do() -> None:
    wide, narrow = told_in("我洗了碗\uff0c小明扫了地。"), told_in("我洗了碗,小明扫了地。")
    assert [(o.activity, o.doer) for o in wide] == [("washing dishes", ""), ("cleaning", "小明")]
    assert [(o.activity, o.doer) for o in wide] == [(o.activity, o.doer) for o in narrow]


def test_english_with_a_chinese_name_is_read_as_english() -> None:
    found = told_in("I talked to Ada about 故宫 for 10 minutes.")
    assert [(one.activity, one.minutes) for one in found] == [("conversation", 10.0)]


_DONE = st.sampled_from(["跑步", "洗碗", "喝咖啡", "打羽毛球", "看电视", "买牛奶", "打电话"])


@given(_DONE, st.sampled_from(["没", "没有", "不", "明天要", "打算", "想", "别", "忘了", "如果"]))
def test_what_did_not_happen_is_no_event(done: str, marker: str) -> None:
    assert len(told_in(f"我{done}。")) == 1
    assert told_in(f"我{marker}{done}。") == []


_SIGNS = "我了把在去和没要跑步吃饭看电影小明一个半小时\uff0c。\uff1f、abc 12"


@given(st.text(alphabet=_SIGNS, max_size=60))
def test_any_chinese_text_can_be_read(text: str) -> None:
    text = f"我去跑步了。{text}"
    found = told_in(text)
    assert found[0].sentence == "我去跑步了。"
    for told in found:
        assert told.activity in _names()
        assert told.sentence in text


def _names() -> set[str]:
    return {p.activity for found in chinese_catalogue().phrases.values() for p in found}
