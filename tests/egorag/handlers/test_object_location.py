from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from ingest.derived import events as happenings
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import diaries, lives
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import DAY, write_talk


def ask(store: Store, text: str, asked_at: float = diaries.ASKED) -> Answer:
    return Answerer(store.as_of).ask(Question(text, asked_at, diaries.ZONE))


@pytest.mark.parametrize(
    "question", ["Where did I leave my keys?", "Where are my keys?", "Where did I put the keys?"]
)
def test_the_last_place_is_said_and_who_took_it_since(diary: Store, question: str) -> None:
    answer = ask(diary, question)
    assert answer.text.startswith("On the windowsill, the last time that I know of.")
    assert "Ben took the keys" in answer.sentences[1].text
    assert answer.citations[0].quote == "I left the keys on the windowsill."
    assert all(sentence.citations for sentence in answer.sentences)


def test_what_was_moved_later_than_the_question_is_not_known(diary: Store) -> None:
    answer = ask(diary, "Where did I leave my keys?", diaries.at("2025-03-01T20:00"))
    assert answer.text.startswith("In the blue bowl")
    assert len(answer.citations) == 1


def test_who_took_it_is_said(diary: Store) -> None:
    answer = ask(diary, "Who took my keys?")
    assert "Ben took the keys from the windowsill" in answer.text


def test_before_tells_the_place_before_the_last_one(diary: Store) -> None:
    before, now = ask(diary, "Where were my keys before?").sentences
    assert "blue bowl" in before.text
    assert now.text.startswith("Later: ")
    assert "windowsill" in now.text
    assert "the last time" in ask(diary, "Where were my keys?").text


def test_a_named_day_bounds_what_is_said(diary: Store) -> None:
    assert "blue bowl" in ask(diary, "Where did I put my keys on 1 March 2025?").text


def test_a_thing_that_nothing_tells_of_is_left_to_the_search(diary: Store) -> None:
    assert ask(diary, "Where did I leave my passport?").abstained


BACK = 5 * DAY
PUT = (lives.TALK - BACK, "Ada", "I put the umbrella in the hall cupboard.")
FOUND = (lives.TALK - 3 * DAY, "Ben", "I found your umbrella under the bench.")
TAKEN = (lives.TALK - 4 * DAY, "Ben", "Carla took the umbrella from the hall cupboard.")
NO_NEWS = (
    (lives.TALK - 6 * DAY, "Ben", "The umbrella is wet."),
    (lives.TALK - 2 * DAY, "Ben", "Is your umbrella broken?"),
    (lives.TALK - DAY, "Ben", "I like the rain."),
)
Talk = Callable[..., list[str]]


def write_said(home: Path, said: Sequence[tuple[float, str, str]]) -> Store:
    store = write_talk(home, said)
    happenings.rebuild(store)
    return store


@pytest.fixture
def talk(home_of: HomeOf) -> Talk:
    """Asks a home in which lines were said, and gives the sentences of the answer."""

    def asked(question: str, *said: tuple[float, str, str]) -> list[str]:
        answer = ask(home_of(write_said, sorted(said)), question, lives.TALK)
        assert all(sentence.citations for sentence in answer.sentences)
        return [sentence.text for sentence in answer.sentences]

    return asked


WHERE = "Where is my umbrella?"
PLACE = "In the hall cupboard, the last time that I know of. On Thursday 26 February at 09:31 "


def test_who_said_where_it_is_is_named(talk: Talk) -> None:
    assert talk(WHERE, PUT) == [f'{PLACE}Ada said: "{PUT[2]}"']


def test_what_the_wearer_said_is_their_own(talk: Talk) -> None:
    assert talk(WHERE, (PUT[0], "me", PUT[2])) == [f'{PLACE}you said: "{PUT[2]}"']


@pytest.mark.parametrize(
    ("speaker", "said", "lead"),
    [
        ("Anna", "Your umbrella is in my car.", "In Anna's car, the last"),
        ("me", "I put the umbrella in my car.", "In your car, the last"),
        ("Anna", "I put your umbrella in your car.", "In your car, the last"),
        ("Anna", "The umbrella is in our car.", "On Thursday"),
        ("me", "I put the umbrella in your car.", "On Thursday"),
    ],
)
def test_a_place_is_told_by_whose_it_is(talk: Talk, speaker: str, said: str, lead: str) -> None:
    assert talk(WHERE, (PUT[0], speaker, said))[0].startswith(lead)


def test_what_was_last_said_of_where_it_is_comes_first_and_else_as_later(talk: Talk) -> None:
    nice = (FOUND[0] - DAY / 2, "Ben", "Your umbrella is nice.")
    news = f'On Saturday 28 February at 09:31 Ben said: "{FOUND[2]}"'
    then = f'Before that: On Thursday 26 February at 09:31 Ada said: "{PUT[2]}"'
    assert talk(WHERE, PUT, nice)[1].startswith("Later: On Friday 27 February")
    assert talk(WHERE, PUT, nice, FOUND, *NO_NEWS) == [news, then]
    assert talk("Where did I leave my umbrella?", PUT, FOUND) == [news, then]


def test_what_is_read_to_tell_where_it_is_leads_and_what_only_names_it_stands_last(
    tmp_path: Path, embedder: Embedder
) -> None:
    said = [
        (lives.TALK - 5 * DAY, "me", "I've left the car on Harcourt Road, by the church."),
        (lives.TALK - 3 * DAY, "me", "The car's behind the cricket club now. Happy?"),
        (lives.TALK - DAY, "Ben", "I'm setting off from the Co-op car park at five."),
    ]
    with closing(write_said(tmp_path / "home", said)) as store:
        asked = Question("Where is my car?", lives.TALK, diaries.ZONE)
        read, unread = (Answerer(store.as_of, one).ask(asked).text for one in (embedder, None))
    leading, _, rest = read.partition("Before that: ")
    before, _, later = rest.partition("Later: ")
    assert ("cricket club" in leading, "Harcourt" in before, "car park" in later) == (True,) * 3
    assert "cricket club" not in unread  # by words it is a question


def test_where_it_was_is_not_told_as_the_last_place_once_more_was_said(talk: Talk) -> None:
    assert not talk(WHERE, PUT, FOUND)[0].startswith("In the hall cupboard")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Where was my umbrella on 26 February 2026?", (PUT, FOUND)),
        (WHERE, (PUT, *NO_NEWS)),
        (WHERE, (PUT, TAKEN)),
        (WHERE, (PUT, (TAKEN[0] - DAY / 2, "Ben", "Your umbrella is nice."), TAKEN)),
        (WHERE, (PUT, (lives.TALK + 60, "Ben", FOUND[2]))),
        (
            "Where is my red umbrella?",
            (
                (PUT[0], "Ada", PUT[2].replace("umbrella", "red umbrella")),
                (FOUND[0], "Ben", "I bought a blue umbrella for Tom."),
            ),
        ),
    ],
    ids=[
        "a time was asked for",
        "only questions and other things",
        "told already",
        "before it was taken",
        "not yet",
        "another one",
    ],
)
def test_what_is_no_news_of_it_is_not_told_as_later(
    talk: Talk, question: str, said: Sequence[tuple[float, str, str]]
) -> None:
    texts = talk(question, *said)
    assert texts[0].startswith("In the hall cupboard")
    assert not any(text.startswith("Later:") for text in texts)


def test_only_the_words_about_it_after_it_was_put_down_are_told_as_later(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    put, after = lives.record(store, "hall", lives.TALK - BACK, 2)
    longer, cold = f"It is raining. {PUT[2]}", "It was a cold day."
    lives.perceive(store, put, f'"{longer}"', [(0, 6, longer)])
    happenings.rebuild(store)
    assert len(ask(store, WHERE, lives.TALK).sentences) == 1
    lives.perceive(store, after, f'"{FOUND[2]} {cold}"', [(0, 4, FOUND[2]), (5, 9, cold)])
    happenings.rebuild(store)
    now, then = ask(store, WHERE, lives.TALK).sentences
    assert (FOUND[2] in now.text, cold in now.text, PUT[2] in then.text) == (True, False, True)
    store.close()
