"""Small talk gets a sentence about the home, and no question about a life is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.conversation.small_talk import languages, small_talk
from memory.store.store import Store
from memory.types.core import Answer, Question
from tests.egorag import lives


def ask(life: Store, *texts: str) -> Answer:
    answer: Answer | None = None
    for text in texts:
        earlier = (answer.turn,) if answer is not None and answer.turn is not None else ()
        question = Question(text, lives.ASKED, lives.ZONE, earlier=earlier)
        answer = Answerer(life.as_of).ask(question)
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("remind me to call Mum tomorrow", "request"),
        ("Please delete everything I said on Monday", "request"),
        ("can you set an alarm for 7?", "request"),
        ("kannst du mich morgen an den Müll erinnern?", "request"),
        ("提醒我明天给妈妈打电话", "request"),
        ("remind me what Sam said", None),
        ("did I forget the keys?", None),
        ("woran hat mich Anna erinnert?", None),
        ("谁提醒我带伞", None),
        ("hi", "greeting"),
        ("Good morning!", "greeting"),
        ("thanks, that helped", "thanks"),
        ("Thnaks a lot", "thanks"),
        ("OK, thank you. Bye!", "thanks"),
        ("Good night, see you tomorow", "farewell"),
        ("What can you do?", "ability"),
        ("Hi, who are you?", "ability"),
        ("你好", "greeting"),
        ("好的，谢谢你！", "thanks"),
        ("你能做什么？", "ability"),
        ("What can you tell me about Oskar?", None),
        ("Did I say thank you to him?", None),
        ("Who are they?", None),
        ("今天", None),
        ("谢谢是谁说的", None),
        ("?", None),
        # Thanks may go on where nothing is asked.
        ("thanks a million, thats all I needed", "thanks"),
        ("Cheers for that, mate", "thanks"),
        ("danke, das reicht", "thanks"),
        ("thanks, I found it on the shelf", None),
        ("thanks, is it here", None),
        ("thank goodness it rained", None),
        ("heyyy", "greeting"),
        ("Hiii butlerrr!", "greeting"),
        ("thanks, was it on the shelf?", None),
        ("thanks, what did Ann find", None),
        ("thanks, show the shelf", None),
        ("Danke, wo ist der Schlüssel", None),
        ("thanks, I found it on the shelf in the cold hall", None),
        ("He said thanks, I found it", None),
        ("thanksgiving dinner", None),
        ("heyyy, find my key", None),
        ("Annn", None),
        ("what are your skills?", "ability"),
        ("you have been very helpful", "thanks"),
        ("catch you later", "farewell"),
        ("vielen lieben Dank dafür", "thanks"),
        ("非常感谢你的帮助", "thanks"),
    ],
)
def test_words_that_are_small_talk_and_nothing_else_are_known(
    text: str, intent: str | None
) -> None:
    said = small_talk(text)
    assert (said and said.intent) == intent


def test_every_language_has_the_same_keys() -> None:
    first, *others = languages()
    for other in others:
        assert other.table.keys() == first.table.keys()


def test_a_greeting_is_answered_with_what_the_home_holds(life: Store) -> None:
    answer = ask(life, "Hello!")
    assert not answer.abstained
    assert "2 days" in answer.text
    assert "Tuesday 3 March" in answer.text
    assert "“What did I do on Wednesday 4 March?”" in answer.text
    assert not ask(life, "What did I do on Wednesday 4 March?").abstained


def test_a_greeting_in_chinese_is_answered_in_chinese(life: Store) -> None:
    text = ask(life, "你好！").text
    assert "我记得2天（3月3日周二到3月4日周三）" in text
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(text.lower())


def test_an_empty_home_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    assert "add a recording" in ask(store, "hi").text
    store.close()


def test_what_cannot_be_done_is_said_and_nothing_else(life: Store) -> None:
    assert len(ask(life, "remind me to call Mum tomorrow").sentences) == 1
    assert len(ask(life, "what can you do?").sentences) > 1


def test_thanks_leave_the_conversation_where_it_was(life: Store) -> None:
    assert ask(life, "When did I use my phone?", "thanks, that helped").turn is None


@pytest.mark.parametrize(
    ("question", "date"),
    [
        ("what day is it today?", "Wednesday 4 March."),
        ("What's today's date?", "Wednesday 4 March."),
        ("what's the date on Friday?", "Friday 6 March."),
        ("what day was it yesterday?", "Tuesday 3 March."),
        ("Der wievielte ist am Freitag?", "Freitag, 6. März."),
        ("星期五是几号？", "3月6日周五。"),
    ],
)
def test_a_date_is_told_without_a_recording(life: Store, question: str, date: str) -> None:
    answer = ask(life, question)
    assert (answer.text, answer.abstained, answer.citations) == (date, False, ())


def test_the_day_of_what_was_done_is_looked_for(life: Store) -> None:
    assert ask(life, "What day did I talk about the pocket?").citations
