"""What must speak for a short answer, and which words are foods."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.training.foods import foods
from benchmarks.training.headlines import figures, fitted


def test_what_tells_right_answers_from_false_ones_counts() -> None:
    rows = [
        {"backing": {"share": 0.0, "reading": n % 3, "fall": fall}, "right": fall > 2, "set": "a"}
        for n, fall in enumerate(np.linspace(-4, 8, 25).tolist())
    ]
    share, reading, fall, bias = weights = fitted(rows)
    assert fall > 5 * abs(reading)
    assert share == 0
    assert bias < 0
    assert figures(rows, weights)["a"].endswith("kept 11 of 11, dropped 1 of 14")


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
