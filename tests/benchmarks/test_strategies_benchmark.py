"""Loaders of question sets: gold is where the evidence is, and only the scorer reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.datasets.sets import cases
from benchmarks.scoring.halves import half_of
from benchmarks.strategies import Cell, main, recall, together
from memory.types.core import Evidence, Memory, Span

TALK = {
    "sample_id": "one",
    "conversation": {
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "I adopted a beagle."},
            {"speaker": "Bob", "dia_id": "D1:2", "text": "My violin broke."},
        ],
    },
    "qa": [
        {"question": "What broke?", "evidence": ["D1:2"], "answer": "the violin", "category": 4},
        {"question": "What did Ann adopt?", "evidence": ["D1:1"], "answer": "x", "category": 4},
        {"question": "Nothing shows it?", "evidence": [], "answer": "x", "category": 5},
    ],
}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([TALK]))
    return path


def test_a_turn_is_a_line_of_its_own_and_gold_is_its_moment(talk: Path) -> None:
    (life,) = cases("locomo", talk)
    first, second = life.lines
    assert second["start"] - first["start"] == 30
    assert [case.gold[0][0].start for case in life.cases] == [second["start"], first["start"]]
    assert all(case.asked_at > second["end"] for case in life.cases)


def test_recall_is_the_share_of_the_evidence_that_was_found(talk: Path) -> None:
    (life,) = cases("locomo", talk)
    case = life.cases[0]
    at = case.gold[0][0].start
    there = Evidence(Memory(1, "clip", Span(at - 5, at + 20), ""), 1.0)
    elsewhere = Evidence(Memory(2, "clip", Span(at + 100, at + 120), ""), 1.0)
    assert recall([elsewhere, there], case) == 1.0
    assert recall([elsewhere], case) == 0.0


def test_the_table_and_its_line_of_json_are_printed(talk: Path, tmp_path: Path) -> None:
    said: list[str] = []
    homes = tmp_path / "homes"
    words = ["--locomo", talk, "--embedder", "none", "--homes", homes, "--json"]
    names = ["bm25", "lego:extract=ppr,refine=none"]
    assert main([*map(str, words), "--strategies", *names], said.append) == 0
    found = json.loads(said[-1])["sets"]["locomo"]
    assert list(found) == names
    assert all(found[name]["r@10"] == 100 for name in names)
    assert found["bm25"]["n"] == 2


def test_halves_are_those_of_the_other_benchmarks_and_read_apart(talk: Path) -> None:
    (life,) = cases("locomo", talk)
    assert [case.half for case in life.cases] == [
        half_of("What broke?"),
        half_of("What did Ann adopt?"),
    ]
    cell = Cell((1.0, 0.0, 0.5), ("dev", "test", "test"), (0.1, 0.1, 0.1), 0)
    figures = together([cell, cell])
    assert (figures["dev"], figures["test"], figures["r@10"]) == (100, 25, 50)


def test_a_strategy_that_there_is_not_is_refused_before_anything_is_read(
    talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--locomo", str(talk), "--strategies", "lego:extract=oracle"])
    assert 'no extract "oracle"' in capsys.readouterr().err
