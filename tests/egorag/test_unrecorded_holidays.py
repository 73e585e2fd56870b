"""A holiday of which nothing was recorded is what a question is about, in three languages.

"Why don't I get Christmas off?", asked in October, is answered by what was said of Christmas; what
was done on a day without a recording, or on the holiday of a year that is named, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from egorag.answering.answerer import Answerer
from memory.types.core import Question
from tests.egorag.lives import ZONE, at
from tests.egorag.spoken import DAY, write_talk

ASKED = at("2026-10-16T20:00:00")
SAID = (
    ("Dawn", "Christmas week won't work, Priya already has it off."),
    ("me", "I put the bike pump in the shed."),
    ("Priya", "For Thanksgiving we drive to my sister in Leeds."),
    ("Mum", "I'll come and stay with you at Easter."),
    ("老板", "春节不能放假，店里要值班。"),
    ("妈妈", "元宵节你舅舅一家来我们家住三天。"),
    ("me", "我把充电器放在抽屉里了。"),
    ("me", "小满的水壶在书包里。"),
    ("Ulla", "Weihnachten geht nicht, da hat Pia schon frei."),
    ("me", "Die Luftpumpe liegt im Schuppen."),
    ("Pia", "Ostern fahren wir zu meiner Schwester nach Kiel."),
    ("Mutti", "Ich komm Pfingsten und bleib drei Tage."),
)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    days = range(len(SAID), 0, -1)
    said = [(ASKED - n * DAY, who, words) for n, (who, words) in zip(days, SAID, strict=True)]
    store = write_talk(tmp_path_factory.mktemp("life"), said)
    yield Answerer(store.as_of)
    store.close()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("why don't I get Christmas off?", "Priya already"),
        ("where are we going for Thanksgiving?", "Leeds"),
        ("who's coming at Easter?", "stay with you"),
        ("what's happening next Easter?", "stay with you"),
        ("春节为什么不放假？", "值班"),
        ("元宵节谁来我们家？", "舅舅"),
        ("小满的水壶在哪里？", "书包"),  # a child's name, and a day of the solar calendar
        ("warum krieg ich Weihnachten nicht frei?", "Pia schon frei"),
        ("wohin fahren wir Ostern?", "Kiel"),
        ("wer kommt an Pfingsten?", "Ich komm Pfingsten"),
        ("was machen wir Pfingsten?", "Ich komm Pfingsten"),
    ],
)
def test_a_holiday_without_recordings_is_spoken_of(
    answerer: Answerer, question: str, words: str
) -> None:
    answer = answerer.ask(Question(question, ASKED, ZONE))
    assert not answer.abstained
    assert words in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "what did I do at Christmas?",
        "who was there at Easter?",
        "what did I eat last Christmas?",
        "what did I say on 3 March?",
        "春节我做了什么？",
        "去年春节谁来我们家？",
        "was habe ich an Ostern gemacht?",
        "wer war letztes Weihnachten da?",
        "was hab ich am 24. Dezember gesagt?",
    ],
)
def test_what_was_done_on_days_without_recordings_is_not_known(
    answerer: Answerer, question: str
) -> None:
    answer = answerer.ask(Question(question, ASKED, ZONE))
    assert answer.abstained
    assert answer.searched is not None


def test_a_holiday_that_was_recorded_is_when_it_was(answerer: Answerer) -> None:
    after = at("2027-06-01T12:00:00")
    whole = answerer.ask(Question("who said something at Easter?", after, ZONE))
    assert whole.searched is None or whole.searched.start < at("2027-03-30T00:00:00")
