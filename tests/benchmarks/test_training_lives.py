"""The lives that the judge learns from: in order of time, their labels on their own lines."""

from __future__ import annotations

import pytest

from benchmarks.training.lives import MadeLives, written_lives


def test_written_lives_are_whole() -> None:
    lives = written_lives()
    assert len(lives.lines) > 50
    for lines in lives.lines.values():
        assert [line.at for line in lines] == sorted(line.at for line in lines)
    for question in lives.questions:
        assert question.answerable == bool(question.gold)
        assert all(0 <= at < len(lives.lines[question.life]) for at in question.gold)
        assert question.asked_at > lives.lines[question.life][-1].at
    halves = {question.life: question.half for question in lives.questions}
    assert {life for life, half in halves.items() if half == "test"} == {
        "written-test-nurse-berlin",
        "written-test-teacher-leeds",
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_near_misses_name_what_no_line_of_the_kind_tells(lang: str) -> None:
    lives = MadeLives(lang, 7).make(4)
    answers = {True: 0, False: 0}
    for question in lives.questions:
        answers[question.answerable] += 1
        assert question.answerable == bool(question.gold)
    assert min(answers.values()) > 10
