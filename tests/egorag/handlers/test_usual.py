from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from ingest.derived import events
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import lives
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import DAY, HOUR, write_talk

DAYS = (
    ("I put the spare key in the tin.", "I had lunch with Ben at the canteen."),
    ("I put the spare key into the tin.", "I had lunch with Ben and Carla at the canteen."),
    ("I left the spare key on the shelf.", "I had lunch with Carla at the market."),
    ("I put the spare key in the tin.", "I had lunch with Ben at the canteen."),
    ("I put the spare key on my desk.", "I had dinner with my parents."),
    ("I put the umbrella in the hall.", "I went swimming with Dora."),
)


Days = tuple[tuple[str, ...], ...]


def write_days(home: Path, days: Days) -> Store:
    """A home in which the wearer said these on successive days."""
    said = [
        (lives.TALK + day * DAY + number * HOUR, "me", words)
        for day, lines in enumerate(days)
        for number, words in enumerate(lines)
    ]
    store = write_talk(home, said)
    events.rebuild(store)
    return store


def ask(home_of: HomeOf, question: str, days: Days = DAYS) -> Answer:
    asked = Question(question, lives.TALK + len(days) * DAY, lives.ZONE)
    return Answerer(home_of(write_days, days).as_of).ask(asked)


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("Where do I usually keep the spare key?", "Mostly in the tin, on 3 of 5 days"),
        ("Where is my spare key normally?", "Mostly in the tin, on 3 of 5 days"),
        ("Who do I usually have lunch with?", "Mostly Ben, on 3 of 4 days"),
        ("Who do I usually meet at the canteen?", "Mostly Ben, on 3 of 3 days"),
        ("Who am I usually with at the canteen?", "Mostly Ben, on 3 of 3 days"),
        ("Who is always at the canteen?", "Mostly Ben, on 3 of 3 days"),
        ("With whom do we usually have lunch?", "Mostly Ben, on 3 of 4 days"),
        ("Where do I usually have lunch?", "Mostly at the canteen, on 3 of 4 days"),
    ],
)
def test_what_was_so_on_most_days_is_told_with_the_days(
    home_of: HomeOf, question: str, lead: str
) -> None:
    answer = ask(home_of, question)
    assert answer.text.startswith(lead)
    assert all(sentence.citations for sentence in answer.sentences)
    assert len(answer.sentences) == 4
    assert answer.explanation.written_by == "counted"


def test_the_latest_days_are_quoted_and_others_are_numbered(home_of: HomeOf) -> None:
    answer = ask(home_of, "Who do I usually have lunch with?")
    assert "otherwise Carla (2)" in answer.sentences[0].text
    assert "lunch with Ben at the canteen" in answer.sentences[1].text
    starts = [citation.span.start for citation in answer.citations]
    assert starts == sorted(starts, reverse=True)


def test_as_many_days_are_told_of_each(home_of: HomeOf) -> None:
    days = (("I played tennis with Ben.",), ("I played tennis with Carla.",)) * 2
    answer = ask(home_of, "Who do I usually play tennis with?", days)
    assert answer.text.startswith("Mostly Ben and Carla, each on 2 of 4 days")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where do I usually keep the umbrella?", "In the hall, the last time that I know of."),
        ("Who do I usually go swimming with?", "Dora"),
        ("Who is usually fond of lunch?", ""),
        ("Where did I put the spare key?", "On your desk, the last time that I know of."),
    ],
)
def test_what_was_so_once_is_not_called_usual(home_of: HomeOf, question: str, words: str) -> None:
    answer = ask(home_of, question)
    assert words in answer.text
    assert "Mostly" not in answer.text


def test_a_time_bounds_what_is_counted(home_of: HomeOf) -> None:
    days = (("I put the lamp on the sofa.",),) * 3 + (("I put the lamp on the bench.",),) * 2
    answer = ask(home_of, "Where did I usually put the lamp in the last two days?", days)
    assert answer.text.startswith("Mostly on the bench, on 2 of 2 days")


def test_where_somebody_else_puts_their_own_counts_where_mine_is_not_known(home_of: HomeOf) -> None:
    days = (("Anna left the glasses on the piano.", "I put the glasses in the drawer."),) * 2
    answer = ask(home_of, "Where do I usually put my glasses?", days)
    assert answer.text.startswith("Mostly in the drawer, on 2 of 2 days")
    others = (("Anna left the glasses on the piano.",),) * 2
    answer = ask(home_of, "Where are the glasses usually?", others)
    assert answer.text.startswith("Mostly on the piano, on 2 of 2 days")


GERMAN = (
    "Ich habe den Schlüssel in die blaue Schale gelegt.",
    "Der Schlüssel liegt in der Schale.",
    "Ich habe den Schlüssel auf den Tisch gelegt.",
    "Ich habe den Schlüssel nicht auf den Tisch gelegt.",
    "Ich habe die Lampe auf den Tisch gestellt.",
)
CHINESE = (
    "我把钥匙放在碗里。",
    "钥匙在碗里。",
    "我把钥匙放在桌上。",
    "我没把钥匙放在桌上。",
    "我把灯放在桌上。",
)


@pytest.mark.parametrize(
    ("question", "days", "lead"),
    [
        ("Wo lege ich normalerweise meinen Schlüssel hin?", GERMAN, "Meist in "),
        ("Wo ist mein Schlüssel meistens?", GERMAN, "Meist in "),
        ("我通常把钥匙放在哪里？", CHINESE, "多半是在碗里，在提到这件事的3天中有2天"),
        ("钥匙平时在哪儿？", CHINESE, "多半是在碗里，在提到这件事的3天中有2天"),
    ],
)
def test_where_a_thing_is_on_most_days_is_told_in_german_and_chinese(
    home_of: HomeOf, question: str, days: Sequence[str], lead: str
) -> None:
    assert ask(home_of, question, tuple((line,) for line in days)).text.startswith(lead)


@pytest.mark.parametrize(
    ("question", "days"),
    [("Wo ist meine Lampe meistens?", GERMAN), ("我通常把灯放在哪里？", CHINESE)],
)
def test_what_was_so_once_is_not_usual_in_german_and_chinese(
    home_of: HomeOf, question: str, days: Sequence[str]
) -> None:
    answer = ask(home_of, question, tuple((line,) for line in days)).text
    assert "Meist" not in answer
    assert "多半" not in answer
