"""The page Search: filters write into the query, and what is found is words and nothing else."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from app.assistant import Assistant
from app.pages.search import results as search_words
from app.pages.search.events import SearchEvents, SearchParts, ShownSearch, with_clause
from app.search.rendering import results_json
from app.search.service import SearchService
from tests.app.pages.parts import unserved
from tests.app.pages.test_habits import Tags


@pytest.fixture(scope="module")
def events(assistant: Assistant) -> SearchEvents:
    """The events of a page that is not shown."""
    with unserved():
        return SearchEvents(assistant, SearchParts())


def narrowed(events: SearchEvents, name: str, value: str, query: str) -> Any:
    return events.narrow(name)(value, query, "best", ShownSearch()).get(events._parts.box)


def test_a_filter_writes_its_operator_in_place_of_the_one_that_was_there() -> None:
    query = 'keys person:"Anna Maria" after:2026-03-01'
    assert with_clause(query, "person", "Tom") == "keys after:2026-03-01 person:Tom"
    assert with_clause(query, "after", "") == 'keys person:"Anna Maria"'
    assert with_clause("keys", "device", "GoPro 12") == 'keys device:"GoPro 12"'


def test_a_field_that_follows_the_query_changes_nothing(events: SearchEvents) -> None:
    assert narrowed(events, "after", "2026-03-01 00:00:00", "keys") == "keys after:2026-03-01"
    assert narrowed(events, "after", "2026-03-01", "keys after:2026-03-01") is None
    assert narrowed(events, "after", "", 'keys after:"last Tuesday"') is None, "no date to show"
    assert narrowed(events, "in", "", "keys in:said") == "keys"


def test_a_filter_keeps_what_the_one_before_it_wrote(events: SearchEvents) -> None:
    parts = events._parts
    first = events.narrow("in")("said", "coffee", "best", ShownSearch())
    # Both were chosen before the box had what the first one wrote.
    second = events.narrow("after")("2026-03-01", "coffee", "best", first[parts.shown])
    assert second[parts.box] == "coffee in:said after:2026-03-01"
    typed = events.typed("coffee", "best", second[parts.shown])  # the clauses were taken out
    third = events.narrow("in")("text", "coffee", "best", typed[parts.shown])
    assert third[parts.box] == "coffee in:text"


def test_pages_of_one_search_have_each_moment_once(events: SearchEvents) -> None:
    parts = events._parts
    first = events.search("the", "oldest", ShownSearch())
    found, shown = first[parts.found], first[parts.shown]
    assert shown.count == found.count("<li>") > 0
    assert shown.recent == ("the",)
    last = events.more(shown)
    assert last[parts.found] == found, "all of them were there"
    assert events.typed("th", "best", shown)[parts.shown].recent == ("the",)


def test_a_page_that_comes_back_has_forgotten_what_the_home_has(events: SearchEvents) -> None:
    parts = events._parts
    shown = events.search("coffee", "best", ShownSearch())[parts.shown]
    again = events.open(gr.EventData(None, {"q": ""}), "coffee", "best", shown)
    assert (again[parts.box], again[parts.shown].query) == ("coffee", "coffee")
    assert "<li>" in again[parts.found]
    linked = events.open(gr.EventData(None, {"q": "umbrella"}), "coffee", "best", shown)
    assert linked[parts.box] == "umbrella"
    empty = events.open(gr.EventData(None, None), "", "best", shown)
    assert "coffee" in empty[parts.found], "the last searches"


def test_what_is_found_is_marked_and_runs_nothing(assistant: Assistant) -> None:
    service = SearchService(assistant.store, assistant.brains)
    reply = results_json(service.search("window umbrella pwned", timezone="UTC"), "UTC")
    seen = Tags(search_words.moments(reply))
    assert "mark" in seen.tags
    assert not seen.tags & {"script", "iframe"}
    assert "<script>" in seen.words
    assert all(one.startswith(("#seek=", "/day/", "/thumbnails/")) for one in seen.addresses)


def test_conditions_and_examples_are_links_that_search(assistant: Assistant) -> None:
    service = SearchService(assistant.store, assistant.brains)
    asked = 'person:"<b>Bo</b>" yesterday coffee'
    reply = results_json(service.search(asked, timezone="UTC"), "UTC")
    seen = Tags(search_words.understood(reply) + search_words.nothing(reply))
    assert "<b>Bo</b>" in seen.words
    assert {"#page=search&q=yesterday%20coffee"} < set(seen.addresses)
    assert sum(one.endswith("&literal=1") for one in seen.addresses) == 2
    lesson = Tags(search_words.lesson(["<i>"], ['Anna "A" Lind']))
    assert lesson.addresses[0] == "#page=search&q=%3Ci%3E"


def test_what_is_nothing_like_it_is_shown_when_asked_for(assistant: Assistant) -> None:
    service = SearchService(assistant.store, assistant.brains)
    reply = results_json(service.search("zzyzx", timezone="UTC"), "UTC")
    unlike = reply.model_copy(update={"unlike": True})
    seen = Tags(search_words.nothing(unlike))
    assert "Nothing like it was found" in seen.words
    assert "#page=search&q=zzyzx&nearest=1" in seen.addresses
    assert not Tags(search_words.nothing(reply)).addresses
