from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from ingest.derived import events
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import lives
from tests.egorag.conftest import HomeOf
from tests.egorag.spoken import DAY, HOUR, write_talk

SAID = (
    ("me", "I'm buying a boat one day, I haven't bought one yet."),
    ("me", "I bought a lamp at the market."),
    ("Anna", "The boiler was serviced for ninety euros."),
    ("Ben", "I bought a tent for the summer."),
    ("me", "We watched the film Paddington."),
    ("Anna", "The last ferry leaves at ten."),
    ("me", "I bought three notebooks."),
    ("Ben", "I should have watched the match."),
    ("ich", "Ich habe ein Fahrrad gekauft."),
    ("Ben", "Der Kuchen ist fertig."),
    ("我", "我买了一把伞。"),
    ("安娜", "面包店关门了。"),
    ("me", "I had soup for lunch."),
    ("Anna", "Good night."),
)


def write_hours(home: Path, said: Sequence[tuple[str, str]], wearer: str = "") -> Store:
    """A home in which these words were said, a line an hour."""
    store = write_talk(home, [(lives.TALK + n * HOUR, *line) for n, line in enumerate(said)])
    for recording in store.recordings.all() if wearer else ():
        store.recordings.update(replace(recording, device=wearer, kind="import"))
    events.rebuild(store)
    return store


def ask(store: Store, question: str) -> Answer:
    return Answerer(store.as_of).ask(Question(question, lives.TALK + DAY, lives.ZONE))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What was the first thing I bought?", "lamp"),
        ("What did I buy last?", "notebooks"),
        ("What did I last watch?", "Paddington"),
        ("What was the last thing I ate?", "soup"),
        ("What was the first thing Anna said?", "boiler"),
        ("What did Anna say last?", "Good night"),
        ("What was the last thing that Anna said about the ferry?", "ferry"),
        ("What did I say first?", "boat"),
        ("What did Ben say first?", "tent"),
        ("Was habe ich zuletzt gekauft?", "Fahrrad"),
        ("Was war das Letzte, was Ben gesagt hat?", "Kuchen"),
        ("Was hat Anna als Erstes gesagt?", "boiler"),
        ("我最后买了什么？", "伞"),
        ("安娜说的最后一句话是什么？", "面包店"),
    ],
)
def test_the_first_and_the_last_are_told_alone(home_of: HomeOf, question: str, words: str) -> None:
    (sentence,) = ask(home_of(write_hours, SAID), question).sentences
    assert words in sentence.text


NAMED = (
    ("Jake", "I am watching Casablanca, what a film."),
    ("Anna", "I watched Titanic."),
    ("Jake", "I watched The Third Man with Anna."),
    ("Jake", "We wanted to watch Vertigo."),
    ("Jake", "I watched the match."),
    ("Jake", "Anna said that Tom watched Jaws."),
    ("Jake", "Ich habe heute Abend Metropolis geschaut."),
    ("Anna", "Ich habe Nosferatu gesehen."),
    ("Jake", "我给小丽买了两本笔记本。"),
    ("老王", "我买了一台新的割草机。"),
    ("老王", "听说安娜买了一条船。"),
    ("Jake", "我看了电影卡萨布兰卡。"),
    ("Jake", "我看了书。"),
)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What was the last thing I watched?", "match"),
        ("我最后买了什么？", "笔记本"),
        ("我最后看的电影是什么？", "卡萨布兰卡"),
        ("我看的最后一部电影是什么？", "卡萨布兰卡"),
    ],
)
def test_deeds_of_others_are_theirs(home_of: HomeOf, question: str, words: str) -> None:
    (sentence,) = ask(home_of(write_hours, NAMED, "Jake"), question).sentences
    assert words in sentence.text


@pytest.mark.parametrize(
    "question", ["What did I buy on my last trip?", "What did Anna say about the last ferry?"]
)
def test_the_last_of_something_else_is_searched_for(home_of: HomeOf, question: str) -> None:
    answer = ask(home_of(write_hours, SAID), question)
    assert answer.explanation.written_by != "all that was said"


NOT_DONE = (
    ("me", "I must buy milk."),
    ("Anna", "I want to buy a toaster."),
    ("Anna", "I bought a teapot, it was not dear."),
    ("Ben", "I bought a kite."),
    ("Anna", "I bought a notebook."),
    ("Anna", "I did not buy the carpet."),
    ("Petra", "Ich habe eine Lampe gekauft."),
    ("Petra", "Ich habe den Drucker nicht gekauft."),
    ("小丽", "我买了一把伞。"),
    ("小丽", "我没买地毯。"),
    ("me", "Ben hat einen Kuchen gekauft."),
    ("me", "听说小丽想买一条船。"),
)


@pytest.mark.parametrize(
    ("question", "words", "undone"),
    [
        ("What was the last thing Anna bought?", "notebook", "carpet"),
        ("What was the first thing Anna bought?", "teapot", "toaster"),
        ("Who was the first to buy something?", "teapot", "toaster"),
        ("Was hat Petra zuletzt gekauft?", "Lampe", "Drucker"),
        ("Was hat Ben zuletzt gekauft?", "Kuchen", "kite"),
        ("小丽最后买了什么？", "伞", "地毯"),
    ],
)
def test_what_was_not_done_is_neither_first_nor_last(
    home_of: HomeOf, question: str, words: str, undone: str
) -> None:
    answer = ask(home_of(write_hours, NOT_DONE), question)
    assert words in answer.sentences[0].text
    assert undone not in answer.text
