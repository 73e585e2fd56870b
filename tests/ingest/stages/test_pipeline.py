"""The ledger: nothing is done twice, nothing is lost, and a broken run converges to a whole one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import product
from pathlib import Path

import pytest

from benchmarks.media.ingest_media import repeated
from egogpt.registry import load_captioner
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.jobs.intake import Intake, take_in
from ingest.speech.progress import report_share
from ingest.stages import pipeline
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.pipeline import plan_stages
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.stages import ClipBlock, SoundStage, SpeechStage, Stage
from ingest.vision.detectors.sound_events import SoundReader
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Frame, Recording, Sighting, Span, Utterance
from tests.media import Sound, make_audio, make_video, noise, scene, tone

START = datetime(2026, 3, 2, 9, 58, 45, tzinfo=UTC)


class PowerCut(Exception):
    """Stands for a process that dies between two statements."""


class Fragile:
    """A real stage that dies once, before or after its n-th block."""

    def __init__(self, stage: Stage, block: int, *, after: bool) -> None:
        self.name, self.version, self._stage = stage.name, stage.version, stage
        self._left, self._after = block, after

    def applies(self, recording: Recording) -> bool:
        return self._stage.applies(recording)

    def load(self) -> None:
        self._stage.load()

    def run(self, store: Store, block: ClipBlock) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise PowerCut
        self._stage.run(store, block)
        if self._left == 0:
            raise PowerCut


class Counting(Fragile):
    """A real stage that counts its blocks."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, -1, after=True)
        self.blocks = 0

    def run(self, store: Store, block: ClipBlock) -> None:
        self.blocks += 1
        self._stage.run(store, block)


class HalfHeard(Counting):
    """A real stage that says when it is half through."""

    def run(self, store: Store, block: ClipBlock) -> None:
        report_share(0.5)
        super().run(store, block)


class Digests:
    """Hears and sees whatever differs: every sample and every pixel counts."""

    name = version = "digests"

    def transcribe(self, samples: Sound, start: float) -> list[Utterance]:
        span = Span(start + 10, start + 11)
        return [Utterance(span, blake2b(samples.tobytes(), digest_size=8).hexdigest())]

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        seen = b"".join(frame.image.tobytes() for frame in frames)
        digest = blake2b(seen, digest_size=8).hexdigest()
        return [Sighting(clip.span, "object", digest, 1.0)]


def _digesting() -> list[Stage]:
    return [
        SpeechStage("digests", Digests),
        SightStage("digests", lambda: Eyes(Digests())),
        CaptionStage(load_captioner("composed"), "digests"),
    ]


@pytest.fixture(scope="module")
def noisy_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight minutes, which is three blocks: AAC of noise, and a keyframe every 40 s."""
    part = make_video(
        tmp_path_factory.mktemp("media") / "walk.mp4",
        [scene(n, 64, 48) for n in range(4)],
        seconds=40,
        fps=2,
        gop=80,
        audio=noise(40),
        audio_options={"b": "24k"},
    )
    return repeated(part, 12)


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of sound: eleven clips in two blocks, heard without any downloaded weights."""
    return make_audio(tmp_path_factory.mktemp("media") / "walk.wav", tone(300.0))


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
    assert len(undisturbed.recordings.clips(recording.id)) == 11  # :45 to :00 is a partial clip
    levels = ("clip", "ten_minutes", "hour", "day")
    assert [len(undisturbed.memories.overlapping(level)) for level in levels] == [11, 2, 2, 1]


def test_without_weights_the_stages_that_need_them_wait_and_say_so(tmp_path: Path) -> None:
    plan = plan_stages(WeightStore(tmp_path))
    assert [stage.name for stage in plan.stages] == ["sounds", "pictures", "caption"]
    assert "egobutler models fetch" in plan.waiting[0]


def test_a_second_run_does_nothing(
    undisturbed: Store, stages: tuple[Stage, ...], long_sound: Path
) -> None:
    before = list(undisturbed.dump())
    counting = [Counting(stage) for stage in stages]
    run(undisturbed, counting, take_in(undisturbed, long_sound, start=START))
    assert [stage.blocks for stage in counting] == [0, 0]
    assert list(undisturbed.dump()) == before


def test_how_far_a_stage_is_with_a_block_is_said_in_clips(
    store: Store, stages: tuple[Stage, ...], long_sound: Path
) -> None:
    intake, heard = take_in(store, long_sound, start=START), list[tuple[str, int, int]]()
    half, name = [HalfHeard(stages[0]), *stages[1:]], stages[0].name
    pipeline.run(
        store, half, intake.recording, intake.probed(), None, _ignore, InProcess(),
        partly=lambda stage, done, total: heard.append((stage, done, total)),
    )  # fmt: skip
    assert heard == [(name, 4, 11), (name, 9, 11)]


def test_a_run_that_died_everywhere_ends_like_an_undisturbed_one(
    store: Store, stages: tuple[Stage, ...], long_sound: Path, undisturbed: Store
) -> None:
    for _block, stage, after in product((1, 2), (0, 1), (False, True)):
        breaking = list(stages)
        breaking[stage] = Fragile(stages[stage], 1, after=after)  # the first that is left of two
        intake = take_in(store, long_sound, start=START)
        assert pipeline.outstanding(store, stages, intake.recording)
        with pytest.raises(PowerCut):
            run(store, breaking, intake)
    run(store, stages, take_in(store, long_sound, start=START))
    assert not pipeline.outstanding(store, stages, intake.recording)
    assert list(store.dump()) == list(undisturbed.dump())


def test_a_run_interrupted_after_each_block_hears_and_sees_what_an_undisturbed_one_does(
    tmp_path: Path, noisy_video: Path
) -> None:
    whole, broken = Store.open(tmp_path / "whole"), Store.open(tmp_path / "broken")
    run(whole, _digesting(), take_in(whole, noisy_video, start=START))
    for stage in (0, 1, 2) * 3:
        breaking = _digesting()
        breaking[stage] = Fragile(breaking[stage], 1, after=True)
        with pytest.raises(PowerCut):
            run(broken, breaking, take_in(broken, noisy_video, start=START))
    run(broken, _digesting(), take_in(broken, noisy_video, start=START))
    assert len({line for line in broken.dump() if line.startswith("utterance")}) == 3
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
    newer = Counting(SoundStage("improved", SoundReader))
    captions = Counting(CaptionStage(load_captioner("composed"), "sounds-improved"))
    for _ in range(2):
        run(undisturbed, [newer, captions], intake)
        assert (newer.blocks, captions.blocks) == (2, 2)
