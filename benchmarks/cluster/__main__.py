"""Measure what a cluster costs: processor time alone, and with workers, over real films.

    python -m benchmarks.cluster films/ --json
    python -m benchmarks.cluster films/ --workers 2 --speech none
    python -m benchmarks.cluster films/ --by service

Every run is an ingest in a process of its own. Workers are Ray nodes of one core on this machine,
or processes of a perception service (``egobutler cluster serve``), whose server counts as Ray's do.
Processor time is of the home's process, of the workers that compute (with the processes that decode
for them), and of Ray's own processes, which run whether or not there is work. Every worker loads
the models once; all run from bytecode, as an installation does. ``digest`` is over all rows and
pictures of the home. Wall time says little where the machine is busy: its load is in the result.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from benchmarks.scoring.measuring import ROOT, run_apart, with_root
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
_PACKAGES = ("app", "benchmarks", "egogpt", "egorag", "ingest", "kernels", "memory")
_EVERY = 0.5  # seconds between two looks at processes, some of which end


@dataclass(frozen=True, slots=True)
class ClusterCost:
    """One run, in CPU-seconds. ``workers`` is 0 where the home computes by itself.

    ``home`` is of its whole process; ``writing`` the part of it that nobody else can do meanwhile:
    rows, pictures, people, captions; ``asking`` what connecting, asking and waiting cost it.
    ``ready`` is what a process has used once its models are
    loaded, which each worker does for itself; ``processes`` were at work, each of which has loaded
    them once. ``overhead`` is of home and workers beside the run alone; ``overhead_ready`` the same
    without the loading of each. Processors that others use as well make a second cost more or
    less, by some %: ``share_of_asking`` does not rest on two runs.
    """

    workers: int
    minutes: float
    home: float
    writing: float
    asking: float
    computing: float
    daemons: float
    processes: int
    ready: float
    wall: float
    digest: str
    overhead: float = 0.0
    overhead_ready: float = 0.0
    share_of_writing: float = 0.0
    share_of_asking: float = 0.0


class ProcessTimes:
    """Processor time of the children of this process, also of those that have ended since."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, float], tuple[bool, float]] = {}
        self._workers: set[tuple[int, float]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float, int]:
        """Ends watching; seconds of workers, of Ray's own processes, how many workers computed."""
        self._over.set()
        self._thread.join()
        self._look()
        times = list(self._seen.values())
        working = sum(used for at_work, used in times if at_work)
        return working, sum(used for _, used in times) - working, len(self._workers)

    def _watch(self) -> None:
        while not self._over.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        for child in psutil.Process().children(recursive=True):
            try:
                used, titles = child.cpu_times(), _titles(child)
                key = child.pid, child.create_time()
            except psutil.Error:
                continue
            if any("one_home" in title for title in titles):
                continue
            at_work = any(title.startswith(_WORK) or _SERVES in title for title in titles)
            at_work = at_work or self._seen.get(key, (False, 0.0))[0]
            self._seen[key] = at_work, used.user + used.system
            if titles[0].startswith(_PERCEIVE) or _SERVES in titles[0]:
                self._workers.add(key)


_PERCEIVE = "ray::perceive"
_WORK = (_PERCEIVE, "ray::describe")
_SERVES = "multiprocessing.spawn"  # of a process of a service that computes


def _titles(process: psutil.Process) -> list[str]:
    """The title of a process, and of the one that began it, as a worker does its decoder."""
    above = process.parent()
    return [" ".join(one.cmdline()) for one in (process, above) if one is not None]


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """A head that computes nothing, and so many nodes of one core; gives its address."""
    from ray.cluster_utils import Cluster

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    small: dict[str, Any] = {"object_store_memory": 100_000_000, "include_dashboard": False}
    head = {"num_cpus": 0, "ray_client_server_port": port, **small}
    made = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(workers):
        made.add_node(num_cpus=1, memory=2 << 30, object_store_memory=100_000_000)
    try:
        yield f"ray://127.0.0.1:{port}"
    finally:
        made.shutdown()


@contextmanager
def service(workers: int) -> Iterator[str]:
    """A service of so many processes that compute; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place = ["--address", "127.0.0.1", "--port", port, "--workers", str(workers)]
    command = [sys.executable, "-m", "app", "cluster", "serve", *place]
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, EGOBUTLER_SERVICE_TOKEN=f"{folder}/token"),
        subprocess.Popen(command, stderr=subprocess.PIPE) as running,
    ):
        assert running.stderr is not None
        running.stderr.readline()  # where it is
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def run_alone(films: Sequence[str], speech: str) -> ClusterCost:
    """What the home costs that computes by itself."""
    found = run_apart("benchmarks.cluster.one_home", [*films, "--speech", speech])
    return _cost(found, 0, 0.0, 0.0, 0)


def run_on(
    by: str, workers: int, films: Sequence[str], speech: str, alone: ClusterCost
) -> ClusterCost:
    """What the same costs with so many workers of a cluster, or of a service."""
    with (service if by == "service" else cluster)(workers) as address:
        times = ProcessTimes()
        words = [*films, "--speech", speech, "--on", address]
        found = run_apart("benchmarks.cluster.one_home", words)
        measured = times.stop()
    found |= {"ready": alone.ready, "began": found["ready"]}
    return _cost(found, workers, *measured, alone)


def _cost(
    report: dict[str, Any],
    workers: int,
    computing: float,
    daemons: float,
    processes: int,
    alone: ClusterCost | None = None,
) -> ClusterCost:
    if set(report["results"]) != {"indexed"}:
        raise RuntimeError(f"not all films were indexed: {report['results']}")
    home, ready = report["process_cpu_seconds"], report["ready"]
    loading = ready if alone is None else report["began"] + workers * alone.ready
    beside, beside_ready = (alone.home, alone.ready) if alone is not None else (home, ready)
    return ClusterCost(
        workers=workers,
        minutes=round(report["minutes"], 2),
        home=home,
        writing=round(report["writing"], 2),
        asking=round(report["asking"], 2),
        computing=round(computing, 2),
        daemons=round(daemons, 2),
        processes=processes,
        ready=round(ready, 2),
        wall=round(report["wall"], 1),
        digest=report["digest"],
        overhead=round((home + computing) / beside - 1, 4),
        overhead_ready=round((home + computing - loading) / (beside - beside_ready) - 1, 4),
        share_of_writing=round(report["writing"] / (home + computing), 4),
        share_of_asking=round(report["asking"] / (home + computing), 4),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure: a table on standard error, with ``--json`` one object as the last line."""
    parser = argparse.ArgumentParser(prog="benchmarks.cluster", description="What a cluster costs.")
    parser.add_argument("media", type=Path, help="a folder of films, or one")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--by", choices=("ray", "service"), default="ray")
    parser.add_argument("--speech", default="whisper-base", help="the recogniser, or none")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    options = parser.parse_args(argv)
    wait_passively()
    send_nothing()
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    os.environ["PYTHONPATH"] = with_root()
    for package in _PACKAGES:
        compileall.compile_dir(ROOT / package, quiet=2)
    import ingest.cluster  # noqa: F401  # before Ray is loaded

    place = options.media.resolve()
    found = sorted(place.iterdir()) if place.is_dir() else [place]
    films = [str(film) for film in found if film.suffix.lower() in SUFFIXES]
    load = os.getloadavg()[0]
    rows = [run_alone(films, options.speech)]
    rows += [run_on(options.by, n, films, options.speech, rows[0]) for n in options.workers]
    for row in rows:
        print(
            f"{row.workers} workers  {row.minutes:6.2f} min  home {row.home:7.2f}"
            f"  computing {row.computing:7.2f}  writing {row.share_of_writing:6.2%}"
            f"  asking {row.share_of_asking:6.2%}  overhead {row.overhead:7.2%}"
            f", loaded {row.overhead_ready:7.2%}"
            f"  processes {row.processes}  daemons {row.daemons:6.2f}  wall {row.wall:6.1f}"
            f"  {row.digest[:8]}",
            file=sys.stderr,
        )
    alike = len({row.digest for row in rows}) == 1
    if options.json:
        runs = [asdict(row) for row in rows]
        print(json.dumps({"load": load, "films": len(films), "same": alike, "runs": runs}))
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main())
