from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.answering.search import answer as search_answer
from egorag.evidence.asker import own_deeds_first, own_verb
from egorag.handlers.context import Context, Tools
from egorag.retrieval.image_retrieval import ImageRetriever
from ingest.derived import events
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import lives
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.generation.test_extractive import findings
from tests.egorag.handlers.test_counted import Script
from tests.egorag.spoken import DAY, HOUR, scored, write_talk

SAID = (
    ("me", "We watched the film Paddington with the kids."),
    ("Ben", "I watched the match and took the train home."),
    ("me", "I took the red bag, and I wore the green coat."),
    ("me", "I bought three notebooks and a pen."),
    ("Ben", "I bought a tent."),
    ("me", "I bought lemons."),
    ("me", "The soup was good."),
    ("Ben", "The bridge is closed."),
    ("Ada", "Rain again."),
    ("Ada", "The tram was late."),
    ("我", "我看了一部老电影。"),
    ("本", "我看了比赛。"),
)


LATER = (
    ("me", "I will buy milk."),
    ("me", "I have not paid the plumber."),
    ("Ben", "I bought a bicycle."),
    ("me", "I bought the milk."),
    ("me", "I paid the plumber in cash."),
    ("me", "Tom hat erzählt, dass Lisa einen Hund gekauft hat."),
    ("Ben", "I'm flying to Lisbon on Friday."),
)

MEANT = (
    ("me", "One of these days I'm going to paint the fence."),
    ("Ben", "I heard that Carla might sell the bakery."),
    ("me", "I want to buy a canoe next year."),
    ("me", "I bought the paint for the shed."),
    ("me", "We should order the blue tiles."),
    ("me", "The blue tiles have been ordered."),
    ("Tom", "Ich will mein Rad verkaufen."),
    ("me", "Ich habe den Zaun gestrichen."),
    ("me", "The rent has come. I need to pay it."),
    ("我", "我想换一辆电动车。"),
    ("小明", "听说那家面馆要倒闭了。"),
    ("我", "我昨天买了一台冰箱。"),
)

MENDED = (
    ("me", "Picked up two litres of varnish at the chandler's, thirty pounds."),
    ("Ben", "Here's your drill. I've broken the chuck, I'll get you a new one."),
    ("Ada", "The farmer sold the barn next to the mill."),
    ("Tom", "I sold the spade and I'll bring you another."),
    ("me", "I nearly bought that telescope, but two hundred is two hundred."),
    ("Tom", "Ich habe die Lampe zerbrochen und werde dir eine neue kaufen."),
    ("小明", "我把杯子打碎了，我会给你买一个新的。"),
)


def write_hours(home: Path, said: Sequence[tuple[str, str]]) -> Store:
    """A home in which these words were said, a line an hour."""
    store = write_talk(home, [(lives.TALK + n * HOUR, *line) for n, line in enumerate(said)])
    events.rebuild(store)
    return store


def ask(home_of: HomeOf, question: str, said: tuple[tuple[str, str], ...] = SAID) -> Answer:
    asked = Question(question, lives.TALK + DAY, lives.ZONE)
    return Answerer(home_of(write_hours, said).as_of).ask(asked)


@pytest.mark.parametrize(
    ("question", "words", "of_others"),
    [
        ("What did I watch?", "Paddington", "match"),
        ("What did I take?", "red bag", "train"),
        ("What did I wear?", "green coat", "tent"),
        ("How many notebooks did I buy?", "3 notebooks", "Once"),
        ("How many pens did I buy?", "1 pen", "Once"),
        ("How many lemons did I buy?", "lemons", "Once"),
        ("Was habe ich gekauft?", "", "tent"),
        ("我看了什么？", "老电影", "比赛"),
    ],
)
def test_what_i_did_is_told_by_me(
    home_of: HomeOf, question: str, words: str, of_others: str
) -> None:
    answer = ask(home_of, question)
    assert words in answer.text
    assert of_others not in answer.text


@pytest.mark.parametrize("question", ["What did I bring?", "What did I find?", "我带了什么？"])
def test_of_a_deed_that_nobody_tells_nothing_is_told(home_of: HomeOf, question: str) -> None:
    assert ask(home_of, question).abstained


@pytest.mark.parametrize(
    ("question", "begins", "words"),
    [
        ("Did I buy a bicycle?", "I did not find that you did so.", "Ben said"),
        ("Where did I buy the bicycle?", "I did not find that you did so.", "Ben said"),
        ("When am I flying to Lisbon?", "I did not find that you did so.", "Ben said"),
        ("Habe ich einen Hund gekauft?", "Dass du es warst, habe ich nicht gefunden.", "Lisa"),
        ("Did I buy the milk?", "Yesterday at 13:31", "bought the milk"),
        ("When did I pay the plumber?", "Yesterday at 14:31", "in cash"),
        ("When will I buy milk?", "Yesterday at 10:31", "will buy milk"),
        ("Did Ben buy a bicycle?", "Yesterday at 12:31", "Ben said"),
    ],
)
def test_what_others_did_is_said_to_be_theirs_and_a_deed_leads_over_its_plan(
    home_of: HomeOf, question: str, begins: str, words: str
) -> None:
    answer = ask(home_of, question, LATER)
    assert answer.text.startswith(begins)
    assert words in answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "only_meant"),
    [
        ("When did I paint the fence?", True),
        ("When did Carla sell the bakery?", True),
        ("Who sold the bakery?", True),
        ("Where did I buy the canoe?", True),
        ("When was the fence painted?", True),
        ("When did I buy the paint?", False),
        ("Where was the bakery?", False),
        ("When did we order the blue tiles?", False),
        ("What did Ben hear about the bakery?", False),
        ("Did Carla want to sell the bakery?", False),
        ("Wann hat Tom sein Rad verkauft?", True),
        ("Wer will sein Rad verkaufen?", False),
        ("Wann habe ich den Zaun gestrichen?", False),
        ("When did I pay the rent?", True),
        ("我什么时候换的电动车？", True),
        ("那家面馆什么时候倒闭的？", True),
        ("我什么时候买的冰箱？", False),
        ("谁想换电动车？", False),
    ],
)
def test_what_was_only_meant_or_heard_of_is_not_told_as_done(
    home_of: HomeOf, question: str, only_meant: bool
) -> None:
    answer = ask(home_of, question, MEANT)
    reservations = (
        "I did not find that this was done.",
        "Dass es dazu kam, habe ich nicht gefunden.",
        "没有找到这件事已经做了的记录。",
    )
    assert answer.citations
    assert answer.text.startswith(reservations) == only_meant


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who broke the chuck?", "broken the chuck"),
        ("Who sold the barn?", "sold the barn"),
        ("Who sold the spade?", "sold the spade"),
        ("Wer hat die Lampe zerbrochen?", "zerbrochen"),
        ("谁打碎了杯子？", "打碎了"),
    ],
)
def test_what_was_done_beside_a_promise_or_before_a_wish_is_told_as_done(
    home_of: HomeOf, question: str, words: str
) -> None:
    answer = ask(home_of, question, MENDED)
    assert words in answer.sentences[0].text
    assert not answer.text.startswith(("I did not", "Dass es", "没有找到"))


@pytest.mark.parametrize(
    ("question", "verb"),
    [
        ("我给物业打过电话了吗？", "打"),
        ("我有没有给妈妈打电话？", "打"),
        ("我把书还了吗？", "还"),
        ("方案我按时发了吗？", "发"),
        ("我去过杭州吗？", "去"),
        ("我交房租了吗？", "交"),
    ],
)
def test_a_verb_is_told_from_what_stands_before_it_in_chinese(question: str, verb: str) -> None:
    assert own_verb(plan(question)) == verb


def test_what_was_done_is_told_before_the_plan_for_it(home_of: HomeOf) -> None:
    planned = ("我", "中午我得给物业打电话，厨房天花板漏水。")
    done = ("我", "物业的电话我打了，他们说五个工作日之内来人。")
    answer = ask(home_of, "我给物业打过电话了吗？", (planned, *MEANT[-3:], done))
    assert answer.citations[0].quote == done[1]
    assert done[1] in answer.text
    assert not answer.text.startswith("没有找到")


@pytest.mark.parametrize(
    ("question", "asked", "done"),
    [
        ("Did I order the goose?", "Can you order the goose? He waits.", "The goose is ordered."),
        ("Did I pay Nils?", "Please pay Nils.", "I paid Nils in cash."),
        (
            "Habe ich die Gans bestellt?",
            "Kannst du die Gans bestellen?",
            "Die Gans habe ich bestellt.",
        ),
        ("我订鹅了吗？", "你能帮我订鹅吗？", "我订了鹅。"),
    ],
)
def test_what_was_done_is_far_before_the_request_for_it(
    tmp_path: Path, question: str, asked: str, done: str
) -> None:
    request, deed = scored(asked, 0.9), scored(done, 0.8, HOUR, "me")
    view = Store.open(tmp_path).as_of(lives.TALK + DAY)
    first, second = own_deeds_first(view, plan(question), [request, deed])
    assert first.unit.what == done
    assert second.unit.what == asked
    assert second.score < 0.4 * first.score


@pytest.mark.parametrize("first", [True, False])
def test_what_is_quoted_first_says_whether_it_was_done(tmp_path: Path, first: bool) -> None:
    done = scored("I picked up two litres of varnish.", 0.9 if first else 0.5, 0.0, "me")
    wished = scored("I nearly bought more varnish.", 0.7, DAY, "me")
    asked = plan("What did I buy?")
    tools = Tools(
        Script(findings(*((done, wished) if first else (wished, done)), supported=True)),
        ImageRetriever(None),
        None,
        None,
        None,
    )
    context = Context(Store.open(tmp_path).as_of(asked.local.asked_at), asked, tools)
    (given,) = [step for step in search_answer(context) if isinstance(step, Answer)]
    quoted = (done if first else wished).unit.what
    assert quoted in given.sentences[0].text
    assert given.text.startswith("I did not find that this was done.") != first
