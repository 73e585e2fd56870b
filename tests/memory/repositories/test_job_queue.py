"""The queue loses nothing, gives nothing to two at once, and remembers what was given up."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.repositories.job_queue import BRIEF, LONGEST_PAUSE, is_brief
from memory.repositories.lease_owner import is_gone, this_process
from memory.store.store import Store
from memory.types.jobs import Job, JobOptions, JobState
from tests.forks import forked

NOW = 1_772_452_800.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    path.write_bytes(b"content")
    return path


def claimed(store: Store, path: Path, now: float = NOW) -> Job:
    store.jobs.add(path, now=now)
    job = store.jobs.claim(this_process(), now=now)
    assert job is not None
    return job


def test_a_file_is_queued_once(store: Store, file: Path) -> None:
    assert store.jobs.add(file, now=NOW) == store.jobs.add(file, now=NOW + 5)
    assert [job.path for job in store.jobs.all()] == [str(file)]


def test_a_claimed_job_is_nobody_elses_until_its_lease_runs_out(store: Store, file: Path) -> None:
    job = claimed(store, file)
    assert store.jobs.claim("elsewhere:1:0", now=NOW + 10) is None
    assert store.jobs.renew(job, now=NOW + 60)
    assert store.jobs.claim("elsewhere:1:0", now=NOW + 100) is None
    late = store.jobs.claim("elsewhere:1:0", now=NOW + 200)
    assert late is not None
    assert late.attempts == 1
    assert not store.jobs.renew(job, now=NOW + 201), "the first owner has lost it"


def test_the_job_of_a_process_that_died_is_free_at_once(store: Store, file: Path) -> None:
    told = file.with_suffix(".owner")
    assert forked(lambda: told.write_text(this_process())) == 0
    owner = told.read_text()
    assert is_gone(owner)
    assert not is_gone(this_process())
    store.jobs.add(file, now=NOW)
    assert store.jobs.claim(owner, now=NOW) is not None
    assert store.jobs.claim(this_process(), now=NOW + 1) is not None


@pytest.mark.parametrize(
    ("seconds", "gone"), [(0.0, False), (1.4, False), (-1.4, False), (5.0, True), (-5.0, True)]
)
def test_two_seconds_of_doubt_about_the_start_of_the_machine_are_no_death(
    seconds: float, gone: bool
) -> None:
    host, pid, begun = this_process().rsplit(":", 2)
    assert is_gone(f"{host}:{pid}:{float(begun) + seconds}") is gone


def test_what_was_done_or_given_up_stays_so_until_the_file_changes(
    store: Store, file: Path
) -> None:
    for state in (JobState.DONE, JobState.QUARANTINED):
        store.jobs.finish(claimed(store, file), state, "because")
        assert store.jobs.add(file, now=NOW).state == state
        file.write_bytes(file.read_bytes() + b"more")
        assert store.jobs.add(file, now=NOW).state == JobState.QUEUED


def test_given_up_files_are_tried_again_when_asked_for(store: Store, file: Path) -> None:
    job = store.jobs.finish(claimed(store, file), JobState.QUARANTINED, "is empty", attempts=3)
    assert store.jobs.claim(this_process(), now=NOW) is None
    assert [one.id for one in store.jobs.retry([job.id])] == [job.id]
    again = store.jobs.claim(this_process(), now=NOW)
    assert again is not None
    assert (again.attempts, again.reason) == (0, "")


def test_a_failed_job_is_left_alone_until_its_time(store: Store, file: Path) -> None:
    store.jobs.finish(claimed(store, file), JobState.FAILED, "no luck", not_before=NOW + 5)
    assert store.jobs.claim(this_process(), now=NOW + 4) is None
    assert store.jobs.claim(this_process(), now=NOW + 6) is not None


def test_what_waits_for_weights_is_left_alone_and_what_waits_for_room_is_not(
    store: Store, file: Path
) -> None:
    store.jobs.finish(claimed(store, file), JobState.WAITING, "no weights", waits_for="models")
    assert store.jobs.claim(this_process(), now=NOW + 1e6) is None
    store.jobs.retry()
    job = store.jobs.claim(this_process(), now=NOW)
    assert job is not None
    store.jobs.finish(job, JobState.WAITING, "full", waits_for="disk", not_before=NOW + 60)
    assert store.jobs.claim(this_process(), now=NOW + 61) is not None


def test_newest_files_come_first_and_urgent_ones_before_them(store: Store, tmp_path: Path) -> None:
    import os

    for number, name in enumerate(("old", "new", "urgent")):
        path = tmp_path / name
        path.write_bytes(b"x")
        os.utime(path, (NOW + (number % 2), NOW + (number % 2)))
        store.jobs.add(path, now=NOW, priority=int(name == "urgent"))
    order = [store.jobs.claim(this_process(), now=NOW) for _ in range(3)]
    assert [Path(job.path).name for job in order if job] == ["urgent", "new", "old"]


def test_nothing_is_claimed_while_work_is_held(store: Store, file: Path) -> None:
    store.jobs.add(file, now=NOW)
    store.jobs.pause(True)
    assert store.jobs.claim(this_process(), now=NOW) is None
    store.jobs.pause(False)
    assert store.jobs.claim(this_process(), now=NOW) is not None


def test_options_are_kept_and_new_ones_queue_the_file_again(store: Store, file: Path) -> None:
    store.jobs.add(file, now=NOW, options=JobOptions(start=5.0))
    job = store.jobs.add(file, now=NOW, options=JobOptions(start=7.0, copy=True))
    assert store.jobs.get(job.id) == job
    assert job.options == JobOptions(start=7.0, copy=True)


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("acfrt")), max_size=25)


@given(steps=STEPS)
def test_no_two_owners_ever_hold_one_job(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("jobs")
    store = Store.open(folder / "home")
    held: dict[str, Job] = {}
    owners = ["host:1:0", "host:2:0"]
    for number, step in steps:
        path = folder / f"{number}.mp4"
        path.write_bytes(b"x")
        if step == "a":
            store.jobs.add(path, now=NOW)
        elif step == "c":
            job = store.jobs.claim(owners[number % 2], now=NOW)
            assert job is None or job.id not in held
            held |= {job.id: job} if job else {}
        elif held:
            _, job = held.popitem()
            state = {"f": JobState.FAILED, "r": JobState.QUEUED, "t": JobState.DONE}[step]
            store.jobs.finish(job, state)
    assert {job.id for job in store.jobs.all([JobState.RUNNING])} == set(held)
    store.close()


def test_a_job_comes_back_as_it_was(store: Store, file: Path) -> None:
    job = claimed(store, file)
    job = replace(job, recording_id="walk-1", stage="speech", done=3, total=9, seconds=270.0)
    assert store.jobs.renew(job, now=NOW)
    assert store.jobs.get(job.id) == replace(job, lease_until=NOW + 90)


def test_a_file_that_changed_while_it_waited_is_known_as_it_is_when_it_is_worked_on(
    store: Store, tmp_path: Path
) -> None:
    film = tmp_path / "walk.mp4"
    film.write_bytes(b"no film")
    store.jobs.add(film, now=0.0)
    film.write_bytes(b"a whole film at last")
    job = store.jobs.claim("me:1:0", now=0.0)
    assert job is not None
    assert (job.size, job.modified) == (film.stat().st_size, film.stat().st_mtime)
    store.jobs.finish(job, JobState.DONE)
    assert store.jobs.add(film, now=1.0).state == JobState.DONE, "and is not done again"
    store.jobs.retry()
    again = store.jobs.add(film, now=2.0, again=True)
    film.unlink()
    gone = store.jobs.claim("me:1:0", now=3.0)
    assert gone is not None
    assert gone.size == again.size, "what it was is still known"


def test_what_was_done_is_done_again_by_one_of_its_files_that_is_there(
    store: Store, tmp_path: Path
) -> None:
    jobs = []
    for name, recording in (("a", "walk"), ("b", "walk"), ("gone", "run"), ("c", "talk")):
        path = tmp_path / f"{name}.mp4"
        path.write_bytes(b"film")
        job = replace(store.jobs.add(path, now=NOW), recording_id=recording)
        jobs.append(store.jobs.finish(job, JobState.DONE))
    (tmp_path / "gone.mp4").unlink()
    again = store.jobs.redo(["walk", "run", "unknown"])
    assert len(again) == 1
    assert again[0].recording_id == "walk"
    assert [job.id for job in store.jobs.all([JobState.QUEUED])] == [again[0].id]
    assert store.jobs.redo([]) == []


JOBS = st.lists(
    st.builds(
        Job,
        id=st.just(""),
        path=st.just(""),
        state=st.sampled_from(JobState),
        priority=st.integers(0, 1),
        not_before=st.sampled_from([0.0, NOW + 5, NOW + 2 * LONGEST_PAUSE]),
        owner=st.sampled_from(["host:1:0", "host:2:0"]),
        lease_until=st.sampled_from([NOW - 1, NOW + 60]),
        modified=st.sampled_from([1.0, 2.0]),
        seconds=st.sampled_from([0.0, BRIEF, 4 * BRIEF]),
        done=st.integers(0, 4),
        total=st.sampled_from([0, 4]),
        waits_for=st.sampled_from(["", "disk", "models"]),
    ),
    max_size=9,
)


@given(jobs=JOBS, brief=st.booleans(), priority=st.sampled_from([None, 1]))
def test_the_next_job_is_the_one_that_a_look_at_all_of_them_finds(
    tmp_path_factory: pytest.TempPathFactory, jobs: list[Job], brief: bool, priority: int | None
) -> None:
    folder = tmp_path_factory.mktemp("jobs")
    store = Store.open(folder / "home")
    for number, job in enumerate(jobs):
        path = folder / f"{number}.mp4"
        queued = store.jobs.add(path, now=NOW)
        owner, lease = job.owner, job.lease_until
        left = replace(job, id=queued.id, path=str(path))
        store.jobs.finish(left, job.state, owner=owner, lease_until=lease)

    def is_ready(job: Job) -> bool:
        if job.state == JobState.RUNNING:
            return job.lease_until <= NOW
        waits = job.waits_for == "models" or job.not_before == NOW + 5
        return job.state not in (JobState.DONE, JobState.QUARANTINED) and not waits

    ready = [
        job
        for job in store.jobs.all()  # in the order in which they are worked on
        if is_ready(job) and job.priority >= (priority or 0)
        if not brief or (is_brief(job) and job.state != JobState.WAITING)
    ]
    found = store.jobs.next(now=NOW, brief=brief, priority=priority)
    store.close()
    assert found == (ready[0] if ready else None)


def test_what_comes_next_is_told_in_the_order_in_which_it_is_claimed(
    store: Store, tmp_path: Path
) -> None:
    for number in range(6):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(b"film")
        os.utime(path, (1e9, 1e9 + number % 4))
        store.jobs.add(path, now=NOW, priority=number % 2)
    coming = [job.id for job in store.jobs.upcoming(4, now=NOW)]
    turns = [store.jobs.claim(this_process(), now=NOW) for _ in range(6)]
    assert coming == [job.id for job in turns if job is not None][:4]
    assert store.jobs.upcoming(4, now=NOW) == []
    assert store.jobs.upcoming(4, now=NOW, among=coming) == []


@pytest.mark.parametrize("first", [0, 6])
def test_of_a_few_jobs_the_first_is_claimed_whatever_comes_before_them(
    store: Store, tmp_path: Path, first: int
) -> None:
    for number in range(10):
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(b"content")
        os.utime(path, (NOW - number,) * 2)
        store.jobs.add(path, now=NOW)
    ids = [job.id for job in store.jobs.upcoming(10, now=NOW)]
    chosen = {ids[first], ids[first + 1]}
    assert [job.id for job in store.jobs.upcoming(10, now=NOW, among=chosen)] == ids[
        first : first + 2
    ]
    turns = [store.jobs.claim(this_process(), now=NOW, among=chosen) for _ in range(3)]
    assert [job and job.id for job in turns] == [ids[first], ids[first + 1], None]
