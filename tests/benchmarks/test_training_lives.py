"""The lives that the judge learns from: in order of time, their labels on their own lines."""

from __future__ import annotations

import re

import pytest

from benchmarks.training.lives import MadeLives, joined, turned_lives, written_lives


def test_written_lives_are_whole() -> None:
    lives = joined([written_lives(), turned_lives()])
    assert len(lives.lines) > 200
    for lines in lives.lines.values():
        assert [line.at for line in lines] == sorted(line.at for line in lines)
    for question in lives.questions:
        assert question.answerable == bool(question.gold)
        assert all(0 <= at < len(lives.lines[question.life]) for at in question.gold)
        assert question.asked_at > lives.lines[question.life][-1].at
    blind = {question.life for question in lives.questions if question.half == "test"}
    assert blind == {life for life in lives.lines if life.startswith("written-test-")}
    assert len(blind) == 4 * 19


def test_the_wording_of_a_written_question_tells_nothing() -> None:
    asked: dict[tuple[str, str], list[bool]] = {}
    for question in joined([written_lives(), turned_lives()]).questions:
        life = re.sub(r"-\d$", "", question.life)
        asked.setdefault((life, question.text), []).append(question.answerable)
    assert all(answers.count(True) == answers.count(False) > 0 for answers in asked.values())


def test_a_turned_life_lacks_what_answered_and_holds_what_answers() -> None:
    plain, turned = written_lives(), turned_lives()
    answers = {
        (question.life, question.text): {plain.lines[question.life][at] for at in question.gold}
        for question in plain.questions
    }
    for question in turned.questions:
        before = answers[re.sub(r"-\d$", "", question.life), question.text]
        assert not before & set(turned.lines[question.life])
        assert bool(before) != bool(question.gold)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_near_misses_name_what_no_line_of_the_kind_tells(lang: str) -> None:
    lives = MadeLives(lang, 7).make(4)
    answers = {True: 0, False: 0}
    for question in lives.questions:
        answers[question.answerable] += 1
        assert question.answerable == bool(question.gold)
    assert min(answers.values()) > 10
