from __future__ import annotations

import pytest

from egogpt.extraction.chinese_object_states import thing_name
from egogpt.extraction.english_object_states import left_in
from tests.egogpt.chinese_rows import rows


@pytest.mark.parametrize("row", rows("chinese_places.tsv", "chinese_places_2.tsv"))
def test_a_sentence_tells_where_a_thing_is(row: list[str]) -> None:
    text, who, *wanted = row
    found = [(one.object, one.state, one.where) for one in left_in(text, told=who == "me")]
    name, state, where = (*wanted, "", "")[:3]
    assert found == ([] if name == "-" else [(name, state, where)])


def test_who_took_it_is_known() -> None:
    assert left_in("充电器被小明拿走了。")[0].doer == "小明"


@pytest.mark.parametrize("phrase", ["那把蓝色的雨伞", "我的雨伞", "一把雨伞", "雨伞"])
def test_a_thing_is_named_without_what_describes_it(phrase: str) -> None:
    assert thing_name(phrase) == "雨伞"
