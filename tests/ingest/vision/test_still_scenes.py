"""What repeats is looked at once, for its whole span; and what is doubtful a second time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.vision.detectors.boxes import Detection
from ingest.vision.frame_selection import (
    SECOND_LOOKS,
    FrameDetections,
    frame_period,
    second_pass,
    spread,
    uncertain,
)
from ingest.vision.object_tracks import TrackRule
from ingest.vision.still_scenes import (
    LOOK_EVERY,
    LOOK_STILL,
    RepeatReader,
    Shot,
    glance,
    is_still,
    shots,
    still_scene,
)
from memory.types.core import Clip, Frame, Sighting, Span
from tests.media import make_video, scene

RULES = {"objects": TrackRule(looks=2, repeated=0.4, once=0.6)}


def noise(seed: int, size: int = 64) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)


def grainy(image: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    grain = np.random.default_rng(seed).normal(0, 8, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def shots_of(frames: Sequence[Frame]) -> list[Shot]:
    return shots(frames, [glance(frame.image) for frame in frames])


def cup(confidence: float) -> FrameDetections:
    return FrameDetections(objects=(Detection("cup", confidence, (0, 0, 1, 1)),))


def test_grain_does_not_make_a_still_scene_move_but_a_small_thing_does() -> None:
    desk = scene(1, 320, 240)
    assert is_still(glance(grainy(desk, 1)), glance(grainy(desk, 2)))
    with_phone = desk.copy()
    with_phone[100:130, 100:130] = 255 - with_phone[100:130, 100:130]
    assert not is_still(glance(desk), glance(with_phone))


def test_a_still_scene_is_looked_at_every_ten_seconds_and_a_moving_one_every_three() -> None:
    still = [Frame(float(at), grainy(scene(1), at)) for at in range(30)]
    moving = [Frame(float(at), np.roll(scene(1), 8 * at, axis=1)) for at in range(30)]
    assert len(shots_of(still)) == 30 / LOOK_STILL
    assert len(shots_of(moving)) == 30 / LOOK_EVERY


def test_a_cut_begins_a_new_shot() -> None:
    frames = [Frame(float(at), scene(1 if at < 5 else 2)) for at in range(9)]
    assert [(shot.first, shot.last) for shot in shots_of(frames)] == [(0, 4), (5, 8)]


def test_the_sharpest_picture_of_a_shot_is_the_one_that_is_looked_at() -> None:
    frames = [Frame(float(at), scene(1), 0.9 if at == 3 else 0.5) for at in range(6)]
    assert [shot.best for shot in shots_of(frames)] == [3]


@given(
    st.lists(
        st.tuples(st.floats(0.1, 20), st.integers(0, 3), st.floats(0, 1)), min_size=0, max_size=25
    )
)
def test_shots_cover_all_frames_once_in_order(drawn: list[tuple[float, int, float]]) -> None:
    at, frames = 0.0, []
    for step, number, sharp in drawn:
        at += step
        frames.append(Frame(at, scene(number, 32, 32), sharp))
    found = shots_of(frames)
    covered = [index for shot in found for index in range(shot.first, shot.last + 1)]
    assert covered == list(range(len(frames)))
    for shot in found:
        inside = frames[shot.first : shot.last + 1]
        assert frames[shot.best].quality == max(frame.quality for frame in inside)
        assert inside[-1].at - inside[0].at < LOOK_STILL


def test_each_frame_takes_the_nearest_look_of_its_own_shot() -> None:
    parts = [Shot(0, 3, 1), Shot(4, 5, 5)]
    looks = {1: cup(0.1), 3: cup(0.2), 5: cup(0.3)}
    shown = [(look.objects[0].confidence, fresh) for look, fresh in spread(parts, looks)]
    assert [confidence for confidence, _ in shown] == [0.1, 0.1, 0.1, 0.2, 0.3, 0.3]
    assert [fresh for _, fresh in shown] == [False, True, False, True, False, True]


def test_only_what_one_more_look_could_make_sure_of_is_doubtful() -> None:
    assert uncertain({0: cup(0.5)}, RULES) == [0]
    assert uncertain({0: cup(0.3)}, RULES) == []  # too unsure to be believed even twice
    assert uncertain({0: cup(0.7)}, RULES) == []  # believed as it is
    assert uncertain({0: cup(0.5), 3: cup(0.4)}, RULES) == []  # seen twice


def test_second_looks_are_few_and_at_pictures_that_were_not_looked_at() -> None:
    frames = [Frame(float(at), scene(0), 0.1 * (at % 3)) for at in range(30)]
    parts = [Shot(3 * n, 3 * n + 2, 3 * n + 2) for n in range(10)]
    names = [f"thing {n}" for n in range(10)]
    looks = {
        shot.best: FrameDetections(objects=(Detection(name, 0.5, (0, 0, 1, 1)),))
        for shot, name in zip(parts, names)
    }
    wanted = second_pass(parts, frames, looks, RULES)
    assert len(wanted) == SECOND_LOOKS
    assert not set(wanted) & set(looks)
    assert all(index % 3 == 1 for index in wanted)  # the sharper of the two that are left


class Counting:
    """Sees a cup for a moment of each clip, and counts the clips."""

    def __init__(self) -> None:
        self.read_clips: list[str] = []

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        self.read_clips.append(clip.id)
        start = clip.span.start
        return [Sighting(Span(start, start + 3), "object", "cup", 0.9, None, 1)]


def clip_of(number: int, seconds: int = 30) -> Clip:
    return Clip(f"r-{number}", "r", Span(30.0 * number, 30.0 * number + seconds))


def still_frames(clip: Clip, number: int) -> list[Frame]:
    times = range(int(clip.span.start), int(clip.span.end), 2)
    return [Frame(float(at), grainy(scene(number), at)) for at in times]


def test_still_clips_of_one_scene_are_looked_at_once_and_count_for_their_whole_span() -> None:
    counting = Counting()
    reader = RepeatReader(counting)
    clips = [clip_of(number) for number in range(4)]
    seen = [reader.read(clip, still_frames(clip, 1)) for clip in clips]
    assert counting.read_clips == ["r-0"]
    assert [one.span for found in seen[1:] for one in found] == [clip.span for clip in clips[1:]]


def test_another_scene_or_movement_is_looked_at() -> None:
    counting = Counting()
    reader = RepeatReader(counting)
    reader.read(clip_of(0), still_frames(clip_of(0), 1))
    reader.read(clip_of(1), still_frames(clip_of(1), 2))
    moving = [Frame(60.0 + at, np.roll(scene(2), 8 * at, axis=1)) for at in range(30)]
    reader.read(clip_of(2), moving)
    reader.read(clip_of(3), still_frames(clip_of(3), 2))
    assert counting.read_clips == ["r-0", "r-1", "r-2", "r-3"]


def test_a_slow_change_does_not_pass_unseen() -> None:
    counting = Counting()
    reader = RepeatReader(counting)
    for number in range(8):  # a little brighter from clip to clip, less than shows between two
        clip = clip_of(number)
        image = np.clip(scene(1).astype(int) // 2 + 4 * number, 0, 255).astype(np.uint8)
        reader.read(clip, [Frame(clip.span.start + at, image) for at in range(30)])
    assert len(counting.read_clips) > 2


def test_a_block_starts_afresh_so_that_a_repeated_run_says_the_same() -> None:
    counting = Counting()
    for _ in range(2):
        reader = RepeatReader(counting)
        for number in (0, 1):
            reader.read(clip_of(number), still_frames(clip_of(number), 1))
    assert counting.read_clips == ["r-0", "r-0"]


def test_a_short_first_clip_does_not_speak_for_a_long_one() -> None:
    counting = Counting()
    reader = RepeatReader(counting)
    for clip in (clip_of(0, 4), clip_of(1)):
        reader.read(clip, still_frames(clip, 1))
    assert counting.read_clips == ["r-0", "r-1"]


def test_no_frames_are_no_still_scene() -> None:
    counting = Counting()
    reader = RepeatReader(counting)
    for number in (0, 1):
        reader.read(clip_of(number), [])
    assert still_scene([]) is None
    assert counting.read_clips == ["r-0", "r-1"]


@pytest.mark.parametrize(("gop", "period"), [(10, 2.0), (20, 2.0), (40, 1.0)])
def test_frames_are_taken_more_rarely_where_each_costs_a_keyframe(
    tmp_path_factory: pytest.TempPathFactory, gop: int, period: float
) -> None:
    from ingest.probe.probe import probe

    path = tmp_path_factory.mktemp("media") / "walk.mp4"
    make_video(path, seconds=8, fps=10, gop=gop)
    assert frame_period(probe(path)) == period
