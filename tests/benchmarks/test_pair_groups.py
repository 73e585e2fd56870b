"""What the reader of statements learns from: contrasts, and public sets in their forms."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.datasets.counting_data import read_counting
from benchmarks.training.pair_groups import (
    COUNTING,
    PairGroup,
    contrasts,
    of_counting,
    of_deeds,
    of_friends,
    of_squad,
    of_written_lives,
)
from benchmarks.training.reading.teacher import batches
from tests.benchmarks.letters import Letters


@pytest.fixture(scope="module")
def tested() -> Sequence[PairGroup]:
    return contrasts(tested=True)


def test_contrasts_are_whole_and_what_is_tested_is_not_learned_from(
    tested: Sequence[PairGroup],
) -> None:
    learned = contrasts(tested=False)
    for group in (*learned, *tested):
        lines = (*group.answering, *group.others)
        assert len(group.answering) == 2
        assert len(group.others) in (3, 4)
        assert len(set(lines)) == len(lines)
        assert all(": " in line and line.strip() == line for line in lines)
        assert not any(line.startswith(("ich: ", "我: ")) for line in lines)
    assert not {group.question for group in learned} & {group.question for group in tested}
    assert 5 < len(learned) / len(tested) < 8
    sources = {group.source.removeprefix("contrast-") for group in tested}
    assert sources == {"de", "en", "zh", "de-en", "en-de", "en-zh", "zh-en"}


@pytest.mark.parametrize("read", [True, False])
def test_near_misses_of_a_life_are_the_likest_or_what_is_taken_for_answers(
    tmp_path: Path, read: bool
) -> None:
    lines = [{"speaker": "我" if at == 9 else "Ann", "text": f"a{'b' * at}"} for at in range(10)]
    answered = {"text": "a", "gold": [0]}
    unanswered = {"text": "a", "gold": [], "answer": {"speaker": "Ben", "text": "aaa"}}
    life = {"lines": lines, "questions": [answered, unanswered, {"text": "a", "gold": []}]}
    (tmp_path / "ann.json").write_text(json.dumps(life), encoding="utf-8")
    encoder: Any = Letters()
    one, other = of_written_lives(encoder, longest if read else None, tmp_path)
    assert (one.answering, other.answering) == (("Ann: a",), ("Ben: aaa",))
    assert len(one.others) == len(other.others) == 4
    assert ("me: abbbbbbbbb" in one.others) == read
    assert ("Ann: a" in other.others) != read


def test_the_sentence_with_the_answer_answers(tmp_path: Path) -> None:
    text = "Ann lives in Rome. Her cat is called Miso. It is grey."
    asked = {"question": "What is the cat's name?", "answers": [{"answer_start": 37}]}
    paragraph = {"context": text, "qas": [asked]}
    file = tmp_path / "xquad.en.json"
    file.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}), encoding="utf-8")
    (group,) = of_squad(file, random.Random(1))
    assert group.answering == ("Her cat is called Miso.",)
    assert set(group.others) == {"Ann lives in Rome.", "It is grey."}


def test_the_utterance_with_the_answer_answers(tmp_path: Path) -> None:
    lines = [("Ross Geller", "Hi."), ("Rachel Green", "I lost my ring."), ("Ross Geller", "Oh.")]
    scene = {
        "utterances:": [{"speakers": [who], "utterance": text} for who, text in lines],
        "qas": [{"question": "What is lost?", "answers": [{"utterance_id": 1}]}],
    }
    file = tmp_path / "friendsqa.json"
    file.write_text(json.dumps({"data": [{"paragraphs": [scene]}]}), encoding="utf-8")
    (group,) = of_friends(file, random.Random(1))
    assert group.answering == ("Rachel: I lost my ring.",)
    assert set(group.others) == {"Ross: Hi.", "Ross: Oh."}


@pytest.mark.parametrize("count", [1, 300])
def test_every_group_is_in_one_batch(tested: Sequence[PairGroup], count: int) -> None:
    groups = tested[:count]
    steps = list(batches(groups, random.Random(2)))
    assert sorted(g.question for step in steps for g in step) == sorted(g.question for g in groups)
    assert max(map(len, steps)) <= 16


def longest(_: str, texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([float(len(text)) for text in texts], np.float32)


def test_a_deed_is_told_apart_from_what_comes_near_and_from_others_that_are_not_like_it(
    tmp_path: Path,
) -> None:
    swim, row, sew = (
        {
            "q": [f"how often did i {deed}?"],
            "did": [f"me: {deed} {n}" for n in range(6)],
            "near": [["planned", f"me: will {deed} {n}"] for n in range(4)],
            "like": like,
        }
        for deed, like in (("swim", ["row"]), ("row", []), ("sew", []))
    )
    rows = "".join(f"{json.dumps(deed)}\n" for deed in (swim, row, sew))
    (tmp_path / "en-a.jsonl").write_text(rows, encoding="utf-8")
    encoder: Any = Letters()
    first, second, _ = of_deeds(encoder, longest, random.Random(3), tmp_path)
    assert all(line.startswith("me: swim") for line in first.answering)
    assert len(first.answering) == 3
    assert sum("will swim" in line for line in first.others) == 2
    assert sum("sew" in line for line in first.others) == 3
    assert any("swim" in line or "sew" in line for line in second.others)


def test_lines_that_tell_of_no_occasion_of_the_days_asked_about_are_near_misses(
    tmp_path: Path,
) -> None:
    (tmp_path / "en1").mkdir()
    said = [f"2026-11-{day:02}T10:00:00+00:00" for day in range(1, 9)]
    lines = [{"start": at, "end": at, "speaker": "me", "text": f"line {at[8:10]}"} for at in said]
    days = {"at": said[7], "from": "2026-11-02", "to": "2026-11-06", "days": [], "minutes": None}
    asked = {"q": "how often did i swim last week?", "occasions": [[1, 2], [4]], **days}
    for name, rows in (("lines", lines), ("counting", [asked])):
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / "en1" / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (group,) = of_counting(longest, random.Random(3), tmp_path)
    assert set(group.answering) == {"me: line 02", "me: line 03", "me: line 05"}
    assert set(group.others) == {"me: line 04", "me: line 06"}
    assert "week" not in group.question


def test_every_life_that_is_counted_in_is_whole() -> None:
    for name in ("reading", "weighing", "test"):
        for life in read_counting(COUNTING / name):
            starts = [line.start for line in life.lines]
            assert starts == sorted(starts)
            for asked in life.questions:
                assert asked.telling <= set(range(len(life.lines)))
                assert asked.occasions or asked.minutes is None
                spoken = [starts[at] for at in asked.telling]
                assert all(start <= asked.asked_at for start in spoken)
