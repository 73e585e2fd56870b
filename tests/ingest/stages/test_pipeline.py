"""The ledger: nothing is done twice, nothing is lost, and a broken run converges to a whole one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TypeVar

import pytest

from egogpt.registry import load_captioner
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.jobs.intake import Intake, take_in
from ingest.speech.progress import report_share
from ingest.stages import pipeline
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.pipeline import plan_stages
from ingest.stages.sound_stages import SoundStage
from ingest.stages.stages import PerceptionStage, Stage
from ingest.vision.detectors.sound_events import SoundReader
from memory.store import summary_builder as summaries
from memory.store.store import Store
from tests.ingest.stages.digests import digesting, noisy_video
from tests.media import make_audio, make_video, scene, tone

S = TypeVar("S", bound=Stage)
START = datetime(2026, 3, 2, 9, 58, 45, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("short_blocks")


class PowerCut(Exception):
    """Stands for a process that dies between two statements."""


def around(stage: S, step: Callable[[Callable[[], None]], None]) -> S:
    """The real stage, but for ``step`` around what it does with each block's rows."""
    wrapped, name = copy(stage), "write" if isinstance(stage, PerceptionStage) else "run"
    do = getattr(stage, name)
    setattr(wrapped, name, lambda *block: step(lambda: do(*block)))
    return wrapped


def fragile(stage: S, *, after: bool) -> S:
    """A real stage that dies before or after its first block."""

    def step(do: Callable[[], None]) -> None:
        if after:
            do()
        raise PowerCut

    return around(stage, step)


def counting(stage: S, blocks: list[str]) -> S:
    """A real stage that notes its name for each block."""

    def step(do: Callable[[], None]) -> None:
        blocks.append(stage.name)
        do()

    return around(stage, step)


def half_heard(stage: S) -> S:
    """A real stage that says when it is half through."""

    def step(do: Callable[[], None]) -> None:
        report_share(0.5)
        do()

    return around(stage, step)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noisy_video(tmp_path_factory.mktemp("media"), parts=3)


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute and a half of sound: four clips in two blocks, heard without downloaded weights."""
    return make_audio(tmp_path_factory.mktemp("media") / "walk.wav", tone(90.0))


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, ...]:
    """The real stages for sound that need no weights beside the packages: sounds and captions."""
    planned = plan_stages(WeightStore(tmp_path_factory.mktemp("no-weights"))).stages
    return tuple(stage for stage in planned if stage.name != "pictures")


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, stages: tuple[Stage, ...], long_sound: Path
) -> Iterator[Store]:
    """What a run that nothing stopped leaves."""
    whole = Store.open(tmp_path_factory.mktemp("undisturbed") / "whole")
    run(whole, stages, take_in(whole, long_sound, start=START))
    yield whole
    whole.close()


def _ignore(stage: str, done: int, total: int) -> None:
    pass


def run(store: Store, stages: Sequence[Stage], intake: Intake) -> None:
    pipeline.run(store, stages, intake.recording, intake.probed(), None, _ignore, InProcess())
    summaries.rebuild(store)


def test_every_clip_of_a_recording_becomes_a_memory(undisturbed: Store) -> None:
    (recording,) = undisturbed.recordings.all()
    assert len(undisturbed.recordings.clips(recording.id)) == 4  # :45 to :00 is a partial clip
    levels = ("clip", "ten_minutes", "hour", "day")
    assert [len(undisturbed.memories.overlapping(level)) for level in levels] == [4, 2, 2, 1]


def test_without_weights_the_stages_that_need_them_wait_and_say_so(tmp_path: Path) -> None:
    plan = plan_stages(WeightStore(tmp_path))
    assert [stage.name for stage in plan.stages] == ["sounds", "pictures", "caption"]
    assert "egobutler models fetch" in plan.waiting[0]


def test_a_second_run_does_nothing(
    undisturbed: Store, stages: tuple[Stage, ...], long_sound: Path
) -> None:
    before = list(undisturbed.dump())
    seen: list[str] = []
    counted = [counting(stage, seen) for stage in stages]
    run(undisturbed, counted, take_in(undisturbed, long_sound, start=START))
    assert seen == []
    assert list(undisturbed.dump()) == before


def test_how_far_a_stage_is_with_a_block_is_said_in_clips(
    store: Store, stages: tuple[Stage, ...], long_sound: Path
) -> None:
    intake, heard = take_in(store, long_sound, start=START), list[tuple[str, int, int]]()
    half, name = [half_heard(stages[0]), *stages[1:]], stages[0].name
    pipeline.run(
        store, half, intake.recording, intake.probed(), None, _ignore, InProcess(),
        partly=lambda stage, done, total: heard.append((stage, done, total)),
    )  # fmt: skip
    assert heard == [(name, 1, 4), (name, 3, 4)]


def test_a_run_that_died_everywhere_ends_like_an_undisturbed_one(
    store: Store, stages: tuple[Stage, ...], long_sound: Path, undisturbed: Store
) -> None:
    for stage, after in product((0, 1), (False, True)):
        breaking = list(stages)
        breaking[stage] = fragile(stages[stage], after=after)
        intake = take_in(store, long_sound, start=START)
        assert pipeline.outstanding(store, stages, intake.recording)
        with pytest.raises(PowerCut):
            run(store, breaking, intake)
    run(store, stages, take_in(store, long_sound, start=START))
    assert not pipeline.outstanding(store, stages, intake.recording)
    assert list(store.dump()) == list(undisturbed.dump())


def test_a_run_interrupted_after_each_block_hears_and_sees_what_an_undisturbed_one_does(
    tmp_path: Path, noisy: Path
) -> None:
    whole, broken = Store.open(tmp_path / "whole"), Store.open(tmp_path / "broken")
    run(whole, digesting(), take_in(whole, noisy, start=START))
    for stage in (0, 1, 2, 4, 5) * 2:  # of two blocks; the pictures come with the sights
        breaking = digesting()
        breaking[stage] = fragile(breaking[stage], after=True)
        with pytest.raises(PowerCut):
            run(broken, breaking, take_in(broken, noisy, start=START))
    run(broken, digesting(), take_in(broken, noisy, start=START))
    assert len({line for line in broken.dump() if line.startswith("utterance")}) == 5
    assert list(broken.dump()) == list(whole.dump())
    whole.close()
    broken.close()


def test_a_renamed_file_is_the_same_recording(store: Store, tmp_path: Path) -> None:
    first = make_video(tmp_path / "first.mp4", [scene(1)], seconds=2, audio=tone(2.0))
    known = take_in(store, first, start=START)
    moved = first.rename(tmp_path / "moved.mp4")
    again = take_in(store, moved)
    assert (again.probe, again.recording.id) == (None, known.recording.id)
    assert len(store.recordings.all()) == 1
    assert store.recordings.all()[0].path == str(moved)


def test_a_copy_of_a_file_that_is_still_there_changes_nothing(store: Store, tmp_path: Path) -> None:
    first = make_video(tmp_path / "first.mp4", [scene(1)], seconds=2)
    take_in(store, first, start=START)
    before = list(store.dump())
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(first.read_bytes())
    assert take_in(store, copy).probe is None
    assert list(store.dump()) == before


def test_a_new_version_of_one_stage_redoes_that_stage_and_the_captions_only(
    undisturbed: Store, long_sound: Path
) -> None:
    intake = take_in(undisturbed, long_sound, start=START)
    seen: list[str] = []
    newer = counting(SoundStage("improved", SoundReader), seen)
    captions = counting(CaptionStage(load_captioner("composed"), "sounds-improved"), seen)
    for _ in range(2):
        run(undisturbed, [newer, captions], intake)
        assert seen == ["sounds", "caption"] * 2
