from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.extraction.chinese_quantities import minutes_in, quantity_in
from egogpt.text.chinese_numbers import amount, chinese_number

_DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("两个小时", 120), ("一个半小时", 90), ("半小时", 30), ("半个多小时", 30), ("45分钟", 45),
        ("一小时二十分钟", 80), ("三刻钟", 45), ("1.5小时", 90), ("三十秒", 0.5), ("三次", None),
    ],
)  # fmt: skip
def test_lengths_are_minutes(text: str, minutes: float | None) -> None:
    assert minutes_in(text) == minutes


def test_an_amount_has_its_unit_and_is_no_length() -> None:
    assert quantity_in("跑了半小时五公里") == (5.0, "公里")
    assert quantity_in("跑了半小时") == (None, "")


@given(st.integers(1, 99_999))
def test_every_number_is_read_as_it_is_written(number: int) -> None:
    assert chinese_number(_written(number)) == number


def _written(number: int) -> str:
    """Positional Chinese: 一万零二百 with a zero where places are skipped."""
    text, zero = "", False
    for place, mark in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += ("零" if zero and text else "") + _DIGITS[digit] + mark
        zero = not digit
    return text


def test_what_is_no_numeral_is_said() -> None:
    with pytest.raises(ValueError, match="no numeral"):
        amount("牛")
