"""Of whom a statement tells: of whom the question is about, of somebody else, or unknown."""

from __future__ import annotations

import pytest

from egorag.answerability.subject import person_asked_about, subject_match

BOOTS = "Which boots did Caroline buy?"


@pytest.mark.parametrize(
    ("question", "speaker", "said", "of"),
    [
        (BOOTS, "Melanie", "I bought new hiking boots for our trip.", -1),
        (BOOTS, "Caroline", "I bought new hiking boots for our trip.", 1),
        (BOOTS, "Melanie", "Your new boots look great!", 1),
        (BOOTS, "Caroline", "Your new boots look great!", -1),
        (BOOTS, "Melanie", "I am so glad for you. You got the boots at last.", 1),
        (BOOTS, "Melanie", "I saw that Caroline bought boots.", 1),
        (BOOTS, "Melanie", "Thanks, Caroline! I bought boots too.", -1),
        (BOOTS, "Melanie", "Caroline, I love my boots!", -1),
        (BOOTS, "Melanie", "Which boots do I need?", 0),
        ("Which boots does Melanie wear?", "Melanie", "Been wearing the red boots.", 1),
        ("Which boots did I buy?", "Melanie", "I bought boots.", 0),
        ("Which boots did Caroline and Melanie buy?", "Melanie", "I bought boots.", 0),
        ("小王买了什么靴子？", "小王", "我买了靴子。", 1),
        ("小王买了什么靴子？", "小李", "我买了靴子。", -1),
    ],
)
def test_of_whom_it_is_told(question: str, speaker: str, said: str, of: float) -> None:
    others = [("Caroline", "Hm."), ("Melanie", "Yes."), ("小王", "嗯。")]
    assert subject_match(question, [(speaker, said), *others])[0] == of


def test_i_is_the_wearer_where_somebody_is_called_me() -> None:
    said = [("me", "I bought boots."), ("Anna", "I bought boots."), ("Anna", "Your boots!")]
    assert subject_match("Which boots did I buy?", said) == [1, -1, 1]
    assert person_asked_about("Which boots did I buy?", ["Anna"]) == ""
    assert person_asked_about("What did Anna give me?", ["Anna", "me"]) == ""


def test_a_person_who_never_speaks_is_left_to_the_words() -> None:
    assert subject_match(BOOTS, [("Melanie", "I bought boots."), ("Melanie", "They are red.")]) == [
        0,
        0,
    ]
