"""Numbers with units as speech tells them."""

from __future__ import annotations

import re

import pytest

from egogpt.extraction.quantities import NUMBER, in_unit, number_of, unit_asked


@pytest.mark.parametrize(
    ("words", "value"),
    [("six", 6), ("twenty five", 25), ("twenty-one", 21), ("ninety", 90), ("12,5", 12.5),
     ("an", 1), ("half an", 0.5), ("six and a half", 6.5), ("seventeen", 17),
     ("a dozen", 12), ("half a dozen", 6), ("two dozen", 24), ("a pair of", 2)],
)  # fmt: skip
def test_numbers_are_read_as_words_and_as_digits(words: str, value: float) -> None:
    assert re.fullmatch(NUMBER, words)
    assert number_of(words) == value


def test_a_quantity_is_told_in_another_unit_of_its_kind_alone() -> None:
    assert in_unit(3, "mile", "km") == pytest.approx(4.828032)
    assert in_unit(3, "mile", "page") is None
    assert unit_asked("How far did I run?") == "kilometre"
    assert unit_asked("How many pages did I read?") == "page"
    assert unit_asked("How many times did I run?") == ""
