"""How often something was done is counted by the days on which lines tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from egorag.evidence.time_match import day_told
from egorag.handlers.how_often import asks_how_often_done
from egorag.question.plan import make_plan
from egorag.time.calendar.local_time import LocalTime
from ingest.derived import events
from memory.types.core import Answer, Question, Span
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
    (2, 20, "me", "Nach dem Laufen heute früh habe ich erst einmal heiß geduscht."),
    (4, 9, "me", "Der Hund ist weggelaufen."),
)
CHINESE = (
    (0, 7, "me", "今天打了一个小时羽毛球，胳膊都酸了。"),
    (1, 9, "小明", "我昨天打羽毛球赢了三局。"),
    (2, 20, "me", "刚打完羽毛球，累死了。"),
    (3, 8, "me", "明天想去打羽毛球。"),
    (4, 9, "me", "这双鞋花了三百块。"),
)

KNOWN = (
    (0, 9, "me", "I've been swimming this morning with Maisie, forty minutes, we had a lane."),
    (2, 12, "me", "The bakery on Queen Street has closed down."),
    (3, 9, "Ruth", "My car has to go in for its MOT."),
    (4, 9, "me", "I took Maisie swimming again, half an hour because the pool was heaving."),
    (5, 20, "me", "The neighbours have bought a new fence."),
    (5, 21, "Ruth", "They say it will rain all weekend."),
    (5, 22, "me", "My new glasses are too tight."),
    (5, 11, "me", "I played tennis on the old court, my racket is a wreck."),
    (4, 20, "Ruth", "The lamp in the hall flickers."),
    (4, 21, "Ruth", "Nobody has come about the boiler."),
)

WORK = (
    (0, 18, "me", "I worked nine hours today, my back aches."),
    (1, 12, "me", "The bakery on Queen Street has closed down."),
    (2, 19, "me", "Another seven and a half hours at work, the whole team stayed on."),
    (3, 9, "Ruth", "I slept eight hours."),
    (4, 9, "me", "The neighbours have bought a new fence."),
)


Ask = Callable[[str, str], Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Ask]:
    """Asks one of the homes."""
    opened = {}
    for name, lines in (
        ("en", SAID), ("de", GESAGT), ("zh", CHINESE), ("known", KNOWN), ("work", WORK),
    ):  # fmt: skip
        said = [(MONDAY + day * DAY + hour * HOUR, who, text) for day, hour, who, text in lines]
        opened[name] = store = import_talk(tmp_path_factory.mktemp(name), said)
        if name == "known":
            events.rebuild(store)
        while missing := store.vectors.missing(embedder.name):
            vectors = embedder.embed_documents([text for _, text in missing])
            store.vectors.put(embedder.name, [memory_id for memory_id, _ in missing], vectors)
    asked: list[str] = []
    answerer = Answerer(lambda at: opened[asked[-1]].as_of(at), embedder)

    def ask(home: str, text: str) -> Answer:
        asked.append(home)
        return answerer.ask(Question(text, MONDAY + 6 * DAY + 22 * HOUR, "UTC"))

    yield ask
    for store in opened.values():
        store.close()


@pytest.mark.parametrize(
    ("language", "question", "lead"),
    [
        ("en", "how often did i swim this week?", "At least once, on Monday 9 March."),
        ("de", "Wie oft war ich diese Woche laufen?", "Mindestens 2-mal, am Montag, 9. März und "),
        ("zh", "这周我打了几次羽毛球？", "至少2次：3月9日周一和"),
    ],
)
def test_days_are_counted_on_which_it_is_told_in_whatever_words(
    ask: Ask, language: str, question: str, lead: str
) -> None:
    answer = ask(language, question)
    assert answer.text.startswith(lead)
    assert not answer.abstained


@pytest.mark.parametrize(
    ("language", "question", "lead"),
    [
        (
            "en",
            "how many minutes did i swim in all?",
            "For how long on Monday 9 March was not said.",
        ),
        ("zh", "我打羽毛球一共打了多久？", "至少1小时，共1次。 3月11日周三用了多久没有说。"),
        ("zh", "我打羽毛球總共打了幾分鐘？", "至少60分钟，共1次。"),
        ("work", "How many hours did I work this week?", "At least 16 hours 30 minutes, on 2 "),
        ("work", "Wie viele Stunden habe ich diese Woche gearbeitet?", "Mindestens "),
    ],
)
def test_a_length_is_the_sum_of_what_lines_of_each_day_tell_and_the_other_days_are_named(
    ask: Ask, language: str, question: str, lead: str
) -> None:
    assert ask(language, question).text.startswith(lead)


@pytest.mark.parametrize("question", ["how many hours did I work?", "how many hours did I drive?"])
def test_what_may_tell_of_a_length_tells_one(ask: Ask, question: str) -> None:
    answer = ask("en", question)
    assert answer.abstained
    assert [cited.quote for cited in answer.citations] == [SAID[4][3]]


def test_what_may_tell_of_one_more_is_shown_and_what_was_planned_or_done_by_others_is_not(
    ask: Ask,
) -> None:
    answer = ask("en", "how many times did i swim?").text
    assert "Perhaps also: On Wednesday 11 March at 08:00 you said" in answer
    assert not any(words in answer for words in ("sixty lengths", "Saturday", "prices", "bakery"))


def test_what_tells_again_of_a_day_is_no_occasion_more(ask: Ask) -> None:
    answer = ask("de", "Wie oft bin ich gelaufen?").text
    assert answer.startswith("Mindestens 2-mal, am Montag, 9. März und Mittwoch, 11. März.")
    assert "Vielleicht auch" not in answer


def test_a_day_that_a_line_names_is_the_day_of_the_occasion() -> None:
    said = Span(MONDAY + 3 * DAY, MONDAY + 3 * DAY + 4)
    local = LocalTime.of(MONDAY + 6 * DAY, "UTC")
    day = day_told("Forgot to tell you, I went swimming on Tuesday, an hour.", said, local)
    assert day == date(2026, 3, 10)
    assert day_told("I swam at the lido last summer.", said, local) == date(2026, 3, 12)


def test_beside_a_known_event_lines_are_read_where_few_became_events(ask: Ask) -> None:
    answer = ask("known", "how often did i go swimming?")
    assert answer.text.startswith("At least 2 times, on Monday 9 March and Friday 13 March.")


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("how many times did i play tennis?", "At least once, on Saturday 14 March."),
        (
            "how many times did i play tennis on monday?",  # all of that day became events
            "0: I have no recording from Monday 9 March that tells of it.",
        ),
    ],
)
def test_events_are_the_least_that_was_done_where_few_lines_became_any(
    ask: Ask, question: str, lead: str
) -> None:
    assert ask("known", question).text.startswith(lead)


def test_another_sport_is_not_the_one_that_is_asked_about(ask: Ask) -> None:
    answer = ask("known", "how many times did i play golf?")
    assert "At least" not in answer.text


@pytest.mark.parametrize("question", ["how often did i go bowling?", "wie oft war ich segeln?"])
def test_what_nobody_tells_is_not_counted(ask: Ask, question: str) -> None:
    assert ask("de" if question.startswith("wie") else "en", question).abstained


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("how often did i swim?", True),
        ("how many lessons have i had?", True),
        ("an wie vielen Tagen habe ich gebacken?", True),
        ("我打了几次羽毛球？", True),
        ("how often do i water the ficus?", False),
        ("wie oft soll ich die Tabletten nehmen?", False),
        ("how many eggs did i buy?", False),
    ],
)
def test_what_is_done_as_a_rule_or_with_a_number_of_things_is_no_number_of_times(
    text: str, asks: bool
) -> None:
    assert asks_how_often_done(make_plan(Question(text, MONDAY, "UTC"))) == asks
