"""LoCoMo and LLQA as lines and questions, and how answers to them are scored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.datasets.llqa_data import described, evidence_of, read_questions
from benchmarks.datasets.locomo_data import read_conversations
from benchmarks.homes.life import open_life, write_lines
from benchmarks.locomo import abstention_f1, ask_all, recall, sample
from benchmarks.scoring.qa import Scored
from benchmarks.scoring.token_f1 import list_f1, token_f1
from memory.types.core import Evidence

_TALK = {
    "sample_id": "conv-1",
    "conversation": {
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"dia_id": "D1:1", "speaker": "Ann", "text": "I bought a red kayak yesterday."},
            {"dia_id": "D1:2", "speaker": "Bob", "text": "Nice!", "blip_caption": "a dog"},
        ],
    },
    "qa": [
        {"question": "What did Ann buy?", "answer": "a kayak", "evidence": ["D1:1"], "category": 4},
        {"question": "What did Bob buy?", "evidence": ["D1:1"], "category": 5},
        {"question": "Where is Bob?", "answer": "?", "evidence": ["D7:1; D1:2"], "category": 3},
    ],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([_TALK]), encoding="utf-8")
    return path


def test_each_turn_is_a_clip_with_its_words_and_its_photo(data: Path, tmp_path: Path) -> None:
    (talk,) = read_conversations(data)
    lines = write_lines(tmp_path / "l.jsonl", [x for turn in talk.turns for x in turn.lines()])
    assistant = open_life(tmp_path / "home", [lines], embedder="none")
    first, second = assistant.store.memories.overlapping("clip")
    assert first.span.start == datetime(2023, 5, 8, 13, 56, tzinfo=UTC).timestamp()
    assert first.text == 'Ann: "I bought a red kayak yesterday."'
    assert "Bob shows a photo: a dog" in second.text
    assert recall([Evidence(first, 1.0)], talk.questions[0]) == 1
    assert recall([Evidence(second, 1.0)], talk.questions[0]) == 0
    systems = ask_all(assistant, talk, talk.questions)
    assert systems["pyramid"][0].values["recall_at_10"] == systems["bm25"][0].values["recall_at_10"]
    assert "rejected" in systems["pyramid"][1].values
    assistant.close()


def test_evidence_that_names_no_turn_is_passed_over(data: Path) -> None:
    (talk,) = read_conversations(data)
    assert [len(one.evidence) for one in talk.questions] == [1, 1, 1]


def test_a_sample_is_always_the_same_and_holds_every_type(data: Path) -> None:
    asked = read_conversations(data)[0].questions
    assert sample(asked, 3) == list(asked)
    assert sample(asked * 9, 9) == sample(asked * 9, 9)
    assert {one.type for one in sample(asked * 9, 9)} == {one.type for one in asked}


def test_abstention_is_scored_by_what_it_rejects_and_what_it_keeps() -> None:
    scored = [
        Scored("a", "adversarial", {"rejected": 1.0}),
        Scored("b", "adversarial", {"rejected": 0.0}),
        Scored("c", "open", {"kept": 0.0}),
        Scored("d", "open", {"kept": 1.0}),
    ]
    assert abstention_f1(scored) == 50


def test_token_f1_knows_stems_and_no_articles() -> None:
    assert token_f1("The painting.", "paintings") == 1
    assert token_f1("7 May 2023", "8 May 2023") == pytest.approx(2 / 3)
    assert token_f1("", "a kayak") == 0


def test_of_several_right_answers_each_counts_by_the_part_that_meets_it_best() -> None:
    assert list_f1("Pottery, camping trips.", "camping trip, pottery, a swim") == pytest.approx(
        2 / 3
    )
    assert list_f1("", "pottery, camping") == 0
    assert list_f1("pottery", "") == 0


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("He reads. [06:40-06:47]", 7),
        ("He reads. [06:40-06-47]", 7),
        ("He reads [06:40-06:47].", 7),
        ("He reads. [06:12]", 1),
    ],
)
def test_a_description_is_of_the_minutes_of_its_stamp(text: str, minutes: int) -> None:
    found = described(text, "2015-02-24")
    assert found is not None
    assert found.span.duration == 60 * minutes
    assert found.text.rstrip(".") == "He reads"


@pytest.mark.parametrize("text", ["He reads.", "He reads. [26:40]", "He reads. [08:10-07:00]"])
def test_a_description_without_a_time_is_left_out(text: str) -> None:
    assert described(text, "2015-02-24") is None


def test_only_the_day_or_the_hours_around_the_beginning_are_told(tmp_path: Path) -> None:
    row = {
        "question": "What is he doing after lunch? ",
        "answers": ["Reading .", "Cooking ."],
        "answer_idx": 1,
        "start_time": "2016/08/24 00:30:00+00",
        "end_time": "2016/08/24 05:00:00+00",
        "date": "2016-08-24",
    }
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    (asked,) = read_questions(path)
    assert asked.with_day() == "What is he doing after lunch on 24 August 2016?"
    assert asked.with_hour().endswith("on 24 August 2016 between 00:00 and 01:30?")
    near, far = described("He eats. [04:59]", "2016-08-24"), described("So. [05:00]", "2016-08-24")
    assert near is not None
    assert far is not None
    assert evidence_of(asked, [near, far]) == [near]
    assert asked.type == "after"
