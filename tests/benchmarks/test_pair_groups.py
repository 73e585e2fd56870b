"""What the reader of statements learns from: contrasts, and public sets in their forms."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training.pair_groups import contrasts, of_friends, of_squad, of_written_lives
from benchmarks.training.pair_reader import batches
from tests.benchmarks.letters import Letters


def test_contrasts_are_whole_and_what_is_tested_is_not_learned_from() -> None:
    learned, tested = contrasts(tested=False), contrasts(tested=True)
    for group in (*learned, *tested):
        lines = (*group.answering, *group.others)
        assert (len(group.answering), len(group.others), len(set(lines))) == (2, 3, 5)
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
    longest = (lambda _, texts: np.array([float(len(text)) for text in texts])) if read else None
    one, other = of_written_lives(Letters(), longest, tmp_path)  # type: ignore[arg-type]
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
def test_every_group_is_in_one_batch(count: int) -> None:
    groups = contrasts(tested=True)[:count]
    steps = list(batches(groups, random.Random(2)))
    assert sorted(g.question for step in steps for g in step) == sorted(g.question for g in groups)
    assert max(map(len, steps)) <= 16
