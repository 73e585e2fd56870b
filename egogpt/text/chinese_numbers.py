"""Chinese numerals: 三, 二十五, 两, 一百零八, 一千二百, 二〇二四, and digits."""

from __future__ import annotations

import re

NUMERAL = "(?:[0-9０-９]{1,4}|[零〇一二两三四五六七八九十百]{1,7})"
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
           "八": 8, "九": 9}  # fmt: skip
# Of things counted, also with thousands and a point: 一万, 2.5; at most a line's length of digits.
AMOUNT = r"(?:\d{1,7}(?:\.\d{1,3})?|[零〇一二两三四五六七八九十百千万]{1,9})"
_PLACES = {"十": 10, "百": 100, "千": 1000}
WEEKDAY = "[一二三四五六日天1-7]"


def chinese_number(text: str) -> int:
    """The whole number that a numeral says.

    Raises:
        ValueError: it is no numeral.
    """
    if text.isdecimal():
        return int(text)
    if not text or any(mark not in _DIGITS and mark not in "十百千万" for mark in text):
        raise ValueError(f"{text!r} is no numeral")
    if not re.search("[十百千万]", text):  # a year, digit by digit
        return int("".join(str(_DIGITS[mark]) for mark in text))
    total, part, digit = 0, 0, 0
    for mark in text:
        if mark == "万":
            total, part, digit = (total + part + digit or 1) * 10_000, 0, 0
        elif mark in _PLACES:
            part += (digit or 1) * _PLACES[mark]
            digit = 0
        else:
            digit = _DIGITS[mark]
    return total + part + digit


def amount(text: str) -> float:
    """What a numeral of ``AMOUNT`` says.

    Raises:
        ValueError: it is no numeral.
    """
    return float(text) if "." in text else float(chinese_number(text))


def weekday_number(mark: str) -> int:
    """0 for 一 (Monday) … 6 for 日 or 天."""
    if mark in "日天":
        return 6
    return (chinese_number(mark) - 1) % 7
