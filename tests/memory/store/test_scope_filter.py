"""Whatever a question is kept to, nothing else can be read through its view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Clip, Scope, Sighting, Span, Utterance
from memory.types.events import Event, EventFilter
from tests.memory.crowds import Met, meet
from tests.memory.lives import NOON, add, recording

CAPTIONS = ["A cup in the kitchen.", "A cup on a bench.", "A cup in a cafe.", "A cup at home."]
MODEL = "m"


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, list[Clip]]]:
    """Two recordings of two devices; somebody is heard in the first and third clip."""
    store = Store.open(Path(tmp_path_factory.mktemp("narrow")) / "home")
    one = replace(recording(NOON, 2, "walk"), device="cam-1")
    two = replace(recording(NOON + 3600, 2, "talk"), device="cam-2")
    clips = [*add(store, one, CAPTIONS[:2]), *add(store, two, CAPTIONS[2:])]
    for clip in (clips[0], clips[2]):
        meet(store, clip, Met(0, 4, 9, kind="voice", says="hello"))
    store.people.assign([clip.id for clip in clips])
    store.people.name(store.people.all()[0].id, "Anna")
    spoken = Utterance(clips[3].span, "Good evening.", "Ben")
    store.perceptions.write_utterances("speech", "1", {clips[3].id: [spoken]})
    memories = store.memories.overlapping("clip")
    seen = [Sighting(clips[1].span, "place", "park", 0.9)]
    store.perceptions.write_sightings("sights", "1", {clips[1].id: seen})
    store.vectors.put(MODEL, [m.id for m in memories], np.eye(4, dtype=np.float32))
    store.memories.write_summary("hour", Span(NOON, NOON + 3600), "A cup.", memories[:2], "test")
    yield store, clips
    store.close()


SCOPES = {
    "person": (Scope(people=("anna",)), {0, 2}),
    "person by number": (Scope(people=("Person 1",)), {0, 2}),
    "speaker of a transcript": (Scope(people=("ben",)), {3}),
    "either person": (Scope(people=("Anna", "Ben")), {0, 2, 3}),
    "nobody": (Scope(people=("Zoe",)), set()),
    "place": (Scope(places=("Kitchen",)), {0}),
    "place that was recognised": (Scope(places=("Park",)), {1}),
    "device": (Scope(devices=("cam-2",)), {2, 3}),
    "time": (Scope(span=Span(NOON + 30, NOON + 3630)), {1, 2}),
    "all of them": (Scope(("Anna",), ("cafe", "kitchen"), ("cam-2",), Span(NOON, 1e11)), {2}),
}


@pytest.mark.parametrize("name", SCOPES)
def test_every_way_of_reading_is_kept_to_the_scope(
    life: tuple[Store, list[Clip]], name: str
) -> None:
    store, clips = life
    scope, wanted = SCOPES[name]
    view = store.as_of(NOON + 86_400).within(scope, "What?")
    allowed = [clip for number, clip in enumerate(clips) if number in wanted]
    ids = [clip.id for clip in allowed]
    memories = view.memories("clip")
    known = {memory.id for memory in memories}
    every = [memory.id for memory in store.memories.overlapping("clip")]
    assert [memory.clip_id for memory in memories] == ids
    assert set(view.search_text(["cup"])) == known
    assert view.count_text("cup") == view.count_clips() == len(known)
    assert {memory.id for memory in view.by_id(every)} == known
    assert [memory.clip_id for memory in view.of_clips([c.id for c in clips])] == ids
    assert all((view.memory(one) is not None) == (one in known) for one in every)
    likest = np.eye(4, dtype=np.float32)[0]
    assert set(view.search_vectors(likest, MODEL)) == known
    assert set(view.search_vectors(likest, MODEL, limit=1)) <= known
    assert set(view.compare_vectors(likest, MODEL, every)) == known
    for clip in clips:
        assert clip in allowed or not view.utterances(clip.id)
        assert clip in allowed or not view.sightings(clip.id)


def test_the_likest_of_what_may_be_read_is_found_though_others_are_liker(
    life: tuple[Store, list[Clip]],
) -> None:
    store, _ = life
    view = store.as_of(NOON + 86_400).within(Scope(devices=("cam-2",)), "What?")
    first = np.eye(4, dtype=np.float32)[0] + np.eye(4, dtype=np.float32)[3] / 2
    assert len(view.search_vectors(first, MODEL, limit=1)) == 1


def test_summaries_are_read_only_where_they_tell_of_nothing_else(
    life: tuple[Store, list[Clip]],
) -> None:
    store, _ = life

    def hours(scope: Scope) -> int:
        view: View = store.as_of(NOON + 86_400).within(scope, "What?")
        return len(view.memories("hour"))

    assert hours(Scope(span=Span(NOON, NOON + 3600))) == 1
    assert hours(Scope(span=Span(NOON + 30, NOON + 3600))) == 0
    assert hours(Scope(people=("Anna",))) == 0
    assert hours(Scope(devices=("cam-1",))) == 0


def test_coverage_is_of_the_time_and_the_devices(life: tuple[Store, list[Clip]]) -> None:
    store, _ = life
    view = store.as_of(NOON + 86_400)
    morning = view.within(Scope(span=Span(NOON, NOON + 45)), "What?")
    assert morning.coverage().indexed == (Span(NOON, NOON + 45),)
    camera = view.within(Scope(devices=("cam-2",)), "What?")
    assert camera.coverage().indexed == (Span(NOON + 3600, NOON + 3660),)
    assert [one.device for one in camera.recordings()] == ["cam-2"]


@pytest.mark.parametrize("name", SCOPES)
@pytest.mark.parametrize("asked", SCOPES)
def test_a_grant_holds_whatever_the_question_is_kept_to(
    life: tuple[Store, list[Clip]], name: str, asked: str
) -> None:
    store, clips = life
    (grant, granted), (scope, wanted) = SCOPES[name], SCOPES[asked]
    view = store.as_of(NOON + 86_400).granted(grant).within(scope, "What?")
    allowed = {clips[number].id for number in granted & wanted}
    assert {memory.clip_id for memory in view.memories("clip")} == allowed
    assert set(view.search_text(["cup"])) == {memory.id for memory in view.memories("clip")}
    assert view.count_text("cup") == view.count_clips() == len(allowed)
    likest = np.eye(4, dtype=np.float32)[0]
    assert set(view.search_vectors(likest, MODEL)) == set(view.search_text(["cup"]))
    for clip in clips:
        said, seen = view.utterances(clip.id), view.sightings(clip.id)
        assert clip.id in allowed or not (said or seen)


def test_what_reaches_beyond_the_time_of_a_grant_is_not_told(
    life: tuple[Store, list[Clip]],
) -> None:
    store, clips = life
    whole = store.as_of(NOON + 86_400)

    def told(span: Span) -> list[str]:
        return [memory.clip_id for memory in whole.granted(Scope(span=span)).memories("clip")]

    first = clips[0].span
    assert told(first) == [clips[0].id]
    assert not told(Span(first.start, first.end - 1))
    assert not told(Span(first.start + 1, first.end))
    assert whole.within(Scope(span=Span(first.start, first.end - 1)), "?").memories("clip")


def test_recorded_time_is_told_of_as_far_as_it_is_granted(life: tuple[Store, list[Clip]]) -> None:
    store, clips = life
    whole = store.as_of(NOON + 86_400)
    assert sum(span.duration for span in whole.coverage().indexed) == 120.0
    with_anna = whole.granted(Scope(people=("Anna",))).coverage()
    assert with_anna.indexed == (clips[0].span, clips[2].span)
    assert whole.granted(Scope(span=clips[1].span)).coverage().indexed == (clips[1].span,)


def test_an_occasion_is_told_where_all_of_it_is_granted(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    clips = add(store, recording(NOON, 2), ["I ate soup with Ann.", "I ate rice with Bo."])
    seen = Event(
        Span(clips[0].span.start, clips[1].span.end), "eating",
        tuple(clip.id for clip in clips), clips[0].recording_id, "I ate soup with Ann.",
        people=("Ann",), extractor="test",
    )  # fmt: skip
    store.events.write(clips[0].recording_id, [clip.id for clip in clips], [seen], [], "test")
    whole, criteria = store.as_of(NOON + 86_400), EventFilter()
    assert len(whole.events(criteria)) == 1
    assert len(whole.granted(Scope(span=Span(NOON, NOON + 60))).events(criteria)) == 1
    assert not whole.granted(Scope(span=Span(NOON, NOON + 45))).events(criteria)
    assert not whole.granted(Scope(places=("rice",))).events(criteria)
    assert whole.within(Scope(places=("rice",)), "?").events(criteria)
    store.close()
