"""Short recordings pass long ones, which go on all the same; estimates are of what is there."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_captioner
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue, queue_report
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.pipeline import StagePlan
from memory.store.store import Store
from memory.types.core import Observation, RecordingState
from memory.types.ingest_progress import IngestProgress
from memory.types.jobs import Job, JobState
from tests.faults.minds import Writer
from tests.media import tone, write_wav


class Captions:
    """The stages of a machine without any weights, less those that listen."""

    def stages(self) -> StagePlan:
        return StagePlan((CaptionStage(load_captioner("composed"), "none"),))

    def embedder(self) -> Embedder | None:
        return None

    def embedder_name(self) -> str | None:
        return None

    def pictures(self) -> PictureEmbedder | None:
        return None

    def pictures_name(self) -> str | None:
        return None


def recording(path: Path, seconds: float, age: float) -> Path:
    """A recording that no other equals, last changed so many seconds ago."""
    write_wav(path, tone(seconds, hertz=200 + age, rate=4_000), rate=4_000)
    os.utime(path, (time.time() - age,) * 2)
    return path


def worked(store: Store, paths: list[Path], arriving: Path | None = None) -> list[str]:
    """Names in the order of the blocks that were worked on, "!" behind those that ended.

    ``arriving`` is queued once the first block is done.
    """
    queue, seen = IngestQueue(store, Captions(), InProcess()), list[str]()

    def listen(progress: IngestProgress) -> None:
        if progress.stage == "caption":
            at_work = f"{progress.path.stem} {progress.done}"
            seen.extend([] if at_work in seen else [at_work])
            if arriving is not None:
                queue.add([arriving])

    queue.add(paths)
    for result in queue.work(listen):
        assert result.status == "indexed", result
        seen.append(f"{result.path.stem}!")
    return seen


def test_short_recordings_pass_a_long_one(store: Store, tmp_path: Path) -> None:
    long = recording(tmp_path / "long.wav", 600, 0)
    short = [recording(tmp_path / f"short{n}.wav", 10, 9 + n) for n in range(2)]
    seen = worked(store, [long, *short])
    assert seen[0].startswith("long ")
    assert [step for step in seen if "!" in step] == ["short0!", "short1!", "long!"]
    assert seen.index("short1!") < 6, "all of it after the first block of the long one"
    assert len([step for step in seen if step.startswith("long ")]) >= 3
    assert {one.state for one in store.recordings.all()} == {RecordingState.READY}


def test_a_recording_that_comes_while_a_long_one_is_at_work_need_not_wait_for_its_end(
    store: Store, tmp_path: Path
) -> None:
    long = recording(tmp_path / "long.wav", 600, 0)
    seen = worked(store, [long], recording(tmp_path / "short.wav", 10, 9))
    assert seen[1].startswith("short ")
    assert seen[2] == "short!"
    assert seen[-1] == "long!"


def test_a_long_recording_is_not_starved(store: Store, tmp_path: Path) -> None:
    short = [recording(tmp_path / f"short{n}.wav", 1, 9 + n) for n in range(18)]
    seen = worked(store, [recording(tmp_path / "long.wav", 990, 0), *short])
    turns = "".join("L" if step.startswith("long") else "s" for step in seen if "!" not in step)
    assert max(len(passed) for passed in turns.split("L")) == 8
    assert turns.startswith("LssssssssLssssssssLss")


def test_of_two_long_recordings_the_newest_is_done_first(store: Store, tmp_path: Path) -> None:
    paths = [recording(tmp_path / f"long{n}.wav", 600, 9 * n) for n in range(2)]
    seen = worked(store, paths)
    assert [step for step in seen if "!" in step] == ["long0!", "long1!"]


def test_a_run_that_gave_way_ends_like_one_that_did_not(store: Store, tmp_path: Path) -> None:
    long = recording(tmp_path / "long.wav", 600, 0)
    short = recording(tmp_path / "short.wav", 10, 9)
    assert worked(store, [long, short])[1].startswith("short ")
    alone = Store.open(tmp_path / "alone")
    for path in (short, long):
        worked(alone, [path])
    assert list(store.dump()) == list(alone.dump())
    alone.close()


def put(store: Store, path: Path, state: JobState, seconds: float, **changes: object) -> Job:
    job = store.jobs.add(path, now=time.time())
    return store.jobs.finish(job, state, seconds=seconds, **changes)


def test_an_estimate_goes_with_its_file(store: Store, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("done.mp4", "next.mp4", "odd.wav", "long.mp4")]
    for path in paths:
        path.write_bytes(bytes(1_000))
    put(store, paths[0], JobState.DONE, 60.0)
    put(store, paths[1], JobState.QUEUED, 0.0)
    odd, long = (put(store, path, JobState.QUEUED, 360_000.0) for path in paths[2:])
    store.jobs.note_speed(2.0)

    def left() -> float:
        return queue_report(store).seconds_left or 0.0

    assert left() > 360_000
    store.jobs.finish(odd, JobState.QUARANTINED, "odd.wav: is odd")
    store.jobs.finish(long, JobState.QUEUED, done=50, total=100)
    assert left() == pytest.approx((180_000 + 1_000 * 360_060 / 2_000) / 2)
    paths[3].unlink()
    assert left() == pytest.approx(30.0)
    store.jobs.forget([long.id])
    assert left() == pytest.approx(30.0)


def test_what_a_captioner_fails_at_is_told_of_its_own_recording(
    store: Store, tmp_path: Path
) -> None:
    odd, fine = recording(tmp_path / "odd.wav", 20, 60), recording(tmp_path / "fine.wav", 20, 90)

    def refuse(observation: Observation) -> None:
        if observation.clip.recording_id.startswith("odd"):
            raise ValueError("the clip is too long")

    plan = StagePlan((CaptionStage(Writer(refuse), "1", load_captioner("composed")),))

    class Refusing(Captions):
        def stages(self) -> StagePlan:
            return plan

    queue = IngestQueue(store, Refusing(), InProcess())
    queue.add([odd, fine])
    told = {result.path.stem: result.message for result in queue.work(lambda _: None)}
    assert "writer could not caption" in told["odd"]
    assert "too long" in told["odd"]
    assert "caption" not in told["fine"]
    queue.wake()  # nothing has changed, so that nothing is tried again
    states = {Path(job.path).stem: job.state for job in store.jobs.all()}
    assert states == {"odd": JobState.WAITING, "fine": JobState.DONE}
