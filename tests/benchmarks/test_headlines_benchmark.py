"""How likely a line must be for a short answer to rest on it, and which words are foods."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.training.foods import foods
from benchmarks.training.headlines import fitted


@pytest.mark.parametrize(("false_below", "low", "high"), [(0.02, 0.01, 0.1), (0.3, 0.15, 0.7)])
def test_the_limit_lies_where_false_answers_end(
    false_below: float, low: float, high: float
) -> None:
    shares = [0.001 * 1.5**step for step in range(17)]
    rows = [{"share": share, "right": share >= false_below} for share in shares]
    assert low < fitted(rows) < high


def test_without_false_answers_below_there_is_no_limit() -> None:
    assert fitted([{"share": s, "right": s < 0.5} for s in (0.01, 0.1, 0.7, 1.0)]) == 0


def test_what_mostly_means_a_food_is_one_and_what_lies_below_beverage_is_drunk(
    tmp_path: Path,
) -> None:
    (tmp_path / "data.noun").write_text(
        "  1 licence\n"
        "00000001 13 n 01 beverage 0 000 | what is drunk\n"
        "00000002 13 n 01 tea 0 001 @ 00000001 n 0000 | a hot one\n"
        "00000003 13 n 01 pizza 0 000 | a pie\n"
        "00000004 05 n 01 fish 0 000 | an animal\n"
        "00000005 13 n 01 fish 0 000 | its flesh\n"
    )
    (tmp_path / "index.sense").write_text(
        "tea%1:13:00:: 00000002 1 6\n"
        "pizza%1:13:00:: 00000003 1 1\n"
        "fish%1:05:00:: 00000004 1 12\n"
        "fish%1:13:00:: 00000005 2 3\n"
    )
    assert foods(tmp_path) == {"food": ["pizza"], "drink": ["tea"]}
