"""Face prints: which pictures are worth one, whose span is whose; and known faces told apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import Box, Detection
from ingest.vision.detectors.face_identity import Landmarks, is_installed
from ingest.vision.face_prints import (
    BLURRED,
    FacePrinter,
    is_frontal,
    sharp_and_lit,
    split,
    together,
)
from ingest.vision.face_tracks import FaceLook, apart, follow_faces, parts
from memory.db.row_mapping import print_id
from memory.people.clustering import Gallery, rule_for
from memory.types.core import BiometricPrint, Clip, Frame, Sighting, Span

CLIP = Clip("r-0000", "r", Span(0.0, 30.0))
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
Picture = NDArray[np.uint8]


def face(left: float, top: float = 0.2, confidence: float = 0.9) -> Detection:
    return Detection("face", confidence, (left, top, left + 0.2, top + 0.3))


def look_at(*faces: Sequence[Detection]) -> list[FaceLook]:
    """One look for each item, 3 s after each other."""
    black: Picture = np.zeros((8, 8, 3), np.uint8)
    return [
        FaceLook(Frame(3.0 * n, black), Span(3.0 * n, 3.0 * n + 3), tuple(found))
        for n, found in enumerate(faces)
    ]


def seen(count: int = 1) -> Sighting:
    return Sighting(Span(0, 9), "face", "face", 0.9, (0.1, 0.2, 0.3, 0.5), count)


def stamp(number: int) -> BiometricPrint:
    vector = np.eye(1, 128, dtype=np.float32)[0]
    span = Span(0, 1)
    identity = print_id(CLIP.id, "face", number)
    return BiometricPrint(
        identity, "face", CLIP.id, span, vector, "dlib-resnet-v1", 1.0, (0, 0, 1, 1)
    )


def test_a_face_that_moves_a_little_is_one_track_and_one_elsewhere_another() -> None:
    looks = look_at([face(0.1)], [face(0.15), face(0.7)], [face(0.2)])
    tracks = follow_faces(looks)
    assert [track.span(looks) for track in tracks] == [Span(0, 9), Span(3, 6)]


def test_a_face_lost_for_a_look_begins_anew() -> None:
    looks = look_at([face(0.1)], [], [face(0.1)])
    assert [track.span(looks) for track in follow_faces(looks)] == [Span(0, 3), Span(6, 9)]


def test_a_face_that_is_boxed_twice_counts_once() -> None:
    assert apart([face(0.1), face(0.12, confidence=0.7), face(0.6)]) == [face(0.1), face(0.6)]


lefts = st.floats(0, 0.8)
looks_of_faces = st.lists(st.lists(lefts.map(face), max_size=3), max_size=6).map(
    lambda drawn: look_at(*drawn)
)


@given(looks_of_faces)
def test_tracks_hold_each_face_once_and_share_time_only_if_seen_in_one_picture(
    looks: list[FaceLook],
) -> None:
    tracks = follow_faces(looks)
    held = [(index, one.box) for track in tracks for index, one in track.seen]
    assert sorted(held) == sorted(
        (index, one.box) for index, look in enumerate(looks) for one in apart(look.faces)
    )
    for one, two in itertools.combinations(tracks, 2):
        pictures = {index for index, _ in one.seen} & {index for index, _ in two.seen}
        assert one.span(looks).overlaps(two.span(looks)) == bool(pictures)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=9, unique=True).map(sorted))
def test_the_looks_share_the_time_of_the_sighting_among_them(times: list[float]) -> None:
    black: Picture = np.zeros((8, 8, 3), np.uint8)
    spans = parts([Frame(at, black) for at in times], Span(2, 28))
    assert (spans[0].start, spans[-1].end) == (2, 28)
    assert all(one.end == two.start for one, two in itertools.pairwise(spans))


def test_two_faces_with_prints_are_two_sightings_of_one_each() -> None:
    looks = look_at([face(0.1), face(0.6)], [face(0.1)], [face(0.1)])
    found = split(seen(2), looks, follow_faces(looks), {0: stamp(0), 1: stamp(1)})
    assert [(one.span, one.count, one.print_id) for one in found] == [
        (Span(0, 9), 1, stamp(0).id),
        (Span(0, 3), 1, stamp(1).id),
    ]


def test_faces_without_a_print_are_kept_and_counted() -> None:
    looks = look_at([face(0.1), face(0.4), face(0.7)], [face(0.1), face(0.4)], [face(0.1)])
    found = split(seen(3), looks, follow_faces(looks), {0: stamp(0)})
    assert [(one.span, one.count, one.print_id) for one in found] == [
        (Span(0, 9), 1, stamp(0).id),
        (Span(0, 6), 2, 0),
    ]


def test_without_any_print_a_sighting_stays_as_it_was() -> None:
    looks = look_at([face(0.1)])
    assert split(seen(), looks, follow_faces(looks), {}) == [seen()]


def stripes(period: int, side: int = 96) -> Picture:
    bright = (np.indices((side, side)) // period).sum(axis=0) % 2
    return np.repeat((60 + 120 * bright).astype(np.uint8)[..., None], 3, axis=2)


def test_blur_by_movement_is_seen_although_half_the_detail_is_left() -> None:
    import cv2

    sharp = stripes(4)
    moved = cv2.blur(sharp, (16, 1))
    assert sharp_and_lit(sharp, WHOLE)[0] > 10 * BLURRED
    assert sharp_and_lit(np.asarray(moved, np.uint8), WHOLE)[0] < BLURRED
    assert sharp_and_lit(sharp, WHOLE)[1] == pytest.approx(120, abs=2)


def landmarks(nose: tuple[float, float]) -> Landmarks:
    eyes = [(70, 40), (60, 40), (30, 40), (40, 40)]
    return Landmarks(np.array([*eyes, nose], float), None)


def test_a_face_seen_from_the_side_gets_no_print() -> None:
    assert is_frontal(landmarks((50, 65)), 80)
    assert not is_frontal(landmarks((64, 65)), 80)  # turned away
    assert not is_frontal(landmarks((50, 43)), 80)  # looks up or down
    assert not is_frontal(landmarks((50, 65)), 300)  # these are not the eyes of that face


def test_pictures_of_one_track_that_differ_are_not_averaged() -> None:
    one, two = np.eye(2, 4, dtype=np.float32)
    near = np.array([0.98, 0.199, 0, 0], np.float32)
    assert together([one, two]) == pytest.approx(one)
    assert np.linalg.norm(together([one, near])) == pytest.approx(1)
    assert float(together([one, near]) @ near) > float(one @ near)


def weights(bundle: str) -> Path:
    from egogpt.weights.store import WeightStore

    store = WeightStore()
    if not store.has(bundle):
        pytest.skip(f"needs the weights {bundle}: egobutler models fetch {bundle}")
    return store.folder(bundle)


@pytest.fixture(scope="module")
def printer() -> FacePrinter:
    if not is_installed():
        pytest.skip("needs dlib: pip install dlib-bin")
    return FacePrinter(weights("face-identity"), weights("face"))


def picture(path: Path, longest: int = 640) -> Picture:
    import cv2

    image = cv2.imread(str(path))
    scale = longest / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(np.ascontiguousarray(small[:, :, ::-1]), np.uint8)


@pytest.mark.model
def test_known_faces_are_all_told_apart_and_all_put_together(
    printer: FacePrinter, shared: Path
) -> None:
    people: dict[str, list[NDArray[np.float32]]] = {"obama": [], "biden": []}
    left_is = {
        "examples_two_people": "obama",
        "examples_knn_examples_test_obama_and_biden": "biden",
    }
    for path in sorted((shared / "media/faces").glob("*.jpg")):
        frames = [Frame(0.5, picture(path))]
        whole = Sighting(Span(0, 1), "face", "face", 0.9, None, 2)
        found, prints = printer.read(Clip("c", "r", Span(0, 1)), frames, [whole])
        assert [one.count for one in found] == [1] * len(prints)
        assert {one.print_id for one in found} == {one.id for one in prints}
        in_order = sorted(prints, key=lambda one: one.box or ())
        if path.stem in left_is:
            left, right = in_order
            other = "biden" if left_is[path.stem] == "obama" else "obama"
            people[left_is[path.stem]].append(left.vector)
            people[other].append(right.vector)
        else:
            (one,) = in_order
            people["biden" if "biden" in path.stem else "obama"].append(one.vector)
    assert [len(vectors) for vectors in people.values()] == [4, 4]
    pairs = [(who, vector) for who, vectors in people.items() for vector in vectors]
    for order in itertools.islice(itertools.permutations(pairs), 0, 40_320, 400):
        assert clusters(order) == ["biden", "obama"]


def clusters(order: Sequence[tuple[str, NDArray[np.float32]]]) -> list[str]:
    """Who each cluster is of, after the prints have come in this order."""
    gallery, of = Gallery(rule_for("face", "dlib-resnet-v1")), {}
    for number, (who, vector) in enumerate(order):
        person = gallery.match(vector) or f"p{number}"
        gallery.add(person, number, vector)
        assert of.setdefault(person, who) == who, "a wrong merge"
    return sorted(of.values())


@pytest.mark.model
def test_blurred_small_and_dark_faces_get_no_print_and_are_still_seen(
    printer: FacePrinter, shared: Path
) -> None:
    import cv2

    sharp = picture(shared / "media/faces/examples_biden.jpg", 960)
    spoilt = {
        "blurred": cv2.GaussianBlur(sharp, (0, 0), 6),
        "dark": sharp // 6,
        "small": cv2.resize(sharp, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA),
    }
    face = Sighting(Span(0, 1), "face", "face", 0.9, None, 1)
    for how, image in spoilt.items():
        frames = [Frame(0.5, np.asarray(image, np.uint8))]
        found, prints = printer.read(Clip("c", "r", Span(0, 1)), frames, [face])
        assert (how, prints, [one.kind for one in found]) == (how, [], ["face"])
    assert printer.read(Clip("c", "r", Span(0, 1)), [Frame(0.5, sharp)], [face])[1]
