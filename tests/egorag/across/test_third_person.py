"""What a wearer tells of "I" is told of them by name; what is quoted stays."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from egorag.across.third_person import asks_of_self, in_third_person

TOLD = [
    ("I put my cup down.", "Alice put Alice's cup down."),
    ("I'm holding it, and I've washed it myself.",
     "Alice is holding it, and Alice has washed it themselves."),
    ("I walk in and I also open the door for Jake, who thanks me.",
     "Alice walks in and Alice also opens the door for Jake, who thanks Alice."),
    ("I don't know. I carry it.", "Alice doesn't know. Alice carries it."),
    ("I went out.", "Alice went out."),
    ("Jake and I talked.", "Jake and Alice talked."),
    ("We eat pizza. It is ours.", "Alice and others eat pizza. It is Alice and others'."),
    ('I say: "I am here, my friend."', 'Alice says: "I am here, my friend."'),
    ("I was in the kitchen", "Alice was in the kitchen"),
    ("我把剪刀放进抽屉，我们去吃饭。", "Alice把剪刀放进抽屉，Alice等人去吃饭。"),
    ("Immy met Ian; item i.", "Immy met Ian; item i."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), TOLD)
def test_i_is_told_as_the_name(text: str, told: str) -> None:
    assert in_third_person(text, "Alice") == told


@given(st.text("Iam myhe. ", max_size=30), st.text("Iam myhe. ", max_size=30))
def test_what_is_quoted_stays_word_for_word(before: str, quote: str) -> None:
    told = in_third_person(f'{before} "{quote}"', "Alice")
    assert told.endswith(f'"{quote}"')


@given(st.lists(st.sampled_from("I me my we Bob saw the dog and".split()), max_size=8))
def test_nobody_is_i_afterwards(words: list[str]) -> None:
    text = " ".join(words)
    assume(asks_of_self(text))
    assert not asks_of_self(in_third_person(text, "Alice"))


def test_a_question_about_oneself_is_told_from_others() -> None:
    assert asks_of_self("Where did I leave my keys?")
    assert asks_of_self("我的钥匙在哪里？")
    assert not asks_of_self("Who put the scissors away?")
