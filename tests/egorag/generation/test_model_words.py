"""When a model's few words go: where later words, a number, a place or a calendar say otherwise."""

from __future__ import annotations

import pytest

from egorag.generation.generative import write_answer
from tests.egorag.conftest import plan
from tests.egorag.generation.test_extractive import findings
from tests.egorag.generation.test_hearsay import Parrot
from tests.egorag.spoken import DAY, scored


@pytest.mark.parametrize(
    ("question", "earlier", "later", "written"),
    [
        ("Where is the key?", "The key is under the pot.", "The key hangs on the hook.", False),
        ("What is the door code?", "The door code is 471.", "The door code is 491 now.", False),
        ("What was the door code?", "The door code was 471.", "The door code was old.", True),
        ("Where is the key?", "The key is under the pot.", "Where is the key?", True),
    ],
)
def test_a_model_tells_nothing_that_what_was_said_later_replaces(
    question: str, earlier: str, later: str, written: bool
) -> None:
    read = findings(scored(earlier, 1.0, -DAY), scored(later, 0.9), supported=True)
    reply = "Under the pot." if "pot" in earlier else "471."
    assert bool(list(write_answer(Parrot(reply), plan(question), read))) == written


def test_a_model_tells_a_number_where_one_is_asked_for() -> None:
    read = findings(scored("Imani is nine, and she likes Leeds.", 1.0), supported=True)
    for reply, written in (("Nine.", ["Nine."]), ("Leeds.", [])):
        drafts = write_answer(Parrot(reply), plan("How old is Imani?"), read)
        assert [draft.text for draft in drafts] == written


def test_a_model_tells_no_weekday_with_the_date_of_another() -> None:
    moved = scored("The meeting moves from Wednesday to Thursday at one.", 1.0)
    asked, read = plan("When is the meeting?"), findings(moved, supported=True)
    assert moved.unit.span.start < asked.local.asked_at
    for reply, written in (("Thursday.", 1), ("Thursday 3 March 2026.", 0)):
        assert len(list(write_answer(Parrot(reply), asked, read))) == written


def test_a_model_tells_no_day_where_a_place_is_asked_for() -> None:
    read = findings(
        scored("My flask is in the car, I left it there on Tuesday.", 1.0), supported=True
    )
    for reply, written in (("In the car.", ["In the car."]), ("Thursday 5 March 2026.", [])):
        drafts = write_answer(Parrot(reply), plan("Where is my flask?"), read)
        assert [draft.text for draft in drafts] == written


def test_a_model_that_copies_a_whole_note_adds_nothing() -> None:
    owed = scored("你们要补交的税款是四万七千块，月底前交清就行。", 1.0, 0.0, "何科长")
    read = findings(owed, supported=True)
    asked = plan("我们要补交多少税款？")
    assert not list(write_answer(Parrot(f"今天15:40，何科长说：“{owed.unit.what}”"), asked, read))
    assert list(write_answer(Parrot("四万七千块。"), asked, read))
