"""How readings of times are scored, and the halves of a set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.scoring.halves import by_half, half_of, of_half
from benchmarks.times import Expected, is_fair, is_right, main
from memory.types.core import Span

_HOUR, _DAY = 3600.0, 86_400.0
_NOW = 1000 * _DAY


@pytest.mark.parametrize(
    ("read", "exact", "expected", "right", "fair"),
    [
        ((0, 85), True, (0, 100), True, True),
        ((0, 61 * _DAY), True, (0, 92 * _DAY), False, True),  # "May" is part of "March to May"
        ((0, 31 * _DAY), True, (0, 366 * _DAY), False, False),
        ((5 * _HOUR, 12 * _HOUR), True, (8 * _HOUR, 12 * _HOUR), False, True),  # a morning
        ((0, 10 * _DAY), False, (4 * _DAY, 5 * _DAY), False, True),  # "about a week ago"
        ((0, 10 * _DAY), True, (4 * _DAY, 5 * _DAY), False, False),
        ((600, 660), True, (630, 690), True, True),  # a moment
        ((0, 2400), True, (1200, 1260), False, True),  # the window around a moment
        ((0, 2 * _HOUR), True, (1200, 1260), False, False),
        ((0, _NOW), True, (0, None), True, True),  # "since"
        ((0, _DAY), True, (0, None), False, False),
    ],
)
def test_a_reading_is_right_or_apart_by_a_convention(
    read: tuple[float, float],
    exact: bool,
    expected: tuple[float | None, float | None],
    right: bool,
    fair: bool,
) -> None:
    assert is_right(Span(*read), Expected(*expected), _NOW) == right
    assert is_fair(Span(*read), exact, Expected(*expected), _NOW) == fair


def test_sentences_are_read_as_questions_are_and_counted_by_subset(tmp_path: Path) -> None:
    common = {"lang": "en", "now": "2026-11-27T12:00:00"}
    day = [["2026-11-26T00:00:00", "2026-11-27T00:00:00"]]
    rows = [
        {"id": "1", "text": "I ran yesterday", "subset": "past", "expected": day},
        {"id": "2", "text": "I ran in the stone age", "subset": "past", "expected": day},
        {"id": "3", "text": "I may run", "subset": "none", "expected": []},
    ]
    path = tmp_path / "times.jsonl"
    path.write_text("\n".join(json.dumps(common | row) for row in rows), encoding="utf-8")
    lines: list[str] = []
    assert main([str(path), "--json"], lines.append) == 0
    found = json.loads(lines[-1])
    assert found["en"]["past"] == {"n": 2, "found": 50.0, "right": 50.0, "fair": 50.0}
    assert found["en"]["none"] == {"n": 1, "false": 0.0}
    assert sum(half["en"]["past"]["n"] for half in found["halves"].values()) == 2


def test_a_question_is_of_one_half_for_ever() -> None:
    asked = [f"Where was I on day {day}?" for day in range(40)]
    assert half_of("a") == "test"  # sha256: ca97…
    assert half_of("b") == "dev"  # sha256: 3e23…
    sizes = by_half(asked, str, len)
    assert sum(sizes.values()) == len(of_half(asked, "all", str)) == 40
    assert min(sizes.values()) > 10
