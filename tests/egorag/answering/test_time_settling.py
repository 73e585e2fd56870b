"""Times that hang on an event, and hours that come again, in a small life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.answering.time_settling import AFTERWARDS, resolve, resolve_event_time
from egorag.question.plan import Plan, bounds
from egorag.retrieval.registry import load_retriever
from egorag.time.calendar.format_interval import reference_in_words
from egorag.time.calendar.time_reference import Anchor
from memory.store.view import View
from memory.types.core import Answer, Evidence, Question, Span
from tests.egorag import lives
from tests.egorag.conftest import plan
from tests.egorag.spoken import HOUR, write_talk

PHONE_ENDS = lives.STAIRS + 60  # two clips speak of the cell phone


@pytest.fixture
def find(view: View) -> Callable[[Plan], Sequence[Evidence]]:
    retriever = load_retriever("pyramid")
    return lambda event: retriever.retrieve(view, event, None, 50)


def test_after_an_event_begins_where_the_last_memory_of_it_ends(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    local = plan("x").local
    found = resolve(view, Anchor("after", "using the cell phone"), find, local)
    assert found == Span(PHONE_ENDS, PHONE_ENDS + AFTERWARDS)
    found = resolve(view, Anchor("before", "using the cell phone"), find, local)
    assert found == Span(lives.STAIRS - AFTERWARDS, lives.STAIRS)
    found = resolve(view, Anchor("during", "using the cell phone"), find, local)
    assert found == Span(lives.STAIRS, PHONE_ENDS)


def test_since_an_event_reaches_up_to_now(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    asked = plan("What have I heard since I used the cell phone?")
    assert asked.time is not None
    assert asked.time.anchor is not None
    found = resolve(view, asked.time.anchor, find, asked.local)
    assert found == Span(PHONE_ENDS, lives.ASKED)


def test_between_two_events_lies_what_followed_the_first(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    found = resolve(view, Anchor("between", "the iPod", "the cell phone"), find, plan("x").local)
    assert found == Span(lives.TALK + 30, lives.STAIRS)


@pytest.mark.parametrize("event", ["the marathon", "it"])
def test_an_event_that_nothing_speaks_of_has_no_interval(
    view: View, find: Callable[[Plan], Sequence[Evidence]], event: str
) -> None:
    assert resolve(view, Anchor("after", event), find, plan("x").local) is None


def test_a_day_named_beside_the_event_bounds_the_search_for_it(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    asked = plan("What did I do today after using the cell phone?")
    assert asked.time is not None
    settled = resolve_event_time(view, asked, find)
    assert settled.time is not None
    assert settled.time.anchor is None
    assert settled.time.span == asked.time.span


def test_a_german_verb_behind_the_event_is_no_part_of_it(tmp_path: Path) -> None:
    said = ("Ich habe Brot gekauft.", "Der Zug ist heute voll.", "Das Konzert war schön.")
    talk = [(lives.TALK + n * HOUR, "ich", words) for n, words in enumerate(said)]
    store = write_talk(tmp_path / "home", talk)
    question = Question("Was habe ich vor dem Konzert gekauft?", lives.ASKED, lives.ZONE)
    assert "Zug" not in Answerer(store.as_of).ask(question).text
    store.close()


def test_a_question_about_the_interval_itself_is_answered_from_it(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    settled = resolve_event_time(view, plan("What happened after I used the cell phone?"), find)
    assert settled.time is not None
    assert settled.time.exact
    assert settled.time.span.start == PHONE_ENDS
    assert settled.about_anything
    words = reference_in_words(settled.time, settled.local)
    assert words == "after “I used the cell phone”, Tuesday 3 March, 18:21–20:21"


def test_where_more_is_asked_the_words_of_the_event_are_words_to_find(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    settled = resolve_event_time(
        view, plan("Which bannister did I see after using the cell phone?"), find
    )
    assert settled.time is None
    assert {"bannister", "phone"} <= set(settled.required)


def test_an_unknown_event_leaves_the_question_as_it_was(
    view: View, find: Callable[[Plan], Sequence[Evidence]]
) -> None:
    asked = plan("Where was I after the marathon?")
    settled = resolve_event_time(view, asked, find)
    assert settled.time is None
    assert settled.required == asked.required


def test_an_answer_about_the_time_after_an_event_cites_only_that_time(
    ask: Callable[[str], Answer],
) -> None:
    answer = ask("What did I read after using the cell phone?")
    assert not answer.abstained
    assert all(c.span.start >= PHONE_ENDS - 30 for c in answer.citations)
    assert "EXIT" in answer.text


def test_a_recurring_time_is_answered_from_its_hours_only(ask: Callable[[str], Answer]) -> None:
    answer = ask("What did somebody say in the mornings?")
    local = plan("x").local
    assert not answer.abstained
    assert {5 <= local.local(c.span.start).hour < 12 for c in answer.citations} == {True}
    assert answer.explanation.searched == "05:00–12:00 of every day"
    evening = ask("Who talked about the iPod in the evenings?")
    assert evening.abstained
    assert "18:00–23:00 of every day" in evening.text


def test_a_summary_of_recurring_hours_tells_of_each(view: View) -> None:
    asked = plan("What did I do every morning this week?")
    spans = [span for span in bounds(view, asked) if span is not None]
    starts = [asked.local.local(span.start).strftime("%a %H:%M") for span in spans]
    assert starts == ["Tue 05:00", "Wed 05:00"]
