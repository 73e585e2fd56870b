"""The reader of statements learns from contrasts, here over a tiny encoder of random weights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.training.pair_groups import PairGroup, of_changes, of_news, with_likest
from benchmarks.training.pair_reader import E5Teacher
from egorag.answerability.statement_reader import quantised
from tests.benchmarks.letters import Letters
from tests.egogpt.embedders.test_e5 import made_up, written

GROUPS = [
    PairGroup("contrast-en", "a", ("ab", "abb"), ("c", "cb", "bc"), ("time", "thing", "topic")),
    PairGroup("contrast-en", "c", ("cb", "cbb"), ("a", "ab", "ba"), ("time", "thing", "topic")),
]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return written(tmp_path / "e5.bin", made_up())


def test_what_answers_is_learned_whatever_the_question(weights: Path) -> None:
    teacher = E5Teacher(weights)
    before = teacher.figures(GROUPS)["contrast-en"]["auc"]
    teacher.learn([GROUPS] * 40, 3e-3)
    report = teacher.figures(GROUPS)
    assert before < 0.9
    assert report["contrast-en"] == {"auc": 1.0, "first": 1.0}
    assert report["against"].keys() == {"time", "thing", "topic"}
    file = weights.with_name("reader.safetensors")
    file.write_bytes(quantised(teacher.adapter))
    again = E5Teacher(weights, file).figures(GROUPS)
    assert again["contrast-en"] == report["contrast-en"]  # what was learned is not lost


def test_the_likest_lines_of_other_questions_are_set_beside() -> None:
    alike = [PairGroup("en", "ab" * n, ("abc" * n,), ("abd" * n,)) for n in range(1, 9)]
    other = [PairGroup("en", "qr" * n, ("qrs" * n,), ("qrt" * n,)) for n in range(1, 9)]
    few = [PairGroup("de", "ab", (f"a{n}",), ("abe",)) for n in range(3)]
    groups = [*few, *alike, *other]
    _, _, _, *widened = with_likest(groups, Letters(), random.Random(1))  # type: ignore[arg-type]
    assert [group.question for group in widened] == [group.question for group in groups[3:]]
    for group, wide in zip(groups[3:], widened, strict=True):
        added = wide.others[len(group.others) :]
        assert len(added) == 3
        assert not {*group.answering, *group.others, "a0", "abe"} & set(added)
        assert all(line[0] == group.question[0] for line in added[:2])


def test_news_is_parted_like_contrasts_and_read_after_what_it_changes() -> None:
    learned, tested = of_news(tested=False), of_news(tested=True)
    assert len(learned) > 4 * len(tested) > 200
    assert not {group.question for group in learned} & {group.question for group in tested}
    for group in (*learned, *tested):
        assert len(group.answering) == 2
        assert group.kinds == ("same", "attribute", "thing", "open")
        assert not set(group.answering) & set(group.others)
        assert ": " in group.question, "the statement with its speaker stands behind the question"


def test_of_lives_what_holds_now_is_news_against_the_later_lines_most_taken_for_it() -> None:
    def longest(question: str, lines: Sequence[str]) -> NDArray[np.float32]:
        return np.array([len(line) for line in lines], np.float32)

    groups = list(of_changes(longest, random.Random(3)))
    changed = [group for group in groups if group.answering]
    assert len(changed) > 100
    assert len(groups) == 3 * len(changed)
    for group in groups:
        assert not set(group.answering) & set(group.others)
        assert [len(line) for line in group.others] == sorted(map(len, group.others), reverse=True)
