"""Clusters of Ray on this machine, homes that ask them, and what may happen meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.homes.digest import home_digest
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.jobs.queue import IngestQueue
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.executor import Executor
from ingest.stages.pipeline import StagePlan, plan_stages
from memory.store.store import Store
from memory.types.ingest_progress import IngestProgress, IngestResult, ProgressListener
from tests.faults.minds import BEGUN, Minds, ignore

os.environ.setdefault("RAY_AUTH_TOKEN", "5e" * 32)  # read when Ray is loaded
PLAN = plan_stages(WeightStore(Path("no-weights")))
_BUSY = 60.0  # seconds in which even a busy machine notices what has happened


class LocalCluster:
    """A head that computes nothing, and two nodes of one core."""

    def __init__(self) -> None:
        os.environ |= {
            "RAY_worker_register_timeout_seconds": "300",
            "RAY_CLIENT_RECONNECT_GRACE_PERIOD": "5",
            "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
        }
        from ray.cluster_utils import Cluster

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        small = {"object_store_memory": 100_000_000, "include_dashboard": False}
        head = {"num_cpus": 0, "ray_client_server_port": port, **small}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address = f"ray://127.0.0.1:{port}"
        self.nodes: list[Any] = []
        for _ in range(2):
            self.join()

    def join(self) -> None:
        """Adds a node of one core."""
        sized = {"memory": 2 << 30, "object_store_memory": 100_000_000}
        self.nodes.append(self._cluster.add_node(num_cpus=1, **sized))

    def kill_node(self) -> None:
        """Kills the raylet of the node that was added first; nobody is told."""
        (raylet,) = self.nodes.pop(0).all_processes["raylet"]
        raylet.process.send_signal(signal.SIGKILL)

    def kill_head(self) -> None:
        """Kills all processes of the head, and those that they have begun."""
        begun = [
            psutil.Process(one.process.pid)
            for processes in self._cluster.head_node.all_processes.values()
            for one in processes
        ]
        for process in [*begun, *(child for one in begun for child in one.children(True))]:
            with suppress(psutil.Error):
                process.kill()

    def end(self) -> None:
        """Ends everything of it, and the connection to it."""
        import ray

        ray.shutdown()
        self._cluster.shutdown()


@dataclass
class Weightless(Minds):
    """The stages that need no weights: sounds, pictures, captions."""

    captions: CaptionStage | None = None

    def stages(self) -> StagePlan:
        stages = PLAN.stages if self.captions is None else (*PLAN.stages[:-1], self.captions)
        return replace(PLAN, stages=stages, waiting=())


@dataclass
class Once:
    """A listener that does something as soon as a stage is through so many clips of a file."""

    stage: str
    clips: int
    action: Callable[[], object]
    happened: bool = field(default=False)

    def __call__(self, progress: IngestProgress) -> None:
        if not self.happened and (progress.stage, progress.done) == (self.stage, self.clips):
            self.happened = True
            self.action()


def queue_of(
    store: Store, films: list[Path], executor: Executor | None = None, minds: Minds | None = None
) -> IngestQueue:
    """The queue of a home with the films, which are claimed in their order."""
    queue = IngestQueue(store, minds or Weightless(), InProcess(), executor)
    for at, film in enumerate(films):
        os.utime(film, (1_772_000_000 - at,) * 2)
        queue.add([film], replace(BEGUN, start=BEGUN.start + 1000 * at))
    return queue


def made(
    home: Path,
    films: list[Path],
    executor: Executor | None = None,
    listen: ProgressListener = ignore,
) -> tuple[str, list[IngestResult]]:
    """The digest of a home with the films, and what was said of each."""
    store = Store.open(home)
    results = list(queue_of(store, films, executor).work(listen))
    digest = home_digest(store)
    store.close()
    return digest, results


@contextmanager
def signalled(number: signal.Signals, times: int, name: str = "") -> Iterator[list[int]]:
    """While blocks are computed, so many workers get a signal; those of the file ``name`` only."""
    reached: list[int] = []
    over = threading.Event()

    def send() -> None:
        while len(reached) < times and not over.wait(0.02):
            for process in psutil.Process().children(recursive=True):
                try:
                    at_work = f"ray::perceive {name}" in " ".join(process.cmdline())
                    if at_work and len(reached) < times and process.pid not in reached:
                        process.send_signal(number)
                        reached.append(process.pid)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield reached
    finally:
        over.set()
        thread.join()


def until(happened: Callable[[], object]) -> None:
    """Waits for what must come, however busy the machine is."""
    deadline = time.monotonic() + _BUSY
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
