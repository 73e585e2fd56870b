from __future__ import annotations

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.english_activities import catalogue


def test_chinese_tells_the_same_closed_list() -> None:
    told = {p.activity for found in chinese_catalogue().phrases.values() for p in found} - {""}
    assert told == set(catalogue().activities)


def test_every_phrase_is_found_where_it_stands_alone() -> None:
    known = chinese_catalogue()
    for found in known.phrases.values():
        for phrase in found:
            if "<" not in phrase.text:
                plain = phrase.text.replace("~", "").replace("*", "")
                assert phrase.pattern.match(plain), phrase.text


def test_a_separable_verb_is_one_word_with_what_stands_inside() -> None:
    known = chinese_catalogue()
    for text in ("跑步", "跑了步", "跑了三次步", "跑完步"):
        hit = known.at(text, 0)
        assert hit is not None
        assert hit[0].activity == "running"


def test_what_only_looks_like_an_activity_tells_none() -> None:
    hit = chinese_catalogue().at("跑题了", 0)
    assert hit is not None
    assert hit[0].activity == ""


def test_every_activity_and_kind_has_a_chinese_name() -> None:
    known = chinese_catalogue()
    assert known.called("running") == "跑步"
    assert known.called("badminton") == "打羽毛球"
    assert known.called("拿铁") == "拿铁"
    assert all(known.called(name) != name for name in catalogue().activities)
