"""What is taken back in the same breath is left out; what only sounds so is kept."""

from __future__ import annotations

import pytest

from egorag.evidence.slips import begins_correction, without_slips


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("It's in the bathroom, no, in the bedside drawer.", "It's … in the bedside drawer."),
        ("It's in the bathroom. No, wait, in the drawer.", "It's … in the drawer."),
        (
            "The dentist is on Monday, no wait, Tuesday at ten.",
            "The dentist is on … Tuesday at ten.",
        ),
        ("It is in the desk, sorry, I mean in the tin.", "It is … in the tin."),
        ("My PIN is 4711, no, 4171.", "My PIN is … 4171."),
        ("It costs twenty five, no, thirty five euros.", "It costs … thirty five euros."),
        ("I left it with Anna, sorry, Ben.", "I left it with … Ben."),
        ("The keys are on the shelf, actually under the mat.", "The keys are … under the mat."),
        ("It's blue, no, green.", "It's … green."),
        ("At three, no, at four, no, at five.", "… … at five."),
        ("Es liegt im Bad, nein, im Nachttisch.", "Es liegt … im Nachttisch."),
        ("Er kostet fünfunddreißig, nein, achtzig Euro.", "Er kostet … achtzig Euro."),
        ("在浴室，不对，在床头柜里。", "… 在床头柜里。"),
        ("Apples, pears and, no not pears, plums.", "Apples, … and plums."),
        ("I bought bread and ham. Oh no, not ham, salami.", "I bought bread and … salami."),
        ("Flour, sugar, and, no, not sugar, honey.", "Flour, … and honey."),
        ("It was twelve euros, no, fourteen.", "It was … fourteen [euros]."),
        ("I took four photos of it. No, five, I think.", "I took … five [photos], I think."),
        ("打车花了三十五块，不对，四十五。", "打车花了… 四十五 [块]。"),
        ("Pears and a melon, no, not pears, plums.", "… and a melon, plums."),
        ("Äpfel, Birnen und, nein, keine Birnen, Pflaumen.", "Äpfel, … und Pflaumen."),
        ("Lisa bought a scooter, no, not Lisa, Mia.", "… Mia bought a scooter."),
        ("我买了苹果、梨，不，不是梨，是李子。", "我买了苹果、… 是李子。"),
    ],
)
def test_what_takes_the_place_of_something_is_left(said: str, meant: str) -> None:
    assert without_slips(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "It's not in the bathroom, no, in the drawer.",
        "I put it in the drawer, sorry, I had no time.",
        "There were no eggs, no milk, no bread.",
        "Is it in the bathroom? No, in the drawer.",
        "No, no, in the drawer!",
        "Yes, no, maybe later.",
        "Thanks, actually I already have one.",
        "I mean it, no kidding.",
        "I live in Berlin, I mean, I work in Berlin.",
        "It's good, no?",
        "I bought apples. No, thanks, no bag.",
        "See you at seven, not too late.",
        "Thanks. No, not today, I have no time.",
    ],
)
def test_what_takes_nothing_back_is_kept(said: str) -> None:
    assert without_slips(said) == said


def test_a_correction_is_known_by_its_beginning() -> None:
    assert begins_correction("Sorry, it's seventy one.")
    assert begins_correction("Nein, am Montag.")
    assert not begins_correction("No run today.")
