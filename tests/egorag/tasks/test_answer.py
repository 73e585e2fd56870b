"""What is still to be done: what was taken on or asked for, less what was done since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import (
    Answer,
    Clip,
    Question,
    Recording,
    Sighting,
    Span,
    TimeSource,
    Utterance,
)
from tests.egorag.conftest import HomeOf

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
HOUR, DAY = 3600.0, 86_400.0
Line = tuple[float, str, str]  # seconds before noon, speaker, words
LIFE: tuple[Line, ...] = (
    (40 * DAY, "Me", "I have to sell the boat."),
    (3 * DAY, "Me", "I still have to call the dentist."),
    (2 * DAY, "Anna", "Could you bring the cake on Friday?"),
    (2 * DAY - 10, "Me", "Sure, I promise to lend you my ladder."),
    (DAY, "Me", "I need to buy more milk."),
    (DAY - HOUR, "Ben", "I have to pay my rent."),
    (20 * HOUR, "Me", "I bought milk on the way."),
    (5 * HOUR, "Me", "I have to return the books by tomorrow."),
    (4 * HOUR, "Me", "I'll have the soup."),
    (3 * HOUR, "Ben", "Don't forget to water the plants tonight."),
    (-HOUR, "Me", "I have to wash the car."),
)


def write(home: Path, lines: Sequence[Line], device: str = "Me") -> Store:
    store = Store.open(home)
    for number, (before, speaker, text) in enumerate(lines):
        start = NOON - before
        name, span = f"r{number:03}", Span(start, start + 4)
        clip = Clip(f"{name}-0", name, Span(start, start + 30))
        recording = Recording(
            name, (name * 16)[:64], f"/v/{name}.jsonl", start, "UTC", 30.0, TimeSource.USER,
            device=device, kind="import",
        )  # fmt: skip
        told = [] if speaker else [Sighting(span, "narration", text, 1.0)]
        said = [Utterance(span, text, speaker)] if speaker else []
        caption = f'{speaker}: "{text}"' if speaker else text
        store.import_clips(recording, [clip], {clip.id: said}, {clip.id: told}, {clip.id: caption})
    return store


@pytest.fixture
def store(home_of: HomeOf) -> Store:
    return home_of(write, LIFE)


def ask(store: Store, text: str, at: float = NOON) -> Answer:
    return Answerer(store.as_of).ask(Question(text, at, "UTC"))


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


def test_open_tasks_are_listed_the_nearest_due_first_then_the_newest(store: Store) -> None:
    answer = ask(store, "What do I still have to do?")
    assert not answer.abstained
    assert quotes(answer) == [LIFE[9][2], LIFE[7][2], LIFE[2][2], LIFE[3][2], LIFE[1][2]]
    assert all(sentence.citations for sentence in answer.sentences)
    assert answer.explanation.kind == "todo"


def test_who_said_it_when_and_when_it_is_due_are_said(store: Store) -> None:
    text = ask(store, "What do I still have to do?").text
    assert "Due today: today at 09:00 Ben said: \"Don't forget to water the plants tonight" in text
    assert "Due tomorrow: today at 07:00 you said:" in text
    assert "Due Friday 6 March: on Monday 2 March at 12:00 Anna said:" in text


def test_what_was_done_others_have_to_do_or_is_said_later_is_left_out(store: Store) -> None:
    text = ask(store, "What do I still have to do?").text
    assert not any(word in text for word in ("milk", "rent", "soup", "car", "boat"))


def test_what_was_taken_on_is_said_to_be_done_where_the_question_asks_what_was(
    store: Store,
) -> None:
    answer = ask(store, "What was I going to buy?")
    assert quotes(answer) == [LIFE[4][2], LIFE[6][2]]
    assert "Done, it seems: yesterday at 16:00" in answer.text


def test_a_time_chooses_what_is_due_in_it(store: Store) -> None:
    assert quotes(ask(store, "What do I have to do tomorrow?")) == [LIFE[7][2]]
    assert quotes(ask(store, "What's left to do today?")) == [LIFE[9][2]]


DEADLINES: tuple[Line, ...] = (
    (3 * HOUR, "Me", "I have to send the invoice to Bob by tonight."),
    (3 * HOUR, "Anna", "Could you call the plumber tomorrow?"),
    (3 * HOUR, "Me", "I must hand in the essay by Monday."),
    (3 * HOUR, "Anna", "The tax return is due on Monday."),
    (3 * HOUR, "Me", "I need to book the train to Berlin by Thursday."),
    (2 * HOUR, "Me", "I booked the train."),
    (3 * HOUR, "Me", "我明天之前得交房租。"),
)


@pytest.mark.parametrize(
    ("question", "due"),
    [
        ("What do I have to do by tonight?", [0]),
        ("What's due tonight?", [0]),
        ("What must be done by tomorrow evening?", [0, 1, 6]),
        ("What do I have to do before Friday?", [0, 1, 6]),
        ("What is due on Monday?", [2, 3]),
        ("Anything due tomorrow?", [1, 6]),
        ("Which deadlines do I have next week?", [2, 3]),
        ("明天之前我要做什么？", [0, 1, 6]),
        ("明天要交什么？", [6]),
    ],
)
def test_what_is_due_by_a_time_is_due_in_it_too(
    home_of: HomeOf, question: str, due: list[int]
) -> None:
    store = home_of(write, DEADLINES)
    assert sorted(quotes(ask(store, question))) == sorted(DEADLINES[at][2] for at in due)


def test_whom_it_was_promised_or_who_asked_chooses(store: Store) -> None:
    assert quotes(ask(store, "What did Anna ask me to do?")) == [LIFE[2][2]]
    assert quotes(ask(store, "What did I promise Anna?")) == [LIFE[3][2]]
    assert quotes(ask(store, "What did I promise?"))[0] == LIFE[7][2]
    assert LIFE[2][2] not in quotes(ask(store, "What did I promise?"))
    assert quotes(ask(store, "Do I still have to call anybody?")) == [LIFE[1][2]]


def test_of_many_tasks_six_are_told_and_the_rest_counted(home_of: HomeOf) -> None:
    things = "bread tea rice salt soap paper flour sugar candles".split()
    lines = [(HOUR * (n + 1), "", f"I have to buy {what}.") for n, what in enumerate(things)]
    store = home_of(write, lines)
    answer = ask(store, "What do I still have to do?")
    assert len(answer.sentences) == 7
    assert answer.sentences[-1].text == "There are 3 more."
    assert answer.sentences[-1].citations


def test_where_the_wearer_is_not_known_anybody_counts_and_is_named(home_of: HomeOf) -> None:
    lines = [(at, "Nora" if who == "Me" else who, text) for at, who, text in LIFE[:7]]
    store = home_of(write, lines, "")
    text = ask(store, "What do I still have to do?").text
    assert "whoever said it" in text
    assert 'Ben said: "I have to pay my rent."' in text
    assert "you said" not in text


def test_what_was_due_is_said_to_be_late_and_told_first_of_what_was_forgotten(
    home_of: HomeOf,
) -> None:
    lines = [
        (2 * DAY, "", "I have to post the letter tomorrow."),
        (HOUR, "", "I must fix the tap."),
    ]
    store = home_of(write, lines)
    answer = ask(store, "What have I forgotten?")
    assert quotes(answer) == [lines[0][2], lines[1][2]]
    assert "Overdue since yesterday" in answer.text


def test_where_nothing_was_said_it_abstains_and_says_what_was_searched(home_of: HomeOf) -> None:
    store = home_of(write, [(HOUR, "", "I drank tea.")])
    answer = ask(store, "What do I still have to do?")
    assert answer.abstained
    assert "in the last 28 days" in answer.text
    assert not answer.citations


def test_chinese_tasks_are_listed_and_done(home_of: HomeOf) -> None:
    lines = [
        (DAY, "", "我还要买牛奶。"),
        (5 * HOUR, "", "别忘了明天给妈妈打电话。"),
        (2 * HOUR, "", "我买了牛奶。"),
    ]
    store = home_of(write, lines)
    assert quotes(ask(store, "我还要做什么？")) == [lines[1][2]]


SAID_AGAIN = (
    ("I have to buy milk.", "I have to buy milk.", "I still need to get milk."),
    ("I promised Nora to fix the tap.", "I have to repair the dripping tap for Nora.",
     "I must fix the tap."),
    ("I promise I'll bring the bike back to Tom.", "Tom, I'll bring your bike back, I promise."),
    ("我还要买牛奶。", "别忘了买牛奶和面包。"),
)  # fmt: skip
OTHERS = (
    ("I have to fix the kitchen tap.", "I have to fix the bathroom tap."),
    ("I have to send the report to Anna.", "I have to send the report to Ben."),
)


@pytest.mark.parametrize(
    ("said", "times"), [*((s, 1) for s in SAID_AGAIN), *((s, 2) for s in OTHERS)]
)
def test_a_task_said_again_stands_once(home_of: HomeOf, said: Sequence[str], times: int) -> None:
    lines = [((9 - at) * HOUR, "", text) for at, text in enumerate(said)]
    store = home_of(write, lines)
    assert len(ask(store, "What do I still have to do?").citations) == times


@pytest.mark.parametrize(("later", "done"), [(20, True), (2 * DAY, False)])
def test_a_reply_says_what_was_done_by_what_it_replies_to(
    home_of: HomeOf, later: float, done: bool
) -> None:
    lines = [
        (6 * DAY, "Me", "I have to renew the car insurance."),
        (4 * DAY, "Tom", "Has the insurance come?"),
        (4 * DAY - later, "Me", "I've renewed it, two hundred and ten."),
    ]
    store = home_of(write, lines)
    assert bool(quotes(ask(store, "What do I still have to do?"))) is not done


def test_what_only_others_take_on_is_not_the_wearers(home_of: HomeOf) -> None:
    lines = [(2 * HOUR, "me", "Good morning."), (HOUR, "Ben", "I'll call the dentist tomorrow.")]
    store = home_of(write, lines, "")
    assert ask(store, "What do I still have to do?").abstained


OTHER_WORDS: tuple[Line, ...] = (
    (9 * DAY, "Me", "I have to return the library books by Friday."),
    (7 * DAY, "Me", "I need to renew my passport by Monday."),
    (2 * DAY, "Me", "The insurance has to be paid by Friday."),
    (DAY, "Me", "I want to buy a kettle."),
    (DAY, "Me", "I took the books back."),
    (5 * HOUR, "Me", "Don't forget to feed the cat."),
    (4 * HOUR, "Me", "I have to email Bob by tonight."),
)


def test_what_is_overdue_is_told_last_and_as_that(home_of: HomeOf) -> None:
    store = home_of(write, OTHER_WORDS)
    answer = ask(store, "What do I have to do by tonight?")
    assert quotes(answer) == [OTHER_WORDS[6][2], OTHER_WORDS[1][2]]
    assert answer.sentences[-1].text.startswith("Overdue since Monday 2 March: ")
    assert quotes(ask(store, "What is due on Friday?")) == [OTHER_WORDS[2][2]]


@pytest.mark.parametrize(
    "question",
    ["What's overdue?", "Have I missed any deadlines?", "Was ist überfällig?", "有什么过期了？"],
)
def test_what_is_overdue_can_be_asked_for_alone(home_of: HomeOf, question: str) -> None:
    store = home_of(write, OTHER_WORDS)
    told = [one.text for one in ask(store, question).sentences]
    assert len(told) == 1
    assert "2 March" in told[0] or "2. März" in told[0] or "3月2日" in told[0]


def test_where_only_what_is_overdue_is_left_it_is_said_so(home_of: HomeOf) -> None:
    store = home_of(write, OTHER_WORDS[:2])
    text = ask(store, "What is due today?").text
    assert text.startswith("Nothing that was said is to be done in that time. Overdue since")


def test_a_wish_has_no_deadline_and_a_note_to_oneself_counts(home_of: HomeOf) -> None:
    store = home_of(write, OTHER_WORDS)
    listed = quotes(ask(store, "What do I still have to do?"))
    assert {OTHER_WORDS[3][2], OTHER_WORDS[5][2]} <= set(listed)
    assert OTHER_WORDS[0][2] not in listed
    for question in ("What is due this week?", "What do I have to do this week?"):
        assert OTHER_WORDS[3][2] not in quotes(ask(store, question))


GERMAN: tuple[Line, ...] = (
    (2 * DAY, "Me", "Ich muss die Bücher bis Freitag in die Bibliothek zurückbringen."),
    (2 * DAY, "Me", "Die Versicherung muss bis Freitag, den 6. März, bezahlt werden."),
    (DAY, "Me", "Die Bücher habe ich zurückgebracht."),
    (5 * HOUR, "Anna", "Vergiss nicht, heute Abend die Blumen zu gießen."),
    (4 * HOUR, "Me", "Ich muss noch Milch kaufen."),
)
REPLIED: tuple[Line, ...] = (
    (3 * DAY, "Anna", "Tante Gerda liegt im Krankenhaus."),
    (3 * DAY - 60, "Me", "Dann ruf ich sie morgen mal an."),
    (2 * DAY, "Me", "Tante Gerda angerufen, es geht ihr besser."),
    (DAY, "Anna", "Das Altglas muss noch weg, das steht seit Wochen da."),
    (DAY - 30, "Me", "Mach ich heute Abend."),
    (20 * HOUR, "Ben", "Der Zaun wackelt."),
    (20 * HOUR - 30, "Me", "Ich kümmer mich drum."),
    (19 * HOUR, "Anna", "Kannst du mir bis Freitag die Noten kopieren?"),
    (19 * HOUR - 30, "Me", "Klar, mach ich dir, bis Freitag hast du sie."),
    (18 * HOUR, "Me", "Dem Dachdecker muss ich noch die Fotos vom Dach schicken."),
    (17 * HOUR, "Me", "Die Fotos hab ich dem Dachdecker eben geschickt."),
    (16 * HOUR, "Me", "Die Noten für Anna hab ich kopiert."),
)
CHINESE: tuple[Line, ...] = (
    (2 * DAY, "Me", "我周五之前得还书。"),
    (2 * DAY, "Me", "保险费周五之前要交。"),
    (DAY, "Me", "我把书还了。"),
    (5 * HOUR, "Anna", "别忘了今晚浇花。"),
    (4 * HOUR, "Me", "我还要买牛奶。"),
)


@pytest.mark.parametrize(
    ("lines", "question", "told"),
    [
        (GERMAN, "Was muss ich noch tun?", [3, 1, 4]),
        (GERMAN, "Was ist diese Woche fällig?", [3, 1]),
        (GERMAN, "Was muss ich bis heute Abend erledigen?", [3]),
        (GERMAN, "Was muss ich noch kaufen?", [4]),
        (CHINESE, "我还要做什么？", [3, 1, 4]),
        (CHINESE, "今晚之前我要做什么？", [3]),
        (CHINESE, "这周有什么要交的？", [1]),
        (CHINESE, "我还要买什么？", [4]),
    ],
)
def test_german_and_chinese_are_read_as_english_is(
    home_of: HomeOf, lines: Sequence[Line], question: str, told: list[int]
) -> None:
    store = home_of(write, lines)
    assert quotes(ask(store, question)) == [lines[at][2] for at in told]


def test_a_promise_that_names_nothing_is_told_with_what_it_replies_to(home_of: HomeOf) -> None:
    store = home_of(write, REPLIED)
    answer = ask(store, "Was muss ich noch erledigen?")
    assert quotes(answer) == [REPLIED[at][2] for at in (6, 5, 4, 3)]
    assert "sagtest du: „Ich kümmer mich drum.“ Davor: Gestern" in answer.text


def test_of_a_time_to_come_in_which_nothing_is_due_that_is_said(home_of: HomeOf) -> None:
    store = home_of(write, GERMAN)
    answer = ask(store, "Was ist am Montag fällig?")
    assert answer.abstained
    assert "was zu tun wäre" in answer.text


THEIRS: tuple[Line, ...] = (
    (3 * DAY, "Anna", "I'll bring you the ladder on Tuesday."),
    (3 * DAY - HOUR, "Anna", "I'd like to buy a bigger tent this week."),
    (DAY, "Me", "Anna brought the ladder, it's in the shed."),
    (3 * DAY - HOUR, "Anna", "I have to bring a car with a handbrake."),
    (2 * DAY, "Nils", "Ich muss dir morgen die Rechnung bringen."),
    (2 * DAY, "Nils", "Ich geb dir morgen die Bohrmaschine zurück."),
    (DAY + HOUR, "Nils", "So, ich hab dir die Bohrmaschine zurückgebracht."),
    (5 * HOUR, "Me", "Ich bring dir morgen die Säge, Nils."),
    (4 * HOUR, "老李", "我周五给你带两盒茶叶。"),
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What did Anna promise me?", [0, 2]),
        ("Was hat Nils mir versprochen?", [5, 6]),
        ("老李答应了我什么？", [8]),
    ],
)
def test_what_others_promised_is_told_with_its_being_done(
    home_of: HomeOf, question: str, told: list[int]
) -> None:
    store = home_of(write, THEIRS)
    answer = ask(store, question)
    assert quotes(answer) == [THEIRS[at][2] for at in told]
    assert answer.text.startswith(("Taken on, as far as what was said", "Übernommen, ", "就说过"))
