"""A language model learns to read statements with a question, here a tiny one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.training.pair_groups import PairGroup, in_talk, of_lives, with_others
from benchmarks.training.reading import causal_reader
from benchmarks.training.reading.causal_reader import CausalTeacher
from egorag.answerability.statement_reader import quantised
from tests.egogpt import tiny_long

GROUPS = [
    PairGroup("contrast-en", "a", ("ab", "abb"), ("c", "cb", "bc"), ("time", "thing", "topic")),
    PairGroup("contrast-en", "c", ("cb", "cbb"), ("a", "ab", "ba"), ("time", "thing", "topic")),
]


def test_what_answers_is_learned_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causal_reader, "_FROM", 0)
    monkeypatch.setattr(causal_reader, "LAYERS", 2)
    folder = str(tiny_long.save(tmp_path / "tiny"))
    teacher = CausalTeacher(folder)
    before = teacher.figures(GROUPS)["contrast-en"]["auc"]
    teacher.learn([GROUPS] * 50, 1e-2)
    report = teacher.figures(GROUPS)
    assert before < 0.9
    assert report["contrast-en"] == {"auc": 1.0, "first": 1.0}
    file = tmp_path / "reader.safetensors"
    file.write_bytes(quantised(teacher.adapter))
    assert CausalTeacher(folder, file).figures(GROUPS)["contrast-en"] == report["contrast-en"]


def test_beside_near_misses_stand_lines_of_others_some_of_which_share_words() -> None:
    groups = [
        PairGroup("en", f"where is thing{n % 30}?", (f"thing{n % 30} {n}",), (f"no {n}", f"o {n}"))
        for n in range(60)
    ]
    for group, wide in zip(groups, with_others(groups, random.Random(1)), strict=True):
        near, added = wide.others[:2], wide.others[2:]
        assert set(near) == set(group.others)
        assert len(set(added)) == 3 or len(set(added)) == 4
        assert not {*group.answering, *group.others} & set(added)
        assert any(line.split()[0] == group.question[9:-1] for line in added)


def test_of_lives_what_answers_stands_against_what_shares_words_and_others() -> None:
    groups = list(of_lives(random.Random(1)))
    assert len(groups) > 2000
    for group in groups:
        assert group.answering
        assert 4 <= len(group.others) <= 7
        assert not set(group.answering) & set(group.others)
    right = [line for group in groups for line in group.answering]
    wrong = [line for group in groups for line in group.others]
    behind = [sum("\n" in line for line in lines) / len(lines) for lines in (right, wrong)]
    assert behind[0] > 0.3
    assert behind[0] == pytest.approx(behind[1], abs=0.05), "talk before a line would tell"


def test_a_line_stands_behind_those_of_its_talk() -> None:
    said = [(0.0, "A", "one"), (60.0, "ich", "two"), (120.0, "A", "three"), (500.0, "B", "four")]
    lines = [(at, (who, words)) for at, who, words in said]
    assert list(in_talk(lines)) == [
        "A: one", "> A: one\nme: two", "> A: one\n> me: two\nA: three", "B: four",
    ]  # fmt: skip
    astray = list(in_talk(lines * 100, random.Random(1)))
    assert any(line.endswith("B: four") and line.startswith("> ") for line in astray)
    assert "me: two" in astray
