"""Work that is held, deleted or overtaken while it goes on, and clocks that jump (30, 31, 42)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from ingest.jobs import job_runner as job_module
from ingest.stages.sight_stage import Eyes, SightStage
from memory.repositories.lease_owner import is_gone, this_process
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Clip, Frame, Observation, Sighting
from memory.types.ingest_progress import IngestProgress
from memory.types.jobs import Job, JobState
from tests.faults.homes import CLIPS, Contents, check
from tests.faults.minds import Compass, Minds, Writer, readable, work
from tests.media import make_audio, make_video, scene, silence

CANARY = "zanzibarcanary"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A film of three blocks whose name nobody must find again, and a sound of two clips.

    The film is the newer one and thus the first to be worked on.
    """
    place = tmp_path_factory.mktemp("files")
    shown = [scene(number, 64, 48) for number in range(7)]  # one that stays is looked at once
    sound = make_audio(place / "other.wav", silence(40.0))
    os.utime(sound, (1_772_445_525.0, 1_772_445_525.0))
    film = place / f"{CANARY}.mp4"
    return [make_video(film, shown, seconds=140, fps=1, gop=1, audio=silence(140.0)), sound]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Contents:
    """What a home holds that nothing disturbed."""
    home = tmp_path_factory.mktemp("whole") / "home"
    work(home, files, Minds())
    return check(home)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Store]:
    """The same home as another process has it open."""
    opened = Store.open(tmp_path / "home")
    yield opened
    opened.close()


def holding(home: Path, word: str) -> list[Path]:
    """The files of the home with the word in their name or anywhere inside."""
    return [
        path
        for path in home.rglob("*")
        if word in path.name.lower()
        or (path.is_file() and word.encode() in path.read_bytes().lower())
    ]


def test_fault_30_work_that_is_held_stops_at_once_and_goes_on_where_it_was(
    tmp_path: Path,
    files: list[Path],
    whole: Contents,
    beside: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_module.Progress, "EVERY", 0.0)
    home = tmp_path / "home"

    def hold(progress: IngestProgress) -> None:
        if progress.stage == "caption":
            beside.jobs.pause(True)

    (result, *none) = work(home, files, Minds(), hold)
    assert (result.status, none) == ("waiting", [])
    assert readable(result.message)
    assert "egobutler queue resume" in result.message
    found = check(home)
    assert {one.state for one in found.jobs.values()} == {JobState.QUEUED}
    done = len(beside.memories.overlapping("clip"))
    assert 0 < done <= CLIPS, "no more than the block that it was in"
    beside.jobs.pause(False)
    assert [one.status for one in work(home, files, Minds())] == ["indexed", "indexed"]
    assert check(home) == whole


class _Looker:
    """Stands for eyes: sees nothing, but tells when it looks."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look

    def read(self, clip: Clip, shown: Sequence[Frame]) -> list[Sighting]:
        self._look()
        return []


@pytest.mark.parametrize("at", ["sights", "caption"])
def test_fault_30_a_recording_deleted_while_it_is_indexed_is_gone_and_stays_away(
    tmp_path: Path, files: list[Path], beside: Store, at: str
) -> None:
    home, looks = tmp_path / "home", list[int]()

    def delete(when: str) -> None:
        looks.extend([1] * (when == at))
        if len(looks) == CLIPS + 1:  # in the middle of the second block
            for one in beside.recordings.all():
                if CANARY in one.id:
                    beside.delete_recording(one.id)

    eyes = Eyes(_Looker(lambda: delete("sights")))  # type: ignore[arg-type]
    captions = Writer(lambda seen: delete("caption") if CANARY in seen.clip.id else None)
    more = (SightStage("1", lambda: eyes),) if at == "sights" else ()
    results = {one.path.name: one for one in work(home, files, Minds(captions, more=more))}
    told = results[files[0].name]
    assert (told.status, results["other.wav"].status) == ("skipped", "indexed")
    assert "deleted" in told.message
    assert [Path(one.path).name for one in check(home).recordings] == ["other.wav"]
    assert not list((home / "thumbnails").rglob("*.jpg"))
    assert work(home, files, Minds()) == [], "nothing brings it back by itself"
    assert not holding(home, CANARY)


def test_fault_31_no_word_of_a_deleted_recording_is_left_in_the_home(
    tmp_path: Path, files: list[Path], beside: Store
) -> None:
    home = tmp_path / "home"
    eyes = Eyes(_Looker(lambda: None))  # type: ignore[arg-type]
    said = Writer(lambda seen: f"I say {CANARY}." if CANARY in seen.clip.id else None)
    work(home, files, Minds(said, Compass(), (SightStage("1", lambda: eyes),)))
    assert len(holding(home, CANARY)) > 5, "the database and a thumbnail of each clip"
    assert beside.as_of(1e12).search_text([CANARY], "clip")
    (recording,) = (one for one in beside.recordings.all() if CANARY in one.id)
    beside.delete_recording(recording.id)
    summaries.rebuild(beside)
    assert not holding(home, CANARY), "not even while the home is open"
    assert not beside.as_of(1e12).search_text([CANARY], "day")
    assert files[0].exists(), "the original is the person's"
    check(home)
    assert work(home, files, Minds(said)) == []


def _times(monkeypatch: pytest.MonkeyPatch, jumps: random.Random) -> None:
    """From now on each look at the clock finds it set to another hour, day or year."""
    true, steps = time.time, (0.0, 0.0, 3_700.0, -3_700.0, 86_400.0, -90_000.0, 4e7, -4e7)
    monkeypatch.setattr(time, "time", lambda: true() + jumps.choice(steps))


@pytest.mark.parametrize("seed", range(2))
def test_fault_42_a_clock_that_jumps_loses_no_job(
    tmp_path: Path,
    files: list[Path],
    whole: Contents,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_module, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(job_module.Progress, "EVERY", 0.0)
    home, failures = tmp_path / "home", list[str]()

    def stumbles(seen: Observation) -> None:
        if len(failures) < 2:
            failures.append(seen.clip.id)
            raise RuntimeError("bad luck")

    with monkeypatch.context() as patch:
        _times(patch, random.Random(seed))
        began = time.monotonic()
        results = work(home, files, Minds(Writer(stumbles)))
        assert time.monotonic() - began < 60
    assert len([one for one in results if one.status == "indexed"]) == 2
    found = check(home)
    assert found == whole
    for job in found.jobs.values():
        assert (job.state, job.owner, job.lease_until) == (JobState.DONE, "", 0.0)
    store = Store.open(home)
    assert store.jobs.speed is not None
    assert store.jobs.speed > 0
    store.close()


def test_fault_42_a_job_that_another_process_took_over_is_left_to_it(
    tmp_path: Path, files: list[Path], beside: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module.Progress, "EVERY", 0.0)
    taken = list[Job]()

    def leap(progress: IngestProgress) -> None:
        """Another process, for which a day has passed, takes the job over and ends it."""
        if taken:
            beside.jobs.finish(taken[0], JobState.DONE)
        elif progress.stage == "sounds":
            job = beside.jobs.claim("elsewhere:1:0", now=time.time() + 86_400)
            assert job is not None
            taken.append(job)

    (result,) = work(tmp_path / "home", files[1:], Minds(), leap)
    assert result.status == "waiting"
    assert readable(result.message)
    assert check(tmp_path / "home").jobs["other.wav"].state == JobState.DONE


def test_fault_42_a_process_lives_on_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, booted = this_process(), psutil.boot_time()
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: booted + 7_200.0)
    assert not is_gone(owner)
    assert is_gone(owner.rsplit(":", 1)[0] + ":5.0")


def test_fault_42_a_pause_of_years_was_set_by_a_wrong_clock_and_is_not_kept(
    tmp_path: Path, files: list[Path], beside: Store
) -> None:
    now = time.time()
    beside.jobs.add(files[0], now=now)
    job = beside.jobs.claim(this_process(), now=now)
    assert job is not None
    beside.jobs.finish(job, JobState.FAILED, "no luck", not_before=now + 3e8)
    assert beside.jobs.claim(this_process(), now=now) is not None
