"""Several homes are asked as one: one scoring, wearers by name, one occasion once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from egorag.across.other_home import OtherHome
from egorag.across.view import OF_ASKER, AcrossView
from egorag.answering.answerer import Answerer
from egorag.retrieval.registry import load_retriever
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import EVERYTHING, Answer, Question, Scope, Sighting, Span
from memory.types.events import EventFilter
from tests.egorag.across.wearers import ALICE, ASKED, DAY, JAKE, Lines, write_home
from tests.egorag.conftest import plan

LUCIA = ((f"{DAY}10:00", "I ate pizza with Jake in the kitchen."),)
FOODS = ("soup", "rice", "fish", "cake", "salad", "bread", "tofu", "beans")
DIARY = tuple(
    (f"2026-02-{n % 20 + 1:02}T{8 + n // 20:02}:00", f"Bob cooked {FOODS[n % 8]} {note}.")
    for n, note in enumerate(["for Ada", "and fish soup", "in the park", "with Cleo, twice"] * 12)
)


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[dict[str, Store]]:
    written: dict[str, Lines] = {"Jake": JAKE, "Alice": ALICE, "Lucia": LUCIA}
    stores = {name: write_home(tmp_path / name, name, told) for name, told in written.items()}
    yield stores
    for store in stores.values():
        store.close()


def view_of(homes: dict[str, Store], at: float = ASKED) -> AcrossView:
    """What Jake may know."""
    others = [
        OtherHome(name, store.as_of(at).granted(EVERYTHING))
        for name, store in homes.items()
        if name != "Jake"
    ]
    return AcrossView(homes["Jake"].as_of(at), others)


def asked(homes: dict[str, Store], text: str) -> Answer:
    return Answerer(lambda at: view_of(homes, at)).ask(Question(text, ASKED, "UTC"))


def test_nothing_of_a_view_falls_back_on_one_home() -> None:
    public = {name for name in vars(View) if not name.startswith("_")}
    public |= {name for name in View.__annotations__ if not name.startswith("_")} - {"asked_at"}
    assert public == (set(vars(AcrossView)) & public) | OF_ASKER
    assert OF_ASKER.isdisjoint(vars(AcrossView))


def test_homes_of_which_each_holds_a_part_rank_as_the_one_that_holds_all(tmp_path: Path) -> None:
    whole = write_home(tmp_path / "whole", "w", DIARY)
    lines = sorted(DIARY)
    parts = [write_home(tmp_path / f"p{n}", f"p{n}", lines[n::7]) for n in range(7)]
    others = [
        OtherHome(f"p{n}", part.as_of(ASKED).granted(EVERYTHING)) for n, part in enumerate(parts)
    ]
    across = AcrossView(others.pop(0).view, others)
    retriever = load_retriever()
    for question in ("Who cooked fish soup?", "What did Bob cook for Ada?", "Was there cake?"):
        asking = plan(question, ASKED)
        one, many = (
            [item.memory.text for item in retriever.retrieve(view, asking, None)]
            for view in (whole.as_of(ASKED), across)
        )
        assert len(one) == 10
        assert (Counter(one) & Counter(many)).total() >= 9
        assert one[0] == many[0]
    for store in (whole, *parts):
        store.close()


def test_another_wearer_is_told_of_by_name_and_cited_as_theirs(homes: dict[str, Store]) -> None:
    found = asked(homes, "Where are the scissors?")
    assert "Alice put the scissors in the blue drawer" in found.text
    assert [citation.wearer for citation in found.citations] == ["Alice"]
    assert "I put" not in found.text


def test_i_am_whoever_asks(homes: dict[str, Store]) -> None:
    mine = asked(homes, "How often did I eat pizza?")
    assert mine.text.startswith("Once.")
    assert [citation.wearer for citation in mine.citations] == [""]
    theirs = asked(homes, "How often did Alice watch a film?")
    assert "Alice watched a film" in theirs.text
    assert {citation.wearer for citation in theirs.citations} == {"Alice"}


def test_what_i_read_is_not_what_another_read(homes: dict[str, Store]) -> None:
    for name, words in (("Jake", "PLATFORM NINE"), ("Alice", "SHARK CINEMA")):
        clip = homes[name].as_of(ASKED).memories("clip")[0]
        read = Span(clip.span.start + 2, clip.span.start + 12)
        seen = Sighting(read, "text", words, 0.9, (0.4, 0.4, 0.6, 0.6))
        homes[name].perceptions.write_sightings("texts", "1", {clip.clip_id: [seen]})
    assert "SHARK" in asked(homes, "What was read on 3 March?").text
    mine = asked(homes, "What did I read on 3 March?").text
    assert "PLATFORM" in mine
    assert "SHARK" not in mine


def test_one_occasion_that_three_cameras_saw_is_one(homes: dict[str, Store]) -> None:
    meals = EventFilter(activities=("eating",), doer=None)
    alone = [len(store.as_of(ASKED).events(meals)) for store in homes.values()]
    assert alone == [1, 1, 1]
    (meal,) = view_of(homes).events(meals)
    assert {"Alice", "Lucia"} <= set(meal.people)
    assert meal.quote == "I ate pizza with Alice in the kitchen."


def test_a_meal_of_the_asker_that_another_saw_is_one(tmp_path: Path) -> None:
    lines = {"Jake": "I ate pizza.", "Alice": "I ate pizza with Jake.", "Bea": "I ate pizza."}
    stores = {
        name: write_home(tmp_path / name, name, [(f"{DAY}10:00", text)])
        for name, text in lines.items()
    }
    others = [
        OtherHome(name, stores[name].as_of(ASKED).granted(EVERYTHING)) for name in ("Alice", "Bea")
    ]
    view = AcrossView(stores["Jake"].as_of(ASKED), others, "Jake")
    told = {event.quote for event in view.events(EventFilter(activities=("eating",), doer=None))}
    assert told == {"I ate pizza.", "Bea ate pizza."}, "Bea's may be another meal"
    for store in stores.values():
        store.close()


def test_summaries_of_one_hour_in_two_homes_are_two(homes: dict[str, Store]) -> None:
    for store in homes.values():
        clips = store.as_of(ASKED).memories("clip")[:1]
        store.memories.write_summary("hour", clips[0].span, f"{store.home.name}.", clips, "test")
    hours = view_of(homes).memories("hour")
    assert sorted(hour.text for hour in hours) == ["Alice.", "Jake.", "Lucia."]
    assert len({hour.id for hour in hours}) == 3
    again = view_of(homes).by_id([hour.id for hour in hours])
    assert {hour.wearer for hour in again} == {"", "Alice", "Lucia"}
    sources = {source for hour in hours for source in hour.source_ids}
    assert len(view_of(homes).by_id(sources)) == 3


def test_vectors_of_all_homes_are_compared(homes: dict[str, Store]) -> None:
    for at, store in enumerate(homes.values()):
        ids = [memory.id for memory in store.as_of(ASKED).memories("clip")]
        vectors = np.eye(8, dtype=np.float32)[[(at + n) % 8 for n in range(len(ids))]]
        store.vectors.put("m", ids, vectors)
    view, asking = view_of(homes), np.eye(8, dtype=np.float32)[1]
    likest = [number for number, cosine in view.search_vectors(asking, "m").items() if cosine == 1]
    texts = {(one.wearer, one.text) for one in view.by_id(likest)}
    assert texts == {("", JAKE[1][1]), ("Alice", "Alice ate pizza with Jake in the kitchen.")}
    assert view.compare_vectors(asking, "m", likest) == dict.fromkeys(likest, 1.0)
    ids = [memory.id for memory in view.memories("clip")]
    known, vectors = view.vectors("m", 8, ids)
    assert sorted(known.tolist()) == sorted(ids)
    assert {n for n, row in zip(known.tolist(), vectors) if row[1] == 1} == set(likest)


def test_a_recording_in_two_homes_is_told_of_once(tmp_path: Path) -> None:
    one, other = (write_home(tmp_path / name, "shared", ALICE) for name in ("one", "other"))
    view = AcrossView(one.as_of(ASKED), [OtherHome("Bea", other.as_of(ASKED).granted(EVERYTHING))])
    assert [memory.text for memory in view.memories("clip")] == [text for _, text in ALICE]
    assert view.wearer_of("shared-film-0") == ""


def test_coverage_is_told_for_each_wearer(homes: dict[str, Store]) -> None:
    found = asked(homes, "What happened on 3 March between 12:00 and 14:00?")
    times = {one.wearer: sum(s.duration for s in one.indexed) for one in found.wearers}
    assert times == {"": 0.0, "Alice": 60.0, "Lucia": 0.0}


def test_once_it_does_not_hold_any_more_a_home_tells_nothing(homes: dict[str, Store]) -> None:
    calls = []
    home = OtherHome("Alice", homes["Alice"].as_of(ASKED).granted(EVERYTHING), lambda: not calls)
    view = AcrossView(homes["Jake"].as_of(ASKED), [home])
    (number,) = view.search_text(["scissor"])
    assert view.by_id([number])[0].wearer == "Alice"
    calls.append("ended")
    assert not view.by_id([number])
    assert not view.search_text(["scissor"])
    assert all(not memory.wearer for memory in view.memories("clip"))
    assert not view.utterances("Alice-film-1-0") + view.sightings("Alice-film-1-0")  # type: ignore[operator]
    assert not view.object_states(["scissors"], ["put"])
    assert all(
        event.recording_id.startswith("Jake") for event in view.events(EventFilter(doer=None))
    )
    assert view.count_text("scissor") == 0


def test_a_grant_is_kept_to_whatever_the_question_asks_for(homes: dict[str, Store]) -> None:
    granted = homes["Alice"].as_of(ASKED).granted(Scope(people=("Jake",)))
    view = AcrossView(homes["Jake"].as_of(ASKED), [OtherHome("Alice", granted)])
    asked_for = view.within(Scope(places=("blue drawer",)), "?")
    assert not asked_for.memories("clip")
    assert [
        m.text for m in view_of(homes).within(Scope(places=("blue drawer",)), "?").memories("clip")
    ]
    assert {memory.text for memory in view.memories("clip") if memory.wearer} == {
        "Alice ate pizza with Jake in the kitchen."
    }
