"""Perception by the workers of a Ray cluster: the only file that imports ray.

This process is a client (``ray://``) and no node, whose process Ray ends with its cluster.
A block is a task of one core. Ray runs it again where its worker or machine is lost. The home has
a bounded number of blocks out, and writes them in order.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import ray
from ray.exceptions import (
    GetTimeoutError,
    NodeDiedError,
    OutOfMemoryError,
    RayTaskError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from egogpt.protocols.chat import ChatError
from egogpt.remote.address import ALLOW, NotAllowed, is_allowed
from ingest.cluster.nodes import require_cluster
from ingest.cluster.worker import (
    ClusterNode,
    ClusterUnavailable,
    Recipe,
    describe,
    differences,
    lacks_file,
)
from ingest.cluster.worker import perceive as perceive_block
from ingest.stages.executor import PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.stages import BlockFindings, PerceptionStage
from memory.types.messages import UserMessage

MEMORY = 1_200 << 20  # bytes that a worker takes with all models loaded
_AHEAD = 2  # blocks that are out, for each that can be computed at once
_RETRIES = 3  # times that Ray runs a block again whose worker is lost
_PATIENCE, _LEAST_PATIENCE = 20, 600.0  # seconds for each of a block, and at least
_AGAIN = 60.0  # seconds after which a cluster that did not answer is looked for again
_CHECK = 300.0  # seconds in which a machine says what it has; it imports everything for that

Key: TypeAlias = tuple[object, ...]


class BlockLost(Exception):
    """A block took its workers along each time, or did not come to an end."""


class RayExecutor:
    """Computes blocks on a cluster, with as many ahead as its workers have use for."""

    def __init__(self, address: str, plan: Callable[[], StagePlan]) -> None:
        """Connects to nothing yet.

        Args:
            address: ``ray://HOST:PORT``.
            plan: the stages of the home, for which every worker must have the same versions.

        Raises:
            ClusterRefused: the address is another.
        """
        require_cluster(address)
        self._address, self._plan = address, plan
        self._begun: dict[Key, Any] = {}  # what is out, by request
        self._task: Any = None  # once connected
        self._again = 0.0  # not before

    def prepare(self) -> str:
        """Connects, checks every machine, and says in a sentence who computes.

        Raises:
            ClusterUnavailable: there is no cluster, or one of its machines differs.
            NotAllowed: recordings would leave this machine, and nobody has agreed to that.
        """
        if self._task is not None:
            return ""
        if time.monotonic() < self._again:
            raise ClusterUnavailable(self._gone())
        with self._in_words():
            _connect(self._address)
            _check_allowed()
            machines = self._machines(None)
            for trouble in filter(None, (trouble for _, trouble in machines)):
                raise ClusterUnavailable(trouble)
            if not machines:
                raise ClusterUnavailable(self._no_workers())
            task = ray.remote(
                num_cpus=1, memory=MEMORY, max_retries=_RETRIES, runtime_env=_as_here()
            )
            self._task = task(perceive_block)
            hosts = ", ".join(dict.fromkeys(machine.host for machine, _ in machines))
            return UserMessage("ingest.cluster-computes", n=_slots(), hosts=hosts)

    def machines(self, path: Path | None = None) -> list[tuple[ClusterNode, str]]:
        """The machines that compute, each with why it cannot do it for this home, or "".

        ``path`` is a recording that all should see.
        """
        with self._in_words():
            _connect(self._address)
            return self._machines(path)

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        """The findings of each stage, once a worker has them all.

        Raises:
            BlockLost: its worker was lost each time, or it took too long twice.
            ClusterUnavailable: the cluster is gone, or lacks what it needs.
        """
        self.prepare()
        start, end = request.block.offsets
        patience = max(_LEAST_PATIENCE, _PATIENCE * (end - start))
        for _ in range(2):
            reference = self._begun.pop(_key(request), None) or self._submit(request)
            with self._in_words():
                if not _slots():
                    raise ClusterUnavailable(self._no_workers())
                try:
                    findings = ray.get(reference, timeout=patience)
                except GetTimeoutError:
                    ray.cancel(reference, force=True)
                    continue
            yield from findings
            return
        raise BlockLost(UserMessage("ingest.block-hung", n=round(patience / 60)))

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        """Hands out requests while there are fewer out than workers have use for."""
        self.prepare()
        with self._in_words():
            room = _AHEAD * _slots()
        while len(self._begun) < room and (request := next(requests, None)) is not None:
            key = _key(request)
            self._begun[key] = self._begun.get(key) or self._submit(request)

    def drop(self, recording_id: str | None = None) -> None:
        """Cancels what is out."""
        dropped = [key for key in self._begun if recording_id in (None, key[0])]
        with suppress(ClusterUnavailable), self._in_words():
            for key in dropped:
                ray.cancel(self._begun.pop(key), force=True)

    def _submit(self, request: PerceptionRequest) -> Any:
        recipe = _recipe(self._plan(), request.stages)
        with self._in_words():
            return self._task.remote(request.block, request.inputs, recipe)

    def _machines(self, path: Path | None) -> list[tuple[ClusterNode, str]]:
        """Every machine that has cores, as it says itself, and why it cannot compute for us."""
        plan = self._plan()
        recipe = _recipe(plan, [s for s in plan.stages if isinstance(s, PerceptionStage)])
        task = ray.remote(num_cpus=0)(describe)
        pinned = [NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in _workers()]
        asked = [
            task.options(scheduling_strategy=place).remote(plan.speech, plan.language, path)
            for place in pinned
        ]
        size = path.stat().st_size if path is not None else None
        return [
            (
                machine,
                differences(machine.host, machine.versions, recipe)
                or (lacks_file(machine.host, path) if path and machine.size != size else ""),
            )
            for machine in ray.get(asked, timeout=_CHECK)
        ]

    def _no_workers(self) -> str:
        gigabytes = f"{MEMORY / (1 << 30):.1f}"
        return UserMessage("ingest.no-workers", address=self._address, gigabytes=gigabytes)

    def _gone(self) -> str:
        return UserMessage("ingest.cluster-gone", address=self._address)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """What Ray raises, as errors of ours; a cluster that is gone is looked for again later."""
        try:
            yield
        except RayTaskError as error:
            raise error.cause from None
        except ChatError:
            raise
        except (WorkerCrashedError, NodeDiedError, OutOfMemoryError) as error:
            raise BlockLost(UserMessage("ingest.block-lost", n=_RETRIES + 1)) from error
        except Exception as error:  # a client that has lost its cluster raises just that
            self._task, self._again = None, time.monotonic() + _AGAIN
            self._begun.clear()
            ray.shutdown()
            raise ClusterUnavailable(self._gone()) from error


def _recipe(plan: StagePlan, stages: Iterable[PerceptionStage[Any]]) -> Recipe:
    versions = tuple((stage.name, stage.version) for stage in stages)
    return Recipe(plan.speech, plan.language, versions)


def _connect(address: str) -> None:
    if not ray.is_initialized():
        ray.init(address, log_to_driver=False, configure_logging=False)


def _as_here() -> dict[str, Any]:
    """Lets workers sum up in the order of this process, which goes by the number of threads.

    Whisper's ear (a product of matrices) would else hear some words otherwise: Ray sets one thread.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or cores
    return {"env_vars": {"OPENBLAS_NUM_THREADS": str(threads)}}


def _workers() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"] and _slots_of(node)]


def _slots() -> int:
    """How many blocks the cluster computes at once."""
    return sum(map(_slots_of, _workers()))


def _slots_of(node: dict[str, Any]) -> int:
    resources = node["Resources"]
    return int(min(resources.get("CPU", 0), resources.get("memory", 0) // MEMORY))


def _check_allowed() -> None:
    """Raises NotAllowed where recordings would be read elsewhere, and nobody has agreed to it."""
    here = {address.address for each in psutil.net_if_addrs().values() for address in each}
    for node in _workers():
        if (address := node["NodeManagerAddress"]) not in here and not is_allowed():
            raise NotAllowed(UserMessage("ingest.cluster-not-agreed", host=address, setting=ALLOW))


def _key(request: PerceptionRequest) -> Key:
    recording = request.block.recording
    clips = tuple(clip.id for clip in request.block.clips)
    versions = tuple((stage.name, stage.version) for stage in request.stages)
    return recording.id, recording.start, clips, versions
