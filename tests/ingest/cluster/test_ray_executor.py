"""A home that is made by a cluster: the same as one made alone, whatever happens to workers."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: pip install 'egobutler[cluster]'")

from ingest.cluster import media_cache
from ingest.cluster.ray_executor import RayExecutor
from ingest.cluster.worker import ClusterUnavailable
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue
from ingest.probe.probe_types import Probe
from ingest.stages.executor import PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.sound_stages import SoundStage
from ingest.stages.stages import BlockFindings
from ingest.vision.detectors.sound_events import SoundReader
from memory.store.store import Store
from memory.types.ingest_progress import IngestResult
from memory.types.paths import sha256_of
from tests.faults.minds import BEGUN, ignore
from tests.ingest.cluster.clusters import PLAN, LocalCluster, Weightless, made, signalled


def connected(cluster: LocalCluster, plan: StagePlan = PLAN) -> RayExecutor:
    return RayExecutor(cluster.address, lambda: plan)


def test_two_workers_make_the_home_that_one_process_makes(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    executor = connected(cluster)
    assert executor.prepare().startswith("2 blocks at once")
    digest, results = made(tmp_path, films, executor)
    assert [result.status for result in results] == ["indexed"] * 5
    assert digest == alone


def test_workers_that_are_killed_change_nothing(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    with signalled(signal.SIGKILL, 2) as killed:
        digest, results = made(tmp_path, films, connected(cluster))
    assert len(killed) == 2
    assert [result.status for result in results] == ["indexed"] * 5
    assert digest == alone


def test_a_worker_with_other_versions_is_named_and_nothing_is_computed(
    cluster: LocalCluster,
) -> None:
    sounds = SoundStage("sounds-of-tomorrow", SoundReader)
    plan = replace(PLAN, stages=(sounds, *PLAN.stages[1:]))
    with pytest.raises(ClusterUnavailable, match="would compute sounds by"):
        connected(cluster, plan).prepare()


class Elsewhere(RayExecutor):
    """Asks for films by paths that only this machine has."""

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        return super().perceive(elsewhere(request))

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        super().look_ahead(map(elsewhere, requests))


def elsewhere(request: PerceptionRequest) -> PerceptionRequest:
    probe = replace(request.block.probe, path=Path("/elsewhere") / request.block.probe.path.name)
    return replace(request, block=replace(request.block, probe=probe))


def test_films_that_workers_fetch_make_the_same_home(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], alone: str
) -> None:
    digest, results = made(tmp_path, films, Elsewhere(cluster.address, lambda: PLAN))
    assert [result.status for result in results] == ["indexed"] * 5
    assert digest == alone
    copies = Path(os.environ["EGOBUTLER_MEDIA_CACHE"]).glob("*.mp4")
    assert {copy.stem for copy in copies} == {sha256_of(film) for film in films}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere/film.mp4", "does not see /nowhere/film.mp4"),
        ("/elsewhere/film.mp4", "cannot fetch file:///.*/film.mp4: No such file"),
    ],
)
def test_a_file_that_workers_do_not_see_waits(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], path: str, words: str
) -> None:
    class Hidden(InProcess):
        """Decodes what only this machine sees, under a name that it has nowhere else."""

        def probe(self, path: Path, name: Path = Path(path)) -> Probe:
            return replace(super().probe(path), path=name)

    media_cache.clear()  # of what another test has fetched
    store = Store.open(tmp_path / "home")
    queue = IngestQueue(store, Weightless(), Hidden(), connected(cluster))
    queue.add([films[1]], BEGUN)
    assert re.search(words, first(queue).message)
    assert store.jobs.all()[0].waits_for == "server"
    store.close()


def test_a_block_that_does_not_end_is_given_up_and_its_file_tried_again_later(
    cluster: LocalCluster, tmp_path: Path, films: list[Path], monkeypatch: pytest.MonkeyPatch
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
        executor = RayExecutor("ray://127.0.0.1:9", lambda: PLAN)
        queue = IngestQueue(store, Weightless(), InProcess(), executor)
        queue.add(films[1:], BEGUN)
        results = list(queue.work(ignore))
    assert {result.status for result in results} == {"failed"}
    assert all("does not answer" in result.message for result in results)
    assert {job.waits_for for job in store.jobs.all()} == {"server"}
    store.close()
