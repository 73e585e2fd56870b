"""Plans and dates: what is ahead is answered by what was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.time.relative_dates import is_past
from ingest.derived import events
from memory.store.store import Store
from memory.types.core import Answer, Question, Span, Utterance
from tests.egorag.conftest import HomeOf
from tests.egorag.lives import record
from tests.egorag.spoken import write_talk
from tests.egorag.tasks.test_answer import HOUR, Line, write

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
DAY = 86_400.0
SAID = (
    (NOON - 2 * DAY, "Tomorrow we paint the fence."),  # Tuesday was meant
    (NOON - DAY, "On Thursday we go to the zoo."),
    (NOON - 3600, "Tomorrow I see the dentist."),
    (NOON - 1800, "I like the zoo."),
    (NOON + 600, "Tomorrow we stay at home."),
)
LIFE: tuple[Line, ...] = (
    (9 * DAY, "Eve", "I booked the dentist for you, on Monday at half past ten."),
    (2 * DAY, "me", "I have to call the insurance about the theft at noon."),
    (DAY, "me", "I called the insurance, it takes ten days."),
    (DAY - HOUR, "Ben", "I called the bank for my mother."),
    (20 * HOUR, "me", "Tomorrow I need to buy a present for Eve."),
    (5 * HOUR, "the dentist", "We'll fill it on the ninth of March at quarter past eight."),
    (4 * HOUR, "the dentist", "The check is on 20 April at nine."),
    (3 * HOUR, "me", "I ran six kilometres along the canal."),
    (2 * HOUR, "me", "Ran twenty five kilometres today, my knee hurts."),
    (4 * DAY, "me", "I put the bike key in the tin on the shelf."),
    (20 * 60, "me", "I moved the bike key, it's in the drawer of my desk now."),
    (HOUR, "me", "No run now, my knee still hurts."),
)


@pytest.fixture
def store(home_of: HomeOf) -> Store:
    return home_of(write_talk, [(start, "Ada", text) for start, text in SAID])


def ask(store: Store, text: str) -> Answer:
    return Answerer(store.as_of).ask(Question(text, NOON, "UTC"))


def test_a_question_about_tomorrow_is_told_with_its_replies(tmp_path: Path) -> None:
    talk = Store.open(tmp_path / "talk")
    (clip,) = record(talk, "talk", NOON - 60, 1)
    said = [
        Utterance(Span(NOON - 60, NOON - 57), "What do we need to buy tomorrow?", "Ada"),
        Utterance(Span(NOON - 56, NOON - 53), "Mint leaves.", "Ben"),
    ]
    talk.perceptions.write_utterances("speech", "1", {clip.id: said})
    talk.memories.write_caption(clip, said[0].text, "composed", "caption", "1")
    answer = ask(talk, "What's the plan for tomorrow?")  # nobody says "plan"
    assert [cited.quote for cited in answer.citations] == [one.text for one in said]
    talk.close()


def test_what_was_said_of_tomorrow_is_told_the_latest_first(store: Store) -> None:
    answer = ask(store, "What are we doing tomorrow?")
    assert not answer.abstained
    assert [citation.quote for citation in answer.citations] == [SAID[2][1], SAID[1][1]]


def test_what_was_said_of_another_day_or_is_said_later_is_not(store: Store) -> None:
    text = ask(store, "What are we doing tomorrow?").text
    assert "fence" not in text
    assert "home" not in text


def test_a_weekday_asked_on_that_day_may_be_today(store: Store) -> None:
    asked = Question("What's on Thursday?", NOON + DAY, "UTC")
    answer = Answerer(store.as_of).ask(asked)
    assert SAID[1][1] in [citation.quote for citation in answer.citations]
    assert Answerer(store.as_of).ask(replace(asked, text="What's on next Thursday?")).abstained


def test_words_of_the_question_choose_among_the_plans(store: Store) -> None:
    assert [c.quote for c in ask(store, "When do we go to the zoo tomorrow?").citations] == [
        SAID[1][1]
    ]


def test_a_day_of_which_nothing_was_said_has_not_happened_yet(store: Store) -> None:
    answer = ask(store, "What are we doing on 20 March 2026?")
    assert answer.abstained
    assert "not happened yet" in answer.text


def plans(home_of: HomeOf, question: str, *said: str) -> list[str]:
    """Of lines that were said within the hour, those that tell of what is asked."""
    talk = [(NOON - 600 + 60 * at, "Ada", words) for at, words in enumerate(said)]
    answer = ask(home_of(write_talk, talk), question)
    return [] if answer.abstained else [cited.quote for cited in answer.citations]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What's on this week?", "On Friday we go to the zoo."),
        ("was steht diese Woche noch an?", "Am Freitag ist Elternabend."),
        ("welche Termine hab ich diese Woche noch?", "Am Freitag ist Elternabend."),
        ("What's on next week?", "On Tuesday next week the roofer comes."),
        ("was hab ich nächste Woche vor?", "Am Dienstag nächster Woche kommt der Dachdecker."),
    ],
)
def test_what_is_left_of_a_week_and_its_days_lie_ahead(
    home_of: HomeOf, question: str, said: str
) -> None:
    assert plans(home_of, question, "Das war gut.", said) == [said]


@pytest.mark.parametrize(
    "question", ["What did I do this week?", "was hab ich diese Woche gemacht?"]
)
def test_what_was_done_in_a_week_that_goes_on_lies_behind(home_of: HomeOf, question: str) -> None:
    assert "I ran." in plans(home_of, question, "I ran.", "On Friday we go to the zoo.")


WEEK, ROME = "Next week is full of meetings.", "On Wednesday next week we fly to Rome."
SATURDAY = "What are we doing on Saturday?"


def test_what_is_said_of_the_day_itself_stands_before_what_is_said_of_its_week(
    home_of: HomeOf,
) -> None:
    asked = "What are we doing on 11 March 2026?"
    assert plans(home_of, asked, ROME, WEEK) == [ROME]
    assert plans(home_of, asked, WEEK) == [WEEK]


@pytest.mark.parametrize(
    ("asked", "lead"),
    [
        ("Do I have anything on tomorrow?", "Nothing was said of Thursday 5 March; of the days"),
        (
            "Was hab ich morgen vor?",
            "Von dieser Zeit selbst (Donnerstag, 5. März) war nicht die Rede",
        ),
        ("明天有什么安排？", "没有说到明天（3月5日周四）；说到前后几天的："),
    ],
)
def test_what_is_said_of_the_week_alone_is_not_told_as_of_the_day(
    home_of: HomeOf, asked: str, lead: str
) -> None:
    said = "We'll look at the sink next week."
    store = home_of(write_talk, [(NOON - 5 * DAY, "Ada", said)])
    answer = ask(store, asked)
    assert answer.text.startswith(lead)
    assert [cited.quote for cited in answer.citations] == [said]


@pytest.mark.parametrize(
    "question",
    ["What's coming up?", "What lies ahead?", "Was kommt auf mich zu?", "接下来有什么安排？"],
)
def test_all_that_lies_ahead_is_told_by_its_time(home_of: HomeOf, question: str) -> None:
    assert plans(
        home_of,
        question,
        "The play is on the ninth of March.",
        "I ran on Monday.",
        "On Friday we go to the zoo.",
        "Tomorrow at two, that's fine.",
        "It closes in April.",
    ) == [
        "Tomorrow at two, that's fine.",
        "On Friday we go to the zoo.",
        "The play is on the ninth of March.",
        "It closes in April.",
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Tomorrow at eight we have dinner.", True),
        ("Tomorrow evening at eight we have dinner.", True),
        ("Tomorrow at eight am we have breakfast.", False),
        ("Tomorrow we have guests.", False),
    ],
)
def test_an_hour_of_either_half_lies_ahead_until_the_evening(
    home_of: HomeOf, said: str, told: bool
) -> None:
    store = home_of(write_talk, [(NOON - DAY, "Ada", said)])
    quotes = [one.quote for one in ask(store, "What's coming up?").citations]
    assert quotes == [said] * told


@pytest.mark.parametrize(
    ("question", "ends"),
    [
        ("What's coming up?", "There are 2 more."),
        ("Was kommt auf mich zu?", "Und 2 weitere."),
        ("接下来有什么安排？", "另外还有2件。"),
    ],
)
def test_a_list_of_what_lies_ahead_says_how_much_it_leaves_out(
    home_of: HomeOf, question: str, ends: str
) -> None:
    said = [(NOON - 60 * n, "Ada", f"On the {n}th we meet again.") for n in range(10, 20)]
    store = home_of(write_talk, said)
    answer = ask(store, question)
    assert len(answer.sentences) == 9
    assert answer.text.endswith(ends)


CHINESE_PLANS = (
    "早上的蛋挞卖了六十二个。",
    "中午跟小李吃的火锅。",
    "周五我见小李。",
    "二十九号去爬山。",
    "从三月十五号开始补课。",
    "周六的排练改到星期天上午了。",
    "清明聚餐定在四月二号晚上七点。",
)


def test_chinese_days_ahead_are_known_by_their_names_and_what_was_is_none(home_of: HomeOf) -> None:
    told = plans(home_of, "接下来有什么安排？", *CHINESE_PLANS)
    assert told == [CHINESE_PLANS[n] for n in (2, 5, 4, 3, 6)]
    store = home_of(write_talk, [(NOON, "Ada", CHINESE_PLANS[6])])
    asked = Question("接下来有什么安排？", NOON + DAY, "UTC")
    assert Answerer(store.as_of).ask(asked).text.startswith("4月2日周四19:00：")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("明天有什么事？", []),
        ("周五有什么事？", [2]),
        ("二十九号有什么事？", [3]),
        ("周六有什么安排？", []),
        ("星期天有什么安排？", [5]),
    ],
)
def test_what_is_on_on_a_chinese_day_is_of_that_day(
    home_of: HomeOf, question: str, told: list[int]
) -> None:
    known = plans(home_of, question, *CHINESE_PLANS)
    assert known == [CHINESE_PLANS[n] for n in told]


@pytest.mark.parametrize("question", ["明天有什么事？", "接下来有什么安排？"])
def test_what_was_done_this_morning_is_none_of_tomorrow(home_of: HomeOf, question: str) -> None:
    said = ("早上八点的蛋挞卖了六十个，明天下午三点我去接妈妈。", "早上的面包也卖了，破纪录了。")
    talk = [(NOON + 3 * HOUR + 60 * at, "Ada", words) for at, words in enumerate(said)]
    store = home_of(write_talk, talk)
    answer = Answerer(store.as_of).ask(Question(question, NOON + 8 * HOUR, "UTC"))
    assert [cited.quote for cited in answer.citations] == [said[0]]
    assert question.startswith("明天") or answer.text.startswith("明天15:00：")


@pytest.mark.parametrize(
    ("said", "past"),
    [
        ("周三下午师傅来修了水龙头", True),
        ("可可的生日下午过的", True),
        ("昨天晚上是我关的门", True),
        ("我订了周六晚上的餐厅", False),
        ("后天的机票买好了", False),
        ("家长会改到周四了", False),
        ("周五去开会", False),
    ],
)
def test_what_was_is_told_from_what_is_to_come_in_chinese(said: str, past: bool) -> None:
    assert is_past(said) is past


def test_plans_for_a_month_are_of_that_month(home_of: HomeOf) -> None:
    said = ("We fly to Rome on the fourth of April.", "On Friday we go to the zoo.")
    assert plans(home_of, "What are my plans for April?", *said) == [said[0]]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What are we doing on 28 March 2026?", "The market is on the twenty eighth."),
        ("What are we doing on 28 March 2026?", "It opens on the 28th."),
        ("What are we doing on 20 March 2026?", "The market is on the twentieth."),
        (SATURDAY, "On Saturday we paint the fence."),
        (SATURDAY, "Not on Thursday, the boat comes on Saturday."),
        (SATURDAY, "On Friday I work; on Saturday we sail."),
    ],
)
def test_the_day_is_known_by_its_number_and_in_any_clause(
    home_of: HomeOf, question: str, said: str
) -> None:
    assert plans(home_of, question, said) == [said]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What are we doing on 28 March 2026?", "The market is on the twenty seventh."),
        ("What are we doing on 28 March 2026?", "It is my eighth market."),
        (SATURDAY, "We have been painting since Saturday."),
        (SATURDAY, "On Saturday we were at the zoo."),
        (SATURDAY, "On Friday we paint, on Thursday we sail."),
    ],
)
def test_what_names_another_day_or_lies_behind_is_no_plan(
    home_of: HomeOf, question: str, said: str
) -> None:
    assert plans(home_of, question, said) == []


def write_deeds(home: Path, lines: Sequence[Line]) -> Store:
    opened = write(home, lines, device="")
    events.rebuild(opened)
    return opened


@pytest.fixture
def appointments(home_of: HomeOf) -> Store:
    return home_of(write_deeds, LIFE)


def test_a_deed_is_told_by_what_was_said_of_it(appointments: Store) -> None:
    answer = ask(appointments, "Did I call the insurance?")
    assert "I called the insurance, it takes ten days." in answer.text


def test_the_next_appointment_is_the_nearest_to_come(appointments: Store) -> None:
    answer = ask(appointments, "When is my next dentist appointment?")
    assert answer.text.startswith("Monday 9 March: today at 07:00 the dentist said")
    assert "half past ten" not in answer.text
    assert ask(appointments, "When is my next haircut?").abstained


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("How far did I run altogether this week?", "31 kilometres in all (6 + 25)"),
        ("How many miles did I run this week?", "19.26 miles in all (3.72823 + 15.5343)"),
        ("How many times did I run this week?", "2 times"),
        # A thing is where it was moved to, and was where it had been put.
        ("Where is the bike key?", "In the drawer of your desk, the last time that I know of."),
        ("Where was the bike key yesterday?", "In the tin on the shelf,"),
    ],
)
def test_numbers_are_added_up_and_things_are_where_they_were_put_last(
    appointments: Store, question: str, begins: str
) -> None:
    assert ask(appointments, question).text.startswith(begins)


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Der Zahnarzttermin ist am 17. März um neun.", "Wann ist mein nächster Zahnarzttermin?"),
        ("我17号九点看牙医。", "我下次看牙医是什么时候？"),
    ],
)
def test_the_next_date_is_known_in_other_languages_too(
    home_of: HomeOf, said: str, question: str
) -> None:
    store = home_of(write, [(HOUR, "Me", said)])
    answer = ask(store, question)
    assert not answer.abstained
    assert answer.text.startswith(("Dienstag, 17. März um 09:00 Uhr", "3月17日周二09:00"))


@pytest.mark.parametrize(
    ("entry", "change", "old", "new"),
    [
        (
            "The Manchester meeting is on Tuesday.",
            "Don't worry about the Manchester meeting, we've moved it from Tuesday to Thursday.",
            "What's on on Tuesday?",
            "What's on on Thursday?",
        ),
        (
            "The dentist is on Tuesday.",
            "The dentist, it's on Thursday now.",
            "What's on on Tuesday?",
            "What's on on Thursday?",
        ),
        (
            "The dentist is on Tuesday.",
            "They've pushed the dentist back to Thursday.",
            "What's on on Tuesday?",
            "What's on on Thursday?",
        ),
        (
            "Das Konzert ist am Dienstag.",
            "Das Konzert ist jetzt am Donnerstag.",
            "Was steht am Dienstag an?",
            "Was steht am Donnerstag an?",
        ),
        (
            "Das Konzert ist am Dienstag.",
            "Sie haben das Konzert auf Donnerstag verschoben.",
            "Was steht am Dienstag an?",
            "Was steht am Donnerstag an?",
        ),
        (
            "The dentist is on Tuesday.",
            "My dentist's on Thursday the fifth now.",
            "What's on on Tuesday?",
            "What's on on Thursday?",
        ),
        ("音乐会在周二。", "音乐会现在是周四。", "下周二有什么安排？", "下周四有什么安排？"),
        ("周二看牙医。", "周二的牙医推迟到星期四。", "下周二有什么安排？", "下周四有什么安排？"),
        (
            "周二何医生洗牙。",
            "何医生要开会，改到周四。",
            "下周二有什么安排？",
            "下周四有什么安排？",
        ),
    ],
)
def test_what_was_moved_is_of_its_new_day_alone(
    home_of: HomeOf, entry: str, change: str, old: str, new: str
) -> None:
    staff = "The staff party is on Tuesday."
    lines = [(5 * DAY, "Ben", entry), (4 * DAY, "Ben", staff), (3.9 * DAY, "Ben", change)]
    store = home_of(write, lines)
    answers = [[one.quote for one in ask_on(store, day).citations] for day in (old, new)]
    assert change in " ".join(answers[1])
    assert entry not in " ".join(answers[0])
    assert change not in " ".join(answers[0])
    assert old[:4] != "What" or staff in " ".join(answers[0])


@pytest.mark.parametrize(
    ("entry", "change"),
    [
        ("The party is on Tuesday.", "They moved the party from the hall to the garden."),
        ("Am Dienstag ist das Fest.", "Das Fest wurde in den Garten verlegt."),
    ],
)
def test_what_changes_otherwise_keeps_its_day(home_of: HomeOf, entry: str, change: str) -> None:
    lines = [(5 * DAY, "Ben", entry), (4 * DAY, "Ben", change)]
    question = "Was steht am Dienstag an?" if entry.startswith("Am") else "What's on on Tuesday?"
    store = home_of(write, lines)
    assert [one.quote for one in ask_on(store, question).citations] == [entry]


def ask_on(store: Store, text: str) -> Answer:
    """Asked on the Sunday before."""
    at = NOON - 3 * DAY
    return Answerer(store.as_of).ask(Question(text, at, "UTC"))


AHEAD = (
    (2 * DAY, "me", "I'm seeing Bob on Friday."),
    (2 * DAY - 60, "me", "Am Freitag sehe ich Bob."),
    (2 * DAY - 120, "me", "周五我见小李。"),
    (26 * HOUR, "me", "I had a lot of milk."),
)


@pytest.mark.parametrize(
    ("question", "ahead"),
    [
        ("have I got anything on friday", True),
        ("am I free on Friday evening?", True),
        ("do we have anything on on Friday?", True),
        ("is anything happening on Friday?", True),
        ("what's on this weekend?", False),
        ("hab ich am Freitag was vor", True),
        ("bin ich am Freitagabend frei?", True),
        ("hab ich am Freitag Zeit?", True),
        ("ist am Freitag was los?", True),
        ("周五我有什么安排", True),
        ("我周五晚上有空吗", True),
        ("周五晚上有事吗", True),
        ("was I free on Friday?", False),
        ("have I got any milk?", False),
        ("is Anna free on Friday?", False),
        ("am I free on Saturday?", False),
        ("war ich am Freitag frei?", False),
        ("bin ich am Freitag gelaufen?", False),
        ("昨天我有空吗", False),
        ("周五出什么事了", False),
    ],
)
def test_whether_one_is_free_is_told_by_what_is_on(
    home_of: HomeOf, question: str, ahead: bool
) -> None:
    store = home_of(write, AHEAD, "me")
    said = " ".join(one.quote for one in ask(store, question).citations)
    assert ("Bob" in said or "小李" in said) is ahead
