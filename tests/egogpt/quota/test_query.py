"""A question becomes what to look for; a model's reply is data, and junk is thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.protocols.chat import ChatError, Message
from egogpt.quota.query import (
    MOST_LETTERS,
    MOST_PHRASES,
    Query,
    decouple_query,
    parse_reply,
    phrases,
    read_list,
)

ASKED = "Where did I put the red mug?"
BY_RULES = Query(ASKED, ("red mug",), ("put red mug",))


class Says:
    """A chat that always says the same, or fails."""

    name = "says"
    context_tokens = 4096
    sees = hears = False

    def __init__(self, reply: str | ChatError) -> None:
        self.reply = reply
        self.asked: list[str] = []

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        self.asked += [message.content for message in messages]
        if isinstance(self.reply, ChatError):
            raise self.reply
        return self.reply

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        yield self.complete(messages)

    def yes_probability(self, messages: Sequence[Message]) -> float:
        raise AssertionError("nobody asks for yes or no")


def test_a_model_names_things_and_doings() -> None:
    chat = Says('Needed: yes\nObjects: ["red mug", "kitchen counter"]\nEvents: ["putting a mug"]')
    found = decouple_query(ASKED, chat)
    assert found == Query(ASKED, ("red mug", "kitchen counter"), ("putting a mug",))
    assert ASKED in chat.asked[0]


def test_a_model_may_say_that_nothing_has_to_be_seen() -> None:
    found = decouple_query("What is it about?", Says("needed: No.\nobjects: []\nevents: []"))
    assert found == Query("What is it about?")
    assert found.phrases == ("What is it about?",)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I think you should look for a red mug.",
        "Needed: maybe\nObjects: []",
        "Needed: yes\nObjects: __import__('os').system('echo hi')\nEvents: []",
        "Needed: yes\nObjects: [1, 2]\nEvents: []",
        'Needed: yes\nObjects: {"a": "b"}\nEvents: []',
        'Needed: yes\nObjects: ["mug"\nEvents: []',
        "Needed: yes\nObjects: []\nEvents: []",
        'Needed: yes\nObjects: ["video", "the lower left corner of the picture"]\nEvents: []',
        "Needed: yes\nObjects: " + "[" * 5000 + "\nEvents: []",
        'Objects: ["mug"]',
    ],
)
def test_whatever_is_not_what_was_asked_for_is_done_by_rules(reply: str) -> None:
    assert decouple_query(ASKED, Says(reply)) == BY_RULES


def test_a_model_that_fails_is_replaced_by_rules() -> None:
    assert decouple_query(ASKED, Says(ChatError("gone"))) == BY_RULES
    assert decouple_query(ASKED) == BY_RULES


def test_a_list_is_read_and_never_evaluated() -> None:
    assert read_list('["a", "b"]') == ("a", "b")
    assert read_list("['a cat', 'b']") == ("a cat", "b")
    assert read_list("none.") == read_list("[]") == read_list("null") == ()
    for junk in ("['a' + 'b']", "[open('x')]", "a, b", "[[]]", "['a', [1]]", "['a'] * 9", "("):
        assert read_list(junk) is None


@given(st.text(max_size=300))
def test_no_reply_breaks_the_parser(reply: str) -> None:
    for text in (reply, f"Needed: yes\nObjects: {reply}\nEvents: {reply}"):
        found = parse_reply(ASKED, text)
        assert found is None or all(len(one) <= MOST_LETTERS for one in found.phrases)


@given(st.text(max_size=200))
def test_no_question_breaks_the_rules(question: str) -> None:
    found = decouple_query(question)
    assert found.question == question.strip()
    assert len(found.objects) <= MOST_PHRASES
    assert len(found.events) <= MOST_PHRASES


def test_phrases_are_plain_words_each_once() -> None:
    assert phrases(["Red  mug", "red mug", "x; drop", "<b>", "colour", "t-shirt"]) == (
        "Red mug",
        "t-shirt",
    )
    assert len(phrases(f"thing {n}" for n in range(20))) == MOST_PHRASES


@pytest.mark.parametrize(
    ("question", "things", "doings"),
    [
        ("Who used the screwdriver first?", ("screwdriver",), ("used screwdriver",)),
        ("How many balloons are above the table?", ("balloons", "table"), ()),
        (
            "Did Shure help Katrina carry the piano?",
            ("Shure", "Katrina", "piano"),
            ("help Katrina", "carry piano"),
        ),
        ("What did I buy for dinner yesterday?", ("dinner",), ("buy dinner",)),
        ("What color is the shirt of the man?", ("shirt", "man"), ()),
        ("When did we last go to the supermarket to buy milk?", ("supermarket", "milk"), None),
        ("What is the video about?", (), ()),
        ("我把红色杯子放在哪里了?", ("红色杯子",), ()),
        ("", (), ()),
        ("?!", (), ()),
    ],
)
def test_rules_find_what_a_question_names(
    question: str, things: tuple[str, ...], doings: tuple[str, ...] | None
) -> None:
    found = decouple_query(question)
    assert found.objects == things
    if doings is not None:
        assert found.events == doings
