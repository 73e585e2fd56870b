"""A home that is made by a cluster: the same as one made alone, whatever happens to workers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="needs Ray: pip install 'egobutler[cluster]'")

from egogpt.weights.store import WeightStore
from ingest.cluster.ray_executor import RayExecutor
from ingest.cluster.worker import ClusterUnavailable
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue
from ingest.probe.probe_types import Probe
from ingest.stages.executor import Executor
from ingest.stages.pipeline import StagePlan, plan_stages
from ingest.stages.sound_stages import SoundStage
from ingest.vision.detectors.sound_events import SoundReader
from memory.store.store import Store
from memory.types.ingest_progress import IngestResult
from tests.faults.minds import BEGUN, Minds, ignore
from tests.ingest.stages.digests import home_digest, noisy_video
from tests.media import make_video, scene, tone

PLAN = plan_stages(WeightStore(Path("no-weights")))


class Weightless(Minds):
    """The stages that need no weights: sounds, pictures, captions."""

    def stages(self) -> StagePlan:
        return replace(PLAN, waiting=())


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A film of three blocks and four of one, in which nothing is like in another."""
    folder = tmp_path_factory.mktemp("media")
    short = [
        make_video(folder / f"{n}.mp4", [scene(n)], seconds=20, fps=4, audio=tone(20, 200.0 * n))
        for n in range(1, 5)
    ]
    return [noisy_video(folder), *short]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, films: list[Path]) -> str:
    """The digest of the home that this process makes by itself."""
    return made(tmp_path_factory.mktemp("alone"), films)[0]


def made(
    home: Path, films: list[Path], executor: Executor | None = None
) -> tuple[str, list[IngestResult]]:
    """The digest of a home with the films, and what was said of each."""
    store = Store.open(home)
    queue = IngestQueue(store, Weightless(), InProcess(), executor)
    for at, film in enumerate(films):
        queue.add([film], replace(BEGUN, start=BEGUN.start + 1000 * at))
        os.utime(film, (1_772_000_000 - at,) * 2)  # the order in which they are claimed
    results = list(queue.work(ignore))
    digest = home_digest(store)
    store.close()
    return digest, results


def connected(cluster: str, plan: StagePlan = PLAN) -> RayExecutor:
    return RayExecutor(cluster, lambda: plan)


@contextmanager
def killing(times: int) -> Iterator[list[int]]:
    """While blocks are computed, so many of the workers that do it die at once."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while len(killed) < times and not over.wait(0.02):
            for process in psutil.Process().children(recursive=True):
                try:
                    at_work = "ray::perceive" in " ".join(process.cmdline())
                    if at_work and len(killed) < times and process.pid not in killed:
                        process.send_signal(signal.SIGKILL)
                        killed.append(process.pid)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_two_workers_make_the_home_that_one_process_makes(
    cluster: str, tmp_path: Path, films: list[Path], alone: str
) -> None:
    executor = connected(cluster)
    assert executor.prepare().startswith("2 blocks at once")
    digest, results = made(tmp_path, films, executor)
    assert [result.status for result in results] == ["indexed"] * 5
    assert digest == alone


def test_workers_that_are_killed_change_nothing(
    cluster: str, tmp_path: Path, films: list[Path], alone: str
) -> None:
    with killing(2) as killed:
        digest, results = made(tmp_path, films, connected(cluster))
    assert len(killed) == 2
    assert [result.status for result in results] == ["indexed"] * 5
    assert digest == alone


def test_a_worker_with_other_versions_is_named_and_nothing_is_computed(cluster: str) -> None:
    sounds = SoundStage("sounds-of-tomorrow", SoundReader)
    plan = replace(PLAN, stages=(sounds, *PLAN.stages[1:]))
    with pytest.raises(ClusterUnavailable, match="would compute sounds by"):
        connected(cluster, plan).prepare()


def test_a_file_that_workers_do_not_see_waits(
    cluster: str, tmp_path: Path, films: list[Path]
) -> None:
    class Elsewhere(InProcess):
        """Decodes what only this machine sees, under a name that it has nowhere else."""

        def probe(self, path: Path) -> Probe:
            return replace(super().probe(path), path=Path("/nowhere/film.mp4"))

    store = Store.open(tmp_path / "home")
    queue = IngestQueue(store, Weightless(), Elsewhere(), connected(cluster))
    queue.add([films[1]], BEGUN)
    assert "does not see /nowhere/film.mp4" in first(queue).message
    assert store.jobs.all()[0].waits_for == "server"
    store.close()


def test_a_block_that_does_not_end_is_given_up_and_its_file_tried_again_later(
    cluster: str, tmp_path: Path, films: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.cluster.ray_executor._LEAST_PATIENCE", 0.01)
    monkeypatch.setattr("ingest.cluster.ray_executor._PATIENCE", 0.0)
    store = Store.open(tmp_path / "home")
    queue = IngestQueue(store, Weightless(), InProcess(), connected(cluster))
    queue.add([films[0]], BEGUN)
    assert "BlockLost: it was not through" in first(queue).message
    (job,) = store.jobs.all()
    assert (job.state, job.attempts) == ("failed", 1)
    store.close()


def first(queue: IngestQueue) -> IngestResult:
    """What is said of the first file; no other is waited for."""
    work = queue.work(ignore)
    result = next(work)
    work.close()
    return result


def test_where_no_cluster_answers_files_wait_and_it_is_said_why(
    tmp_path: Path, films: list[Path]
) -> None:
    store = Store.open(tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ray.is_initialized", lambda: False)  # another test has connected
        patched.setattr("ray.shutdown", lambda: None)
        patched.setattr("ray.init", _refused)
        executor = RayExecutor("ray://127.0.0.1:9", lambda: PLAN)
        queue = IngestQueue(store, Weightless(), InProcess(), executor)
        queue.add(films[1:], BEGUN)
        results = list(queue.work(ignore))
    assert {result.status for result in results} == {"failed"}
    assert all("does not answer" in result.message for result in results)
    assert {job.waits_for for job in store.jobs.all()} == {"server"}
    store.close()


def _refused(*_: object, **__: object) -> None:
    raise ConnectionError("ray client connection timeout")
