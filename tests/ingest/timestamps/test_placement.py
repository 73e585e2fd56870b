import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.timestamps.placement import join_chapters, join_takes, part_of
from memory.store.store import Store
from memory.types.core import Recording, TimeSource
from tests.ingest.lives import NOON, filmed, put, settled


def takes(recordings: list[Recording]) -> list[list[str]]:
    """Names of the parts of every take, in order; what stands alone is left out."""
    arranged = sorted(join_chapters(recordings), key=lambda one: one.start)
    heads = dict.fromkeys(one.take for one in arranged if one.take)
    return [[Path(one.path).name for one in arranged if one.take == head] for head in heads]


def starts(recordings: list[Recording]) -> dict[str, float]:
    return {Path(one.path).name: one.start - NOON for one in join_chapters(recordings)}


@pytest.mark.parametrize(
    ("one", "next_one"),
    [
        ("GX010123", "GX020123"),
        ("GH010123", "GH120123"),
        ("GOPR0123", "GP010123"),
        ("DJI_0001", "DJI_0002"),
        ("DJI_20240131181530_0001_D", "DJI_20240131182530_0002_D"),
        ("00000", "00001"),
        ("DAY1_A1_JAKE_11094208", "DAY1_A1_JAKE_11100000"),
        ("2024_0131_181530_001F", "2024_0131_181630_002F"),
        ("20240131_181530_NF", "20240131_181630_NF"),
    ],
)
def test_names_of_one_series_are_told(one: str, next_one: str) -> None:
    first, second = part_of(one), part_of(next_one)
    assert first is not None
    assert second is not None
    assert first.series == second.series
    assert (first.number is None) == (second.number is None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GX010123", "GX020124"),
        ("GX010123", "GH020123"),
        ("DAY1_A1_JAKE_11094208", "DAY1_A2_ALICE_11094208"),
        ("20240131_181530_NF", "20240131_181630_NR"),
        ("cam1_20240131_181530", "cam2_20240131_181630"),
        ("VID_20240131_181530_00_001", "VID_20240131_181530_10_001"),
        ("MVI_0001", "IMG_0002"),
    ],
)
def test_names_of_different_series_are_told_apart(one: str, other: str) -> None:
    first, second = part_of(one), part_of(other)
    assert first is None or second is None or first.series != second.series


@pytest.mark.parametrize("name", ["holiday", "cam1", "part 2", "IMG-20240131"])
def test_names_that_neither_count_nor_date_stand_alone(name: str) -> None:
    assert part_of(name) is None


def test_chapters_that_repeat_the_first_ones_time_continue_from_its_end() -> None:
    parts = [filmed(f"GX0{n}0123.MP4", 0.0, 100.0) for n in (1, 2, 3)]
    assert takes(parts) == [["GX010123.MP4", "GX020123.MP4", "GX030123.MP4"]]
    assert starts(parts) == {"GX010123.MP4": 0, "GX020123.MP4": 100, "GX030123.MP4": 200}
    sources = [one.time_source for one in join_chapters(parts)]
    assert sources == [TimeSource.CONTAINER, TimeSource.TAKE, TimeSource.TAKE]


def test_chapters_whose_own_time_can_be_true_keep_it() -> None:
    parts = [filmed("GOPR0123.MP4", 0.0, 100.0), filmed("GP010123.MP4", 101.0, 100.0)]
    assert starts(parts) == {"GOPR0123.MP4": 0, "GP010123.MP4": 101}
    assert takes(parts) == [["GOPR0123.MP4", "GP010123.MP4"]]


def test_chapters_follow_a_first_one_that_satellites_or_the_person_dated() -> None:
    for source in (TimeSource.GPS, TimeSource.USER):
        parts = [filmed("GX010123.MP4", 0.0, 100.0, source=source), filmed("GX020123.MP4", -9e7)]
        assert starts(parts)["GX020123.MP4"] == 100


def test_a_reused_file_number_of_another_day_is_no_chapter() -> None:
    parts = [filmed("GX010123.MP4", 0.0, 100.0), filmed("GX020123.MP4", 9e6)]
    assert takes(parts) == []
    assert starts(parts)["GX020123.MP4"] == 9e6


def test_parts_that_touch_are_one_take_and_keep_their_own_times() -> None:
    clips = [
        filmed(f"DAY1_A1_JAKE_1200{30 * n:02}00.mp4", 30.0 * n, 30.03, device="A1_JAKE")
        for n in range(2)
    ]
    later = filmed("DAY1_A1_JAKE_12050000.mp4", 300.0, device="A1_JAKE")
    assert takes([*clips, later]) == [[Path(one.path).name for one in clips]]
    assert [one.start - NOON for one in join_chapters(clips)] == [0, 30]


def test_a_counter_that_leaps_ends_the_take() -> None:
    parts = [filmed("DJI_0001.MP4", 0.0), filmed("DJI_0003.MP4", 30.0)]
    assert takes(parts) == []
    assert takes([*parts, filmed("DJI_0002.MP4", 30.0, 0.5)]) != []


@pytest.mark.parametrize("change", ["folder", "device"])
def test_other_folders_and_devices_are_never_joined(store: Store, change: str) -> None:
    put(store, filmed("DJI_0001.MP4", 0.0))
    put(store, filmed("DJI_0002.MP4", 30.0, **{change: "/elsewhere"}))
    assert not any(one.take for one in store.recordings.all())


def test_cameras_that_name_alike_and_overlap_are_never_joined(store: Store) -> None:
    # Two cameras without a name of their own that fill one folder in turn.
    for n in range(4):
        put(store, filmed(f"20240131_12000{n}.mp4", 15.0 * n, 30.0, device=""))
    assert not any(one.take for one in store.recordings.all())


def test_a_recording_that_comes_between_parts_them(store: Store) -> None:
    for n in range(3):
        put(store, filmed(f"20240131_12{n:02}00.mp4", 60.0 * n, 60.0))
    assert len({one.take for one in store.recordings.all()}) == 1
    put(store, filmed("20240131_120130.mp4", 90.0, 10.0))  # overlaps the second
    assert not any(one.take for one in store.recordings.all())


SCENES = {
    "repeated": [filmed(f"GX0{n}0123.MP4", 0.0, 47.0) for n in (1, 2, 3, 4)],
    "by satellite": [
        filmed("GX010123.MP4", 0.0, 47.0, source=TimeSource.GPS),
        filmed("GX020123.MP4", 47.5, 47.0),
        filmed("GX030123.MP4", -9e6, 47.0),
        filmed("GX040123.MP4", 0.0, 47.0, source=TimeSource.FILE_TIME),
    ],
    "file times": [
        filmed("GOPR0123.MP4", 0.0, 47.0, source=TimeSource.FILE_TIME),
        filmed("GP010123.MP4", 12.0, 47.0, source=TimeSource.FILE_TIME),
        filmed("GP020123.MP4", 80.0, 47.0),
    ],
    "counted": [filmed(f"0000{n}.MTS", 47.0 * n, 47.2) for n in range(4)],
    "named": [
        filmed(f"DAY1_A1_JAKE_1200{n:02}00.mp4", float(n), 15.0, device="A1_JAKE")
        for n in (0, 15, 30)
    ],
}


@pytest.mark.parametrize("name", SCENES)
def test_the_order_of_arrival_does_not_matter(tmp_path: Path, name: str) -> None:
    orders = list(itertools.permutations(SCENES[name]))
    results = []
    for number, order in enumerate(random.Random(0).sample(orders, min(len(orders), 8))):
        home = Store.open(tmp_path / str(number))
        for recording in order:
            put(home, recording)
        results.append(settled(home))
        home.close()
    assert all(result == results[0] for result in results)
    assert any(take for take, *_ in results[0].values())


chapters = st.lists(
    st.tuples(
        st.floats(-2e5, 2e5).map(lambda at: round(at, 1)),
        st.floats(1, 2000).map(lambda length: round(length, 1)),
        st.sampled_from([s for s in TimeSource if s is not TimeSource.TAKE]),
    ),
    min_size=2,
    max_size=5,
)


@given(chapters, st.randoms(use_true_random=False))
def test_chapters_end_alike_whatever_came_first(
    drawn: list[tuple[float, float, TimeSource]], dice: random.Random
) -> None:
    parts = [
        filmed(f"GX0{n}0123.MP4", start, length, source=source)
        for n, (start, length, source) in enumerate(drawn, 1)
    ]
    at_once = sorted(join_chapters(parts), key=lambda one: one.path)
    dice.shuffle(parts)
    one_by_one: list[Recording] = []
    for part in parts:
        one_by_one = join_chapters([*one_by_one, part])
    ended = sorted(one_by_one, key=lambda one: one.path)
    assert [(a.take, a.time_source) for a in ended] == [(b.take, b.time_source) for b in at_once]
    assert [a.start for a in ended] == pytest.approx([b.start for b in at_once])
    assert join_chapters(ended) == sorted(join_chapters(ended), key=lambda one: one.path)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([1.0, 3.0, 5.0]), st.booleans()),
        min_size=1,
        max_size=8,
        unique_by=lambda drawn: (drawn[0], drawn[2]),
    )
)
def test_takes_never_hold_recordings_that_overlap(drawn: list[tuple[int, float, bool]]) -> None:
    parts = [
        filmed(f"2024-01-31_12-00-{at:02}.mp4", 3.0 * at, length * 1.0, folder=f"/{front}")
        for at, length, front in drawn
    ]
    joined = [filmed(f"GX0{n}0123.MP4", 3600.0 + 60 * n, 60.0, folder="/c") for n in (1, 2)]
    for front in (True, False):
        here = [one for one in parts if one.path.startswith(f"/{front}")]
        arranged = sorted(join_chapters([*here, *joined]), key=lambda one: one.start)
        assert [one.take for one in arranged[-2:]] == [joined[0].id] * 2
        for a, b in itertools.pairwise([one for one in arranged if one.take]):
            assert a.take != b.take or b.start >= a.span.end - 2


@pytest.mark.parametrize("folder", ["/card", "/c\udce4rd", "home"])
def test_chapters_are_joined_in_a_folder_of_any_name(store: Store, folder: str) -> None:
    place = str(store.media.uploads) if folder == "home" else folder
    first = put(store, filmed("GX010123.MP4", 5.0, 47.0, folder=place))
    put(store, filmed("GX020123.MP4", 5.0, 47.0, folder=place))
    assert {one.take for one in store.recordings.all()} == {first.id}


def test_what_was_perceived_moves_with_a_chapter_that_is_counted_on(store: Store) -> None:
    late = put(store, filmed("GX020123.MP4", 5.0, 47.0))
    clips = store.recordings.clips(late.id)
    store.ledger.enter([clips[0].id], "speech", "1")  # a clip is done: nothing may be cut anew
    put(store, filmed("GX010123.MP4", 5.0, 47.0))
    moved = store.recordings.clips(late.id)
    assert [clip.id for clip in moved] == [clip.id for clip in clips]
    assert [clip.span.duration for clip in moved] == [clip.span.duration for clip in clips]
    assert moved[0].span.start == NOON + 52.0
    assert store.ledger.done(late.id, "speech", "1") == {clips[0].id}


def test_deleting_the_first_part_leaves_the_rest_a_take(store: Store) -> None:
    first, second, third = (put(store, one) for one in SCENES["counted"][:3])
    head = store.recordings.get(first.id)
    assert head is not None
    store.delete_recording(first.id)
    join_takes(store, head)
    assert {one.take for one in store.recordings.all()} == {second.id}
    assert [one.id for one in store.recordings.all()] == [second.id, third.id]
