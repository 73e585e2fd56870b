"""What holds of people whatever was met, however the work was cut up, whatever the owner did."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memory.people.clustering import (
    EXEMPLARS,
    POOL,
    ClusteringThresholds,
    Gallery,
    rule_for,
    spread,
)
from memory.people.co_occurrence import faces_of_clips
from memory.people.errors import PeopleError
from memory.store.store import Store
from memory.types.core import Clip
from tests.memory.crowds import Met, clips, crowd, direction, meet, state

RULE = rule_for("face", "dlib-resnet-v1")
faces = st.builds(
    lambda angle, start, length, quality: Met(angle, start, start + length, quality),
    st.sampled_from([0.0, 2.0, 9.0, 17.0, 26.0, 36.0, 60.0, 120.0]),
    st.integers(0, 9),
    st.integers(1, 9),
    st.sampled_from([0.1, 1.0, 1.0]),
)
voices = st.builds(
    lambda angle: Met(angle, kind="voice"), st.integers(0, 5).map(lambda step: step * 15.0)
)
crowds = st.lists(st.lists(faces | voices, max_size=3), min_size=1, max_size=7)


@contextmanager
def home() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        yield store
        store.close()


def nobody_is_in_one_picture_twice(store: Store, made: list[Clip]) -> bool:
    seen = faces_of_clips(store.database, [clip.id for clip in made])
    return not any(
        one.person_id == two.person_id != "" and one.with_(two)
        for one, two in itertools.combinations(seen, 2)
    )


@given(crowds)
def test_no_person_holds_two_faces_of_one_picture(met: list[list[Met]]) -> None:
    with home() as store:
        crowd(store, met)
        assert nobody_is_in_one_picture_twice(store, store.recordings.clips("walk-0123456789"))


class Interrupted(Exception):
    """Stands for whatever ends a process in the middle of its work."""


def interrupted(store: Store, block: list[str]) -> None:
    with store.database.transaction():
        store.people.assign(block)
        raise Interrupted


@given(crowds, st.lists(st.integers(1, 3), min_size=7, max_size=7), st.sets(st.integers(0, 6)))
def test_one_run_and_interrupted_blocks_give_the_same_people(
    met: list[list[Met]], sizes: list[int], failing: set[int]
) -> None:
    with home() as whole, home() as cut:
        crowd(whole, met)
        made = clips(cut, len(met))
        for clip, those in zip(made, met, strict=True):
            meet(cut, clip, *those)
        ids = iter([clip.id for clip in made])
        for number, size in enumerate(sizes):
            block = list(itertools.islice(ids, size))
            if number in failing:
                with suppress(Interrupted):
                    interrupted(cut, block)
            cut.people.assign(block)
        assert state(cut) == state(whole)


Change = Callable[[Store], object]
who = st.integers(1, 6).map(str)
changes: st.SearchStrategy[Change] = st.one_of(
    st.tuples(who, st.sampled_from(["Anna", "ANNA", "Bert", "Ça va"])).map(
        lambda drawn: lambda store: store.people.name(*drawn)
    ),
    st.tuples(who, st.lists(who, min_size=1, max_size=2)).map(
        lambda drawn: lambda store: store.people.merge(*drawn)
    ),
    st.tuples(who, st.integers(1, 2)).map(
        lambda drawn: (
            lambda store: store.people.split(
                drawn[0],
                [one.id for one in store.people.samples(store.people.get(drawn[0]).id, drawn[1])],
            )
        )
    ),
)


@given(crowds, st.lists(changes, max_size=6))
def test_undoing_every_change_gives_back_every_row(
    met: list[list[Met]], wanted: list[Change]
) -> None:
    with home() as store:
        crowd(store, met)
        before = [state(store)]
        numbers = {person.id: person.number for person in store.people.all(0)}
        for change in wanted:
            with suppress(PeopleError):
                change(store)
                before.append(state(store))
                people = store.people.all(0)
                names = [person.name.casefold() for person in people if person.name]
                assert len(names) == len(set(names))
                kept = {person.id: person.number for person in people if person.id in numbers}
                assert kept == numbers
                assert nobody_is_in_one_picture_twice(
                    store, store.recordings.clips("walk-0123456789")
                )
        while len(before) > 1:
            before.pop()
            store.people.undo()
            assert state(store) == before[-1]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 180)), min_size=1, max_size=90), st.data()
)
def test_a_gallery_does_not_depend_on_the_order_of_its_prints(
    filed: list[tuple[int, float]], data: st.DataObject
) -> None:
    numbered = [(f"p{person}", n, direction(angle)) for n, (person, angle) in enumerate(filed)]
    shuffled = data.draw(st.permutations(numbered))
    one, two = Gallery(RULE), Gallery(RULE)
    for person, number, vector in numbered:
        one.add(person, number, vector)
    for person, number, vector in shuffled:
        two.add(person, number, vector)
    for angle in range(0, 180, 10):
        assert one.match(direction(angle)) == two.match(direction(angle))


def test_a_persons_later_prints_by_id_make_no_difference() -> None:
    rng = np.random.default_rng(3)
    filed = [(int(rng.integers(2**62)), direction(rng.normal(0, 8))) for _ in range(3 * POOL)]
    whole, read = Gallery(RULE), Gallery(RULE)
    for number, vector in filed:
        whole.add("a", number, vector)
    for number, vector in sorted(filed, key=lambda one: one[0])[:POOL]:
        read.add("a", number, vector)
    angles = np.arange(-60, 60, 0.25)
    assert [whole.match(direction(a)) for a in angles] == [read.match(direction(a)) for a in angles]
    assert read.match(direction(0)) == "a"


@given(st.integers(1, 80), st.integers(0, 2**32 - 1))
def test_exemplars_are_few_and_cover_every_print(count: int, seed: int) -> None:
    angles = np.random.default_rng(seed).uniform(0, 360, count)
    vectors = np.stack([direction(angle) for angle in angles])
    chosen = spread(vectors, EXEMPLARS)
    assert len(chosen) == len(set(chosen)) == min(count, EXEMPLARS)
    nearest = (vectors @ vectors[chosen].T).max(axis=1)
    assert nearest.min() >= np.cos(np.radians(2 * 360 / EXEMPLARS)) - 1e-5


def test_the_rule_is_that_of_the_model_and_strict_where_there_is_none() -> None:
    assert rule_for("face", "dlib-resnet-v1").near > 0.93
    unknown = rule_for("voice", "something-new")
    assert unknown.near > rule_for("voice", "ge2e-1").near


def test_somebody_who_is_nearly_as_close_makes_it_nobody() -> None:
    gallery = Gallery(ClusteringThresholds(near=0.9, agree=0.9, margin=0.05, founding=0.5))
    gallery.add("a", 1, direction(0))
    assert gallery.match(direction(10)) == "a"
    gallery.add("b", 2, direction(22))
    assert gallery.match(direction(10)) is None
    assert gallery.match(direction(10), barred={"b"}) == "a"
