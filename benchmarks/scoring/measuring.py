"""Measure a piece of work: processor time and memory of a process and all its children."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def cpu_seconds() -> float:
    """Processor time, user and system, of this process and all its children, alive or ended."""
    import psutil

    own, ended = (resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN))
    total = sum(used.ru_utime + used.ru_stime for used in (own, ended))
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:  # it has ended meanwhile
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return float(total)


class Meter:
    """Processor and wall seconds by name."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Adds what the block costs to ``name``."""
        cpu, wall = cpu_seconds(), time.perf_counter()
        yield
        self.cpu[name] = self.cpu.get(name, 0.0) + cpu_seconds() - cpu
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall


def interleaved(
    calls: Sequence[Callable[[], object]], repeats: int, clock: Callable[[], float] = cpu_seconds
) -> list[list[float]]:
    """What each call costs in each round; all are called in turn in every round."""
    costs: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, cost in zip(calls, costs):
            begun = clock()
            call()
            cost.append(clock() - begun)
    return costs


class MemoryWatch:
    """The most memory, in MB, that a process and its children held together at one time.

    Shared pages are counted once where the system says so (Linux's proportional set size).
    """

    def __init__(self, pid: int, every: float = 0.5) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid, every), daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Ends watching. Returns the peak."""
        self._over.set()
        self._thread.join()
        return self.peak

    def _watch(self, pid: int, every: float) -> None:
        while not self._over.wait(every):
            self.peak = max(self.peak, tree_memory(pid))


def tree_memory(pid: int) -> float:
    """MB held now by a process and its children; 0 where it has ended."""
    import psutil

    try:
        first = psutil.Process(pid)
        return sum(_megabytes(process) for process in (first, *first.children(recursive=True)))
    except psutil.Error:
        return 0.0


def _megabytes(process: Any) -> float:
    import psutil

    try:
        held = process.memory_full_info()
        return float(getattr(held, "pss", 0) or held.rss) / 2**20
    except psutil.Error:
        return 0.0


def with_root() -> str:
    """The value of PYTHONPATH with which a process finds what this one does."""
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


def run_apart(module: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Runs a benchmark's module in a process of its own. Returns the JSON of its last line.

    Added are ``process_cpu_seconds``, with all that it started, and ``peak_memory_mb``.

    Raises:
        RuntimeError: it failed; the text is the end of what it printed.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": with_root()},
    )
    watch = MemoryWatch(process.pid)
    out, err = process.communicate()
    peak = watch.stop()
    if process.returncode != 0:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{err[-2000:]}{out[-500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found | {"process_cpu_seconds": round(used, 2), "peak_memory_mb": round(peak)}
