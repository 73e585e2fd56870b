"""Whatever happens to a cluster or a home: the same home in the end, or a sentence and a wait."""

from __future__ import annotations

import logging
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="needs Ray: pip install 'egobutler[cluster]'")

from benchmarks.homes.digest import home_digest
from egogpt.remote.errors import ServerDown
from ingest.cluster.ray_executor import RayExecutor
from ingest.cluster.worker import ClusterUnavailable
from ingest.stages.caption_stage import CaptionStage
from ingest.timestamps.redating import shift
from memory.store.store import Store
from memory.types.core import Observation
from memory.types.jobs import JobState
from tests.faults.minds import Minds, Writer, ignore
from tests.ingest.cluster.clusters import (
    PLAN,
    LocalCluster,
    Once,
    Weightless,
    made,
    queue_of,
    signalled,
    until,
)

STATES = ["indexed"] * 5
FULL = 64 * 1024  # bytes beyond which no file of a home may grow while its disk is full


def connected(cluster: LocalCluster) -> RayExecutor:
    return RayExecutor(cluster.address, lambda: PLAN)


def alike(cluster: LocalCluster, home: Path, films: list[Path], minds: Minds | None = None) -> str:
    """The digest of a home after it is tried again, with all that waited."""
    store = Store.open(home)
    store.jobs.retry()
    results = list(queue_of(store, films, connected(cluster), minds).work(ignore))
    assert {result.status for result in results} <= {"indexed", "already"}
    digest = home_digest(store)
    store.close()
    return digest


def test_a_file_that_kills_its_workers_is_put_aside_and_the_others_go_on(
    cluster: LocalCluster,
    tmp_path: Path,
    films: list[Path],
    alone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.cluster.ray_executor._RETRIES", 0)
    monkeypatch.setattr("ingest.jobs.job_runner.FIRST_PAUSE", 0.01)
    with signalled(signal.SIGKILL, 3, films[1].name) as killed:
        _, results = made(tmp_path, films, connected(cluster))
    assert len(killed) == 3
    said = [result for result in results if result.path == films[1]]
    assert "whatever computed it ended" in said[-1].message
    assert sorted(result.status for result in results) == ["failed"] * 3 + ["indexed"] * 4
    assert alike(cluster, tmp_path, films) == alone


def test_a_worker_that_hangs_is_ended_and_its_block_computed_again(
    cluster: LocalCluster,
    tmp_path: Path,
    films: list[Path],
    alone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched, signalled(signal.SIGSTOP, 1) as stopped:
        patched.setattr("ingest.cluster.ray_executor._LEAST_PATIENCE", 10.0)
        patched.setattr("ingest.cluster.ray_executor._PATIENCE", 0.0)
        made(tmp_path, films, connected(cluster))  # a busy machine may put a file aside
    assert alike(cluster, tmp_path, films) == alone
    until(lambda: not any(map(psutil.pid_exists, stopped)))


def test_a_machine_that_dies_is_told_and_another_that_joins_goes_on(
    cluster: LocalCluster,
    tmp_path: Path,
    films: list[Path],
    alone: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    executor = connected(cluster)
    kill = Once("sounds", 8, cluster.kill_node)
    with caplog.at_level(logging.INFO, "egobutler.machines"):
        digest, results = made(tmp_path, films, executor, kill)
        assert kill.happened
        assert [result.status for result in results] == STATES
        assert digest == alone
        until(lambda: "has left the cluster: 1" in looked(executor, caplog))
        cluster.join()
        until(lambda: "has joined the cluster: 2" in looked(executor, caplog))


def looked(executor: RayExecutor, caplog: pytest.LogCaptureFixture) -> str:
    """What is told of machines, after another look at them."""
    executor.look_ahead(iter(()))
    return caplog.text


def test_what_a_home_asks_is_seen_from_elsewhere_while_it_asks(
    cluster: LocalCluster, tmp_path: Path, films: list[Path]
) -> None:
    executor, seen = connected(cluster), []
    look = Once("sounds", 8, lambda: seen.append(connected(cluster).status()))
    made(tmp_path, films[:1], executor, look)
    (status,) = seen
    assert sum(node.slots for node in status.nodes) == 2
    assert all(node.state and node.state.ray for node in status.nodes)
    ((_, blocks),) = [asked for asked in status.asked if asked[1]]
    assert "walk-x12.mp4 from 3:45" in blocks
    assert sum(node.done for node in status.nodes) >= 1
    assert executor.progress() == "workers: 2, blocks asked for: 0"


def test_a_home_whose_process_is_killed_goes_on_where_it_was(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    words = [sys.executable, "-m", __name__, "stop", cluster.address, tmp_path, *films]
    with subprocess.Popen([*map(str, words)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert alike(cluster, tmp_path, films) == alone


def test_where_the_disk_of_the_home_is_full_that_is_said_and_it_goes_on_when_there_is_room(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    words = [sys.executable, "-m", __name__, "fill", cluster.address, tmp_path, *films]
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert done.stdout.endswith("blocks asked for: 0\n")
    assert alike(cluster, tmp_path, films) == alone


def test_a_film_that_is_gone_meanwhile_is_waited_for(
    cluster: LocalCluster, tmp_path: Path, films: list[Path]
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    there = [Path(shutil.copy2(film, folder)) for film in films[:2]]
    alone = made(tmp_path / "alone", there)[0]
    aside = folder.with_name("unplugged")
    store = Store.open(tmp_path / "home")
    queue = queue_of(store, there, connected(cluster))
    results = list(queue.work(Once("sounds", 8, lambda: folder.rename(aside))))
    assert {result.status for result in results} == {"failed"}
    assert all("is not there any more" in result.message for result in results)
    assert {job.waits_for for job in store.jobs.all()} == {"file"}
    store.close()
    aside.rename(folder)
    assert alike(cluster, tmp_path / "home", there) == alone


def test_a_captioner_whose_server_is_away_holds_nothing_up_for_good(
    cluster: LocalCluster, tmp_path: Path, films: list[Path]
) -> None:
    def away(_: Observation) -> object:
        raise ServerDown("Nothing answers at http://10.0.0.5:8000/v1.")

    absent, present = (
        Weightless(captions=CaptionStage(Writer(fault), "1")) for fault in (away, None)
    )
    store = Store.open(tmp_path / "home")
    results = list(queue_of(store, films, connected(cluster), absent).work(ignore))
    assert all("Nothing answers at http://10.0.0.5" in result.message for result in results)
    assert {job.waits_for for job in store.jobs.all()} == {"server"}
    store.close()
    undisturbed = Store.open(tmp_path / "alone")
    list(queue_of(undisturbed, films, None, present).work(ignore))
    assert alike(cluster, tmp_path / "home", films, present) == home_digest(undisturbed)
    undisturbed.close()


def test_a_recording_that_is_deleted_meanwhile_leaves_nothing_and_asks_for_nothing(
    cluster: LocalCluster, tmp_path: Path, films: list[Path]
) -> None:
    store, executor = Store.open(tmp_path), connected(cluster)
    queue = queue_of(store, films[:1], executor)

    def delete() -> None:
        (recording,) = store.recordings.all()
        store.delete_recording(recording.id)

    (result,) = queue.work(Once("sounds", 8, delete))
    assert (result.status, result.message) == ("skipped", "walk-x12.mp4 was deleted meanwhile")
    assert executor.progress().endswith("asked for: 0")
    assert store.recordings.all() == []
    assert list(store.media.thumbnails.rglob("*.jpg")) == []
    store.close()


def test_a_recording_that_is_re_dated_meanwhile_is_whole_at_its_new_time(
    cluster: LocalCluster, tmp_path: Path, films: list[Path]
) -> None:
    digests = []
    for name, executor in (("alone", None), ("cluster", connected(cluster))):
        store = Store.open(tmp_path / name)

        def later(store: Store = store) -> None:
            (recording,) = store.recordings.all()
            shift(store, recording.id, 3600.0)

        moved = Once("sounds", 8, later)
        *_, last = queue_of(store, films[:1], executor).work(moved)
        assert moved.happened
        assert last.status == "indexed"
        digests.append(home_digest(store))
        store.close()
    assert digests[0] == digests[1]


def test_where_no_machine_has_the_memory_that_is_asked_for_it_is_said_at_once(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.cluster.ray_executor.MEMORY", 4096 << 30)
    with pytest.raises(ClusterUnavailable, match=r"No machine .* a core and 4096\.0 GB"):
        connected(cluster).prepare()


def test_where_the_head_is_lost_files_wait_and_go_on_without_a_cluster(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    kill = Once("sounds", 8, cluster.kill_head)
    _, results = made(tmp_path, films, connected(cluster), kill)
    assert {result.status for result in results} == {"failed"}
    assert all("does not answer" in result.message for result in results)
    store = Store.open(tmp_path)
    assert {job.state for job in store.jobs.all()} == {JobState.WAITING}
    store.jobs.retry()
    store.close()
    digest, results = made(tmp_path, films)
    assert [result.status for result in results] == STATES
    assert digest == alone


def fill(home: Path, films: list[Path], executor: RayExecutor) -> None:
    """Makes a home on a disk that is full after a block; says what is said, and what is out."""

    def full() -> None:  # for this process; Ray's have begun before
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, FULL))

    store = Store.open(home)
    work = queue_of(store, films, executor).work(Once("sounds", 8, full))
    print(next(work).message)
    work.close()
    print(executor.progress(), flush=True)


def stop(home: Path, films: list[Path], executor: RayExecutor) -> None:
    """Makes a home until a block is written, says so, and goes no further."""

    def wait() -> None:
        print("half", flush=True)
        signal.pause()

    made(home, films, executor, Once("caption", 8, wait))


if __name__ == "__main__":
    what, address, home, *films = sys.argv[1:]
    executor = RayExecutor(address, lambda: PLAN)
    {"fill": fill, "stop": stop}[what](Path(home), [*map(Path, films)], executor)
