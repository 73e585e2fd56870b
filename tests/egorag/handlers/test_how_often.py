"""How often something was done is counted by the days on which lines tell of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag.spoken import DAY, HOUR, import_talk

MONDAY = 1_773_014_400.0  # 9 March 2026
SAID = (
    (0, 7, "me", "Swam forty lengths before breakfast, I can still smell the chlorine."),
    (0, 18, "me", "Those forty lengths this morning wore me out."),
    (1, 9, "Ruth", "I swam sixty lengths today, a new record!"),
    (1, 12, "me", "The bakery on Queen Street has closed down."),
    (2, 8, "me", "Just back from the pool, thirty minutes today."),
    (3, 9, "me", "I'm going to swim on Saturday, come what may."),
    (3, 19, "me", "Forgot to tell you, I went swimming on Tuesday, an hour."),
    (4, 10, "Ruth", "My car has to go in for its MOT."),
    (5, 9, "me", "The pool has put its prices up again."),
    (5, 20, "me", "The neighbours have bought a new fence."),
)
GESAGT = (
    (0, 7, "me", "Heute bin ich acht Kilometer gelaufen, einmal um den See."),
    (1, 9, "Lilli", "Ich bin gestern zehn Kilometer gelaufen."),
    (2, 8, "me", "Ich war gerade laufen, es war eiskalt."),
    (3, 8, "me", "Morgen will ich endlich wieder laufen gehen."),
    (4, 9, "me", "Der Hund ist weggelaufen."),
)
CHINESE = (
    (0, 7, "me", "今天打了一个小时羽毛球，胳膊都酸了。"),
    (1, 9, "小明", "我昨天打羽毛球赢了三局。"),
    (2, 20, "me", "刚打完羽毛球，累死了。"),
    (3, 8, "me", "明天想去打羽毛球。"),
    (4, 9, "me", "这双鞋花了三百块。"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Store]:
    said = [(MONDAY + day * DAY + hour * HOUR, who, text)
            for day, hour, who, text in sorted((*SAID, *GESAGT, *CHINESE))]  # fmt: skip
    store = import_talk(tmp_path_factory.mktemp("swims"), said)
    while missing := store.vectors.missing(embedder.name):
        vectors = embedder.embed_documents([text for _, text in missing])
        store.vectors.put(embedder.name, [memory_id for memory_id, _ in missing], vectors)
    yield store
    store.close()


def ask(home: Store, embedder: Embedder, text: str, day: int = 6) -> Answer:
    asked = Question(text, MONDAY + day * DAY + 22 * HOUR, "UTC")
    return Answerer(home.as_of, embedder).ask(asked)


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("how often did i swim this week?", "At least 3 times, on Monday 9 March, "),
        ("Wie oft war ich diese Woche laufen?", "Mindestens 2-mal, am Montag, 9. März und "),
        ("这周我打了几次羽毛球？", "至少2次：3月9日周一和"),
    ],
)
def test_days_are_counted_on_which_it_is_told_in_whatever_words(
    home: Store, embedder: Embedder, question: str, lead: str
) -> None:
    answer = ask(home, embedder, question)
    assert answer.text.startswith(lead)
    assert not answer.abstained


def test_what_was_planned_or_done_by_others_or_told_again_is_not_counted(
    home: Store, embedder: Embedder
) -> None:
    answer = ask(home, embedder, "how many times did i swim?")
    counted = answer.text.partition("Perhaps also")[0]
    assert "sixty lengths" not in counted
    assert "Saturday" not in counted
    assert "prices" not in counted


def test_a_day_that_a_line_names_is_the_day_of_the_occasion(
    home: Store, embedder: Embedder
) -> None:
    answer = ask(home, embedder, "how often did i swim this week?")
    assert "Tuesday 10 March" in answer.sentences[0].text
    assert "Thursday 12 March" not in answer.sentences[0].text


@pytest.mark.parametrize("question", ["how often did i go bowling?", "wie oft war ich segeln?"])
def test_what_nobody_tells_is_not_counted(home: Store, embedder: Embedder, question: str) -> None:
    assert ask(home, embedder, question).abstained
