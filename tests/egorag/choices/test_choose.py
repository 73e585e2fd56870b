"""Multiple choice: the option that evidence speaks for, by words, by times and by people."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from egorag.answering.answerer import Answerer
from egorag.choices.people import presence, read_people
from egorag.choices.times import misfit, read_times
from egorag.time.calendar.local_time import LocalTime
from memory.store.store import Store
from memory.types.core import Answer, Question, Span
from tests.egorag.lives import perceive, record

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()
DAY, HOUR = 86_400.0, 3600.0


def live(store: Store, *moments: tuple[float, str]) -> None:
    """Half minutes with a caption each."""
    for number, (start, caption) in enumerate(moments):
        (clip,) = record(store, f"part{number}", start, 1)
        perceive(store, clip, caption)


def ask(store: Store, text: str, *choices: str, at: float = NOON) -> Answer:
    return Answerer(store.as_of).ask(Question(text, at, "UTC", choices))


def test_the_option_whose_words_stand_beside_those_of_the_question_is_chosen(store: Store) -> None:
    live(
        store,
        (NOON - 5 * HOUR, "I put the charger into the blue drawer."),
        (NOON - 4 * HOUR, "A red shelf stands in the hall."),
        (NOON - 3 * HOUR, "I wash the dishes."),
    )
    answer = ask(store, "Where did I put the charger?", "On the red shelf", "In the blue drawer")
    assert answer.choice == 1
    assert "blue drawer" in answer.text
    assert answer.citations[0].span.start == NOON - 5 * HOUR
    assert answer.explanation.choice.decided_by == "words"


def test_options_that_name_times_are_decided_by_when_it_was(store: Store) -> None:
    live(
        store,
        (NOON - DAY + 3 * HOUR, "I use the microwave in the kitchen."),
        (NOON - 2 * HOUR, "I read the paper."),
        (NOON - 1 * HOUR, "I feed the cat."),
    )
    choices = ("This morning", "Yesterday afternoon", "The day before yesterday")
    answer = ask(store, "When was the microwave last used?", *choices)
    assert answer.choice == 1
    assert answer.explanation.choice.decided_by == "times"


def test_options_that_name_people_are_decided_by_who_was_there(store: Store) -> None:
    live(
        store,
        (NOON - 5 * HOUR, "Ada washes the cups. Ben reads. Carl sings."),
        (NOON - 4 * HOUR, "I repair the bicycle. Ben hands me the pump."),
        (NOON - 3 * HOUR, "Ada and Carl play cards."),
        (NOON - 2 * HOUR, "Ada waters the flowers."),
    )
    answer = ask(store, "Who helped me to repair the bicycle?", "Ada", "Ben", "Carl")
    assert answer.choice == 1
    assert answer.explanation.choice.decided_by == "people"


def test_what_comes_later_speaks_for_no_option(store: Store) -> None:
    live(
        store,
        (NOON - HOUR, "I put the charger into the drawer."),
        (NOON + HOUR, "I put the charger onto the shelf, the shelf, the charger on the shelf."),
    )
    assert (
        ask(store, "Where did I put the charger?", "Onto the shelf", "Into the drawer").choice == 1
    )


def test_where_nothing_was_recorded_no_option_is_chosen(store: Store) -> None:
    answer = ask(store, "Where is the charger?", "In the drawer", "On the shelf")
    assert answer.abstained
    assert answer.choice is None


def test_plans_for_later_are_looked_for_in_what_was_said_before(store: Store) -> None:
    live(
        store,
        (NOON - 3 * HOUR, "Ada said we go to the zoo."),
        (NOON - 2 * HOUR, "I clean the museum of dust."),
    )
    assert ask(store, "Where do we go tomorrow?", "To the bank", "To the zoo").choice == 1


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5), st.text(max_size=60))
def test_any_words_can_be_options(choices: list[str], question: str) -> None:
    local = LocalTime.of(NOON, "UTC")
    spans = read_times(choices, local)
    assert spans is None or len(spans) == len(choices)
    people = read_people(question, choices)
    assert people is None or len(people) == len(choices)


@given(st.floats(0, 4 * DAY), st.floats(0, DAY), st.floats(0, 4 * DAY))
def test_a_moment_fits_an_interval_best_inside(back: float, length: float, moment: float) -> None:
    local = LocalTime.of(NOON, "UTC")
    span = Span(NOON - back - length, NOON - back)
    inside = span.start <= NOON - moment < span.end
    assert (misfit(span, NOON - moment, local) == 0) == inside


def test_the_first_person_is_whose_camera_it_is() -> None:
    assert presence("me", 'I wash. My cup falls. Ada: "I am here."') > presence("me", "Ada sings.")
    assert presence("ada", "Ada sings.") > 0 == presence("ada", "Canada is far.")
