"""Sights: honest spans, who is the wearer, what is written; and a real clip."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from egogpt.text.caption_terms import HOLDING, OWN_HAND
from ingest.vision.detectors.boxes import Box, Detection
from ingest.vision.object_tracks import (
    GAP,
    Belief,
    Glimpse,
    TrackRule,
    fitted_belief,
    follow,
    frame_spans,
    glimpses,
)
from ingest.vision.ocr_tracks import blocks, read_clip
from ingest.vision.scene_reader import SightReader, distinct, seen_colours
from ingest.vision.wearer_filter import objects_in_hand, own_hands, without_own_body
from memory.types.core import Clip, Frame, Span

CLIP = Clip("r-0000", "r", Span(0.0, 30.0))
RULE = TrackRule(looks=2, repeated=0.4, once=0.6)


def noise(seed: int, size: int = 64) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)


def glimpse(at: float, confidence: float = 0.5, count: int = 1, fresh: bool = True) -> Glimpse:
    return Glimpse(Span(at, at + 1), "cup", confidence, (0, 0, 1, 1), count, fresh=fresh)


def test_a_thing_seen_from_12_to_19_s_says_so() -> None:
    (cup,) = follow("object", [glimpse(at) for at in range(12, 19)], RULE)
    assert cup.span == Span(12, 19)


def test_a_thing_that_comes_back_later_is_two_sightings() -> None:
    seen = [glimpse(at) for at in (0, 1, 2, 20, 21)]
    assert [one.span for one in follow("object", seen, RULE)] == [Span(0, 3), Span(20, 22)]


def test_a_single_doubtful_detection_is_not_believed() -> None:
    assert follow("object", [glimpse(3, 0.5)], RULE) == []
    assert len(follow("object", [glimpse(3, 0.7)], RULE)) == 1


def test_a_result_kept_over_a_still_scene_counts_as_one_look() -> None:
    seen = [glimpse(0, 0.5), glimpse(1, 0.5, fresh=False), glimpse(2, 0.5, fresh=False)]
    assert follow("object", seen, RULE) == []


def test_the_count_is_what_two_looks_bear_out_and_the_box_the_surest() -> None:
    seen = [glimpse(0, 0.5, 1), glimpse(1, 0.9, 2), glimpse(2, 0.5, 7)]
    seen[2] = replace(seen[2], most=9)
    (cup,) = follow("object", seen, RULE)
    assert (cup.count, cup.most, cup.confidence) == (2, 9, 0.9)


def test_what_is_less_likely_than_its_belief_asks_is_a_guess() -> None:
    rule = TrackRule(once=0.5, belief=Belief((1.0, 0.0, 0.0), 0.0, 0.8))
    (cup,) = follow("object", [glimpse(0, 0.9)], rule)
    assert (cup.kind, cup.confidence) == ("object", 0.9)
    (cup,) = follow("object", [glimpse(0, 0.7)], rule)
    assert (cup.kind, cup.confidence) == ("tag", 0.7)


def test_the_fitted_beliefs_rise_with_what_is_seen() -> None:
    for kind in ("object", "tag"):
        belief = fitted_belief(kind)
        surer = [belief.probability([glimpse(0, best)]) for best in (0.4, 0.6, 0.8, 0.95)]
        assert surer == sorted(set(surer))
        assert surer[0] < belief.least < surer[-1]
    person = replace(glimpse(0, 0.7), what="person")
    belief = fitted_belief("object")
    once, again = [glimpse(0, 0.7)], [glimpse(0, 0.7), glimpse(1, 0.6)]
    assert belief.probability([person]) > belief.probability(once)
    assert belief.probability(again) > belief.probability(once)


@given(
    st.lists(st.tuples(st.integers(0, 29), st.floats(0, 1), st.booleans()), max_size=40),
    st.floats(0, 1),
)
def test_sightings_of_a_thing_never_overlap_nor_leave_what_was_seen(
    drawn: list[tuple[int, float, bool]], once: float
) -> None:
    seen = [glimpse(at, confidence, fresh=fresh) for at, confidence, fresh in drawn]
    seen.append(glimpse(60, 1.0))
    found = follow("object", seen, TrackRule(once=once))
    assert found[-1].span == Span(60, 61)
    assert all(b.span.start - a.span.end > GAP for a, b in itertools.pairwise(found))
    starts, ends = {one.span.start for one in seen}, {one.span.end for one in seen}
    assert all(one.span.start in starts and one.span.end in ends for one in found)


def test_detections_of_one_picture_are_counted_by_name() -> None:
    things = [Detection("chair", sure, (0, 0, sure, sure)) for sure in (0.5, 0.8, 0.4)]
    (chairs,) = glimpses(Span(0, 1), things)
    assert (chairs.count, chairs.most) == (2, 3), "of a doubtful one it is only said that it may be"
    assert (chairs.confidence, chairs.box) == (0.8, (0, 0, 0.8, 0.8))


@given(st.lists(st.floats(0, 29.9), min_size=1, max_size=40, unique=True))
def test_frames_stand_for_disjoint_times_inside_the_clip(times: list[float]) -> None:
    frames = [Frame(at, noise(0, 4)) for at in sorted(times)]
    spans = frame_spans(CLIP, frames)
    assert all(span.start == frame.at for span, frame in zip(spans, frames))
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert spans[-1].end <= CLIP.span.end


def test_a_frame_does_not_stand_for_a_hole_in_the_recording() -> None:
    frames = [Frame(float(at), noise(0, 4)) for at in (0, 1, 2, 20, 21)]
    assert frame_spans(CLIP, frames)[2].end == 4.0


def test_two_names_for_one_place_leave_the_surer() -> None:
    phone = Detection("cell phone", 0.7, (0.5, 0.5, 0.6, 0.7))
    remote = Detection("remote control", 0.5, (0.5, 0.5, 0.61, 0.7))
    assert distinct([remote, phone]) == [phone]


def test_colours_are_told_of_what_is_surely_there_large_and_no_screen() -> None:
    picture = np.full((100, 100, 3), 150, np.uint8)
    picture[:50] = (25, 60, 190)
    upper = (0.0, 0.0, 1.0, 0.5)
    couch, person = Detection("couch", 0.8, upper), Detection("person", 0.8, upper)
    silent = [
        replace(couch, what="TV"),
        replace(couch, confidence=0.4),
        replace(couch, box=(0.0, 0.0, 0.14, 0.14)),
    ]
    found = seen_colours(picture, [couch, person, *silent])
    assert [one.what for one in found] == ["blue couch", "blue clothes"]


def test_my_own_legs_are_not_another_person() -> None:
    legs = Detection("person", 0.8, (0.3, 0.5, 0.9, 0.98))
    friend = Detection("person", 0.7, (0.4, 0.0, 0.55, 0.35))
    assert without_own_body([legs, friend], [], round_view=False) == [friend]


def test_somebody_near_who_shows_a_face_is_a_person() -> None:
    near = Detection("person", 0.9, (0.1, 0.4, 0.9, 1.0))
    face = Detection("face", 0.9, (0.4, 0.45, 0.6, 0.65))
    assert without_own_body([near], [face], round_view=True) == [near]


def test_a_hand_on_another_person_is_not_mine() -> None:
    mine = Detection("hand", 0.9, (0.6, 0.6, 0.7, 0.7))
    theirs = Detection("hand", 0.9, (0.2, 0.6, 0.25, 0.7))
    high = Detection("hand", 0.9, (0.6, 0.1, 0.7, 0.2))
    other = Detection("person", 0.9, (0.1, 0.3, 0.4, 0.8))
    assert own_hands([mine, theirs, high], [other]) == [Detection(OWN_HAND, 0.9, mine.box)]


def test_a_phone_between_my_hands_is_held_and_a_far_one_is_not() -> None:
    hands = [Detection(OWN_HAND, 0.9, (0.44, 0.6, 0.58, 0.74))]
    near = Detection("cell phone", 0.8, (0.54, 0.43, 0.64, 0.64))
    far = Detection("cell phone", 0.8, (0.1, 0.1, 0.2, 0.2))
    table = Detection("dining table", 0.8, (0.3, 0.5, 0.8, 0.9))
    found = objects_in_hand(hands, [near, far, table], ["cell phone"])
    assert [(one.what, one.box) for one in found] == [(HOLDING + "cell phone", near.box)]


def test_lines_under_each_other_are_one_text() -> None:
    lines = [
        Detection("Anyone know", 0.99, (0.30, 0.60, 0.70, 0.63)),
        Detection("what this pocket", 0.97, (0.26, 0.64, 0.74, 0.67)),
        Detection("Source: nobody", 0.95, (0.05, 0.08, 0.25, 0.10)),
    ]
    assert [block.what for block in blocks(lines)] == [
        "Anyone know what this pocket",
        "Source: nobody",
    ]


class OneLine:
    """Reads the same line everywhere, and counts how often it is asked."""

    def __init__(self) -> None:
        self.searched = self.asked = 0

    def places(self, picture: NDArray[np.uint8]) -> list[Box]:
        self.searched += 1
        return [(0.0, 0.0, 0.5, 0.5)]

    def read(self, picture: NDArray[np.uint8], place: Box) -> list[Detection]:
        self.asked += 1
        return [Detection("Exit", 0.99, (0.0, 0.0, 0.5, 0.5))]


class Screen(OneLine):
    """Finds text at the bottom of every picture, and reads its brightness there as a word."""

    place: Box = (0.25, 0.75, 0.75, 1.0)

    def places(self, picture: NDArray[np.uint8]) -> list[Box]:
        return [self.place]

    def read(self, picture: NDArray[np.uint8], place: Box) -> list[Detection]:
        self.asked += 1
        return [Detection(f"word {picture[-1, picture.shape[1] // 2, 0]}", 0.99, self.place)]


def test_an_unchanged_picture_is_read_once() -> None:
    frames = [Frame(float(at), noise(3)) for at in range(30)]
    reader = OneLine()
    found = read_clip(reader, frames, frame_spans(CLIP, frames))
    assert (reader.searched, reader.asked) == (1, 1)
    assert [one.span for one in found] == [Span(0, 30)]


def test_a_place_that_stays_while_the_rest_changes_is_read_once() -> None:
    pictures = [noise(at) for at in range(30)]
    for picture in pictures:
        picture[:32, :32] = noise(99, 32)
    frames = [Frame(float(at), picture) for at, picture in enumerate(pictures)]
    reader = OneLine()
    found = read_clip(reader, frames, frame_spans(CLIP, frames))
    assert (reader.searched, reader.asked) == (2, 1)
    assert [one.span for one in found] == [Span(0, 30)]


def test_captions_that_change_where_text_was_found_are_read_too() -> None:
    frames = []
    for at in range(30):
        picture = noise(7)
        picture[48:, 16:48] = 40 * (at // 5)  # another line every five seconds
        frames.append(Frame(float(at), picture))
    reader = Screen()
    found = read_clip(reader, frames, frame_spans(CLIP, frames))
    assert reader.asked <= 6
    assert len({one.what for one in found}) >= 5
    assert all(one.span.duration == 5 for one in found)


def test_a_counter_beside_a_round_view_is_not_read() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    rows, columns = np.ogrid[:200, :200]
    picture[(rows - 100) ** 2 + (columns - 100) ** 2 < 99**2] = (90, 140, 120)
    picture[::2][(rows[::2] - 100) ** 2 + (columns - 100) ** 2 < 60**2] = (20, 30, 40)

    class Corner(OneLine):
        def places(self, picture: NDArray[np.uint8]) -> list[Box]:
            return [(0.0, 0.9, 0.2, 1.0)]

    reader = Corner()
    read_clip(reader, [Frame(0.0, picture)], [Span(0, 1)])
    assert reader.asked == 0


def test_text_is_in_view_only_as_long_as_its_place_looks_the_same() -> None:
    sign = noise(3)
    frames = [Frame(float(at), sign if 5 <= at < 9 else noise(at), 0.1) for at in range(14)]
    frames[6] = Frame(6.0, sign, 0.9)
    frames = [*frames[:9], *(Frame(float(at), np.zeros_like(sign)) for at in range(9, 14))]
    found = read_clip(OneLine(), frames, frame_spans(CLIP, frames))
    assert Span(5, 9) in [one.span for one in found]


@pytest.fixture(scope="module")
def reader() -> SightReader:
    from egogpt.weights.store import WeightStore

    store = WeightStore()
    bundles = ("yolox-nano", "efficientnet-lite3", "face", "hands")
    for bundle in bundles:
        if not store.has(bundle):
            pytest.skip(f"needs the weights {bundle}: egobutler models fetch {bundle}")
    return SightReader(*(store.folder(bundle) for bundle in bundles))


@pytest.mark.model
def test_what_is_in_view_is_reported_for_the_time_it_is_in_view(reader: SightReader) -> None:
    from skimage import data

    coffee, astronaut = data.coffee()[:, 44:444], data.astronaut()
    frames = [Frame(float(at), coffee if at < 8 else astronaut) for at in range(16)]
    found = reader.read(CLIP, frames)
    spans = {(one.kind, one.what): one.span for one in found}
    assert spans["object", "cup"] == Span(0, 8)
    assert spans["object", "person"] == Span(8, 16)
    assert spans["face", "face"] == Span(8, 16)
    assert found == reader.read(CLIP, frames)


@pytest.mark.model
def test_a_picture_is_looked_at_mirrored_and_a_round_one_through_a_window(
    reader: SightReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat, round_view = (
        np.full((200, 200, 3), (25, 60, 190), np.uint8),
        np.zeros((200, 200, 3), np.uint8),
    )
    flat[:, :100] = 200
    rows, columns = np.ogrid[:200, :200]
    round_view[(rows - 100) ** 2 + (columns - 100) ** 2 < 99**2] = (90, 140, 120)
    shown: list[NDArray[np.uint8]] = []

    def couch(picture: NDArray[np.uint8]) -> list[Detection]:
        shown.append(picture)
        box = (0.0, 0.1, 0.45, 0.9) if picture[0, 0, 0] < 200 else (0.55, 0.1, 1.0, 0.9)
        return [Detection("couch", 0.9, box)] if len(shown) < 3 else []

    monkeypatch.setattr(reader._objects, "detect", couch)
    found = reader.read(CLIP, [Frame(0.0, flat)])
    assert len(shown) == 2
    assert np.array_equal(shown[1], flat[:, ::-1])
    assert {"couch", "blue couch"} <= {one.what for one in found}
    reader.read(CLIP, [Frame(0.0, round_view)])
    assert shown[3].shape != round_view.shape


@pytest.mark.model
def test_black_frames_show_nothing(reader: SightReader) -> None:
    frames = [Frame(float(at), np.zeros((90, 160, 3), np.uint8)) for at in range(3)]
    assert reader.read(CLIP, frames) == []
    assert reader.read(CLIP, []) == []


@pytest.mark.model
def test_a_worn_cameras_phone_and_stairs_are_found_in_their_time(
    reader: SightReader, shared: Path
) -> None:
    import av

    path = shared / "media/video/egolife_demo2_blur_middle_grid_1.mp4"
    frames: list[Frame] = []
    with av.open(str(path)) as container:
        for picture in container.decode(video=0):
            if picture.time is not None and picture.time >= len(frames):
                frames.append(Frame(picture.time, picture.to_ndarray(format="rgb24")))
    clip = Clip("r-0001", "r", Span(30.0, 60.0))
    found = reader.read(clip, [frame for frame in frames if clip.span.contains(frame.at)])
    spans = {one.what: one.span for one in found}
    assert spans[HOLDING + "cell phone"].overlaps(Span(30.0, 37.0))
    assert spans["stairs (bannister)"].overlaps(Span(42.0, 50.0))
    assert all(clip.span.start <= one.span.start <= one.span.end <= 60.0 for one in found)
