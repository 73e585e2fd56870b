"""What held once and what holds now: the order of statements about one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from egorag.evidence.chronology import (
    chronological,
    named_time_first,
    with_later_news,
    without_later,
)
from egorag.evidence.scoring import Scored
from memory.store.view import View
from tests.egorag import lives
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.spoken import DAY, HOUR, scored, write_talk

POT = scored("I keep the key under the pot.", 0.8, -DAY)
TIN = scored("The key is in the tin now.", 0.9)


def words(items: list[Scored]) -> list[str]:
    return [item.unit.what for item in items]


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (POT, True),
        (scored("I keep the key under the pot.", 0.37, -DAY), True),
        (scored("I keep the key under the pot.", 0.35, -DAY), False),
        (scored("I keep the spade behind the shed.", 0.8, -DAY), False),
    ],
)
def test_what_is_about_as_likely_and_of_the_same_thing_comes_in_order_of_time(
    other: Scored, alike: bool
) -> None:
    expected = ([other, TIN], []) if alike else ([TIN], [other])
    assert chronological([TIN, other]) == expected


DENTIST = scored("The dentist sees Jude on Monday the twenty third at five.", 0.9)
MOVED = scored("Jude's dentist is on the twenty third at six.", 0.8, HOUR)
TURKEY = scored("We collect the turkey on the twenty third of December at five.", 0.8, HOUR)


@pytest.mark.parametrize(
    ("other", "met", "alike"),
    [(MOVED, {"dentist", "jude"}, True), (MOVED, {"dentist"}, True), (TURKEY, set(), False)],
)
def test_what_meets_nothing_of_the_question_is_of_something_else(
    view: View, other: Scored, met: set[str], alike: bool
) -> None:
    best, other = (
        replace(DENTIST, met=frozenset({"dentist", "jude"})),
        replace(other, met=frozenset(met)),
    )
    assert chronological([best, other])[0] == ([best, other] if alike else [best])
    weak = replace(other, score=0.05)
    news = with_later_news(view, plan("When is Jude's dentist?"), [best, weak])[1]
    assert (news.score > weak.score) is alike


def test_nothing_has_no_order() -> None:
    assert chronological([]) == ([], [])


CODE = "The code of the garden gate is four seven one."
NEWS = "They printed the garden code wrong, the gate has four nine one."
SAID = (
    (-DAY, "Ada", "The garden code was two two two."),
    (0.0, "Ada", CODE),
    (HOUR, "Ben", "We painted the garden bench."),
    (2 * HOUR, "Ben", NEWS),
    *((HOUR * (3 + n), "Ada", f"Let us cook soup number {n}.") for n in range(12)),
)


@pytest.fixture
def view(home_of: HomeOf) -> View:
    said = [(lives.TALK + at, speaker, what) for at, speaker, what in SAID]
    return home_of(write_talk, said).as_of(lives.ASKED)


BEST = scored(CODE, 0.9)
LATE = scored(NEWS, 0.05, 2 * HOUR)
BENCH = scored("We painted the garden bench.", 0.1, HOUR)
ASKED = "What is the code of the garden gate?"


def test_the_later_one_that_speaks_most_of_the_same_is_told_beside_the_best(view: View) -> None:
    found = with_later_news(view, plan(ASKED), [BEST, BENCH, LATE])
    assert words(found) == [CODE, NEWS, BENCH.unit.what]
    assert found[1].score == pytest.approx(0.4 * BEST.score)
    assert chronological(found)[0] == found[:2]


@pytest.mark.parametrize(
    ("question", "others"),
    [
        (ASKED, [BENCH]),
        (ASKED, [scored(NEWS, 0.05, -2 * HOUR)]),
        ("What was the code of the garden gate yesterday?", [LATE]),
        ("What was the first code of the garden gate?", [LATE]),
        (ASKED, []),
    ],
    ids=["hardly the same", "before", "a time was asked for", "the first was", "alone"],
)
def test_what_is_no_news_stays_as_likely_as_it_was(
    view: View, question: str, others: list[Scored]
) -> None:
    assert with_later_news(view, plan(question), [BEST, *others]) == [BEST, *others]


def test_words_that_stand_everywhere_are_no_news(view: View) -> None:
    soups = [scored("Let us cook soup number 1.", 0.9), scored("Let us cook soup.", 0.1, HOUR)]
    assert with_later_news(view, plan("Which soup do we cook?"), soups) == soups


def test_news_that_is_likely_already_keeps_its_score(view: View) -> None:
    likely = scored(NEWS, 0.7, 2 * HOUR)
    assert with_later_news(view, plan(ASKED), [BEST, likely]) == [BEST, likely]
    assert with_later_news(view, plan(ASKED), []) == []


EARLY = scored("The key is under the pot.", 0.5, -DAY)
AFTER = scored("The key is in the tin.", 0.9, DAY / 2)


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Where was the key on Monday?", [EARLY]),
        ("Where was the key before 3 March?", [EARLY]),
        ("What did I say of the key before 3 March?", [EARLY]),
        ("What did I say of the key on Monday?", [AFTER, EARLY]),
        ("Where is the key?", [AFTER, EARLY]),
        ("Where was the key around Monday?", [AFTER, EARLY]),
        ("Where was the key before the concert?", [AFTER, EARLY]),
    ],
)
def test_of_where_something_was_nothing_later_is_told(question: str, kept: list[Scored]) -> None:
    assert without_later(plan(question), [AFTER, EARLY]) == kept


def test_what_was_said_later_is_told_where_nothing_else_is_left() -> None:
    assert without_later(plan("Where was the key on Monday?"), [AFTER]) == [AFTER]


def test_what_is_of_the_time_asked_about_stands_before_what_is_likelier() -> None:
    today, before = scored("Lunch was 23 euros.", 0.4), scored("Lunch was 16 euros.", 0.9, -4 * DAY)
    unlikely = scored("The tram was late.", 0.05, 60)
    asked = plan("How much was lunch on 3 March 2026?")
    assert [i.unit for i in named_time_first(asked, [before, today, unlikely])] == [
        today.unit, before.unit, unlikely.unit
    ]  # fmt: skip
    assert named_time_first(plan("How much was lunch?"), [before, today]) == [before, today]
    assert named_time_first(asked, [before, unlikely]) == [before, unlikely]
