"""Perception by the workers of a Ray cluster.

This process is a client (``ray://``) and no node, whose process Ray ends with its cluster.
A block is a task of one core. Ray runs it again where its worker or machine is lost. The home has
a bounded number of blocks out, and writes them in order.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import ray
from ray.exceptions import (
    GetTimeoutError,
    NodeDiedError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from egogpt.protocols.chat import ChatError
from egogpt.remote.address import ALLOW, NotAllowed, is_allowed
from ingest.cluster.node_state import (
    BlockBoard,
    ClusterStatus,
    NodeStatus,
    block_name,
    end_block,
    node_state,
    task_name,
)
from ingest.cluster.nodes import require_cluster
from ingest.cluster.worker import (
    MEMORY,
    ClusterNode,
    ClusterUnavailable,
    NodeDiffers,
    Recipe,
    describe,
    differences,
    lacks_file,
    recipe_of,
)
from ingest.cluster.worker import perceive as perceive_block
from ingest.stages.executor import MACHINES, Key, PerceptionRequest
from ingest.stages.pipeline import StagePlan
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage
from memory.types.messages import UserMessage

_AHEAD = 2  # blocks that are out, for each that can be computed at once
_RETRIES = 3  # times that Ray runs a block again whose worker is lost
_PATIENCE, _LEAST_PATIENCE = 20, 600.0  # seconds for each of a block, and at least
_AGAIN = 60.0  # seconds after which a cluster that did not answer is looked for again
_CHECK = 300.0  # seconds in which a machine says what it has; it imports everything for that
_LOOK = 5.0  # seconds between two looks at which machines are there
_ANSWER = 60.0  # seconds in which a machine says what it does
_REACHED, _CONNECTIONS = 10.0, 3  # seconds until the head answers, tries at being its client
_NAMESPACE = "egobutler"  # of Ray's, in which homes keep what they have asked for


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
        self._begun: dict[Key, tuple[str, Any]] = {}  # names and tasks, by request
        self._task: Any = None  # once connected
        self._again = 0.0  # not before
        self._trouble = ""  # why not before
        self._board: Any = None
        self._done: Counter[str] = Counter()  # blocks, by node
        self._nodes: dict[str, tuple[str, int]] = {}  # addresses and slots of those that compute

    def prepare(self) -> str:
        """Connects, checks every machine, and says in a sentence who computes.

        Raises:
            ClusterUnavailable: there is no cluster, or one of its machines differs.
            NotAllowed: recordings would leave this machine, and nobody has agreed to that.
        """
        if self._task is not None:
            return ""
        if time.monotonic() < self._again:
            raise ClusterUnavailable(self._trouble)
        with self._in_words():
            _connect(self._address)
            _check_allowed()
            machines = self._machines(None)
            for trouble in filter(None, (trouble for _, trouble in machines)):
                raise ClusterUnavailable(trouble)
            if not machines:
                raise ClusterUnavailable(self._no_workers())
            task = ray.remote(num_cpus=1, memory=MEMORY, max_retries=_RETRIES)
            self._task = task(_perceive)
            self._board = ray.remote(num_cpus=0)(BlockBoard).options(name=uuid4().hex).remote()
            self._look() if self._nodes else self._nodes.update(_seen())
            hosts = ", ".join(dict.fromkeys(machine.host for machine, _ in machines))
            return UserMessage("ingest.cluster-computes", n=_slots_of_all(self._nodes), hosts=hosts)

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
            begun = self._begun.pop(request.key, None)
            name, task = begun or self._submit(request)
            with self._in_words():
                result = self._await(task, patience)
                if result is None:
                    _end(task, name)
                    continue
                node, findings = result
                self._done[node] += 1
                self._note()
            yield from findings
            return
        raise BlockLost(UserMessage("ingest.block-hung", n=round(patience / 60)))

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        """Hands out requests while there are fewer out than workers have use for."""
        self.prepare()
        with self._in_words():
            room = _AHEAD * self._look()
        while len(self._begun) < room and (request := next(requests, None)) is not None:
            key = request.key
            self._begun[key] = self._begun.get(key) or self._submit(request)
        with self._in_words():
            self._note()

    def drop(self, recording_id: str | None = None) -> None:
        """Cancels what is out."""
        dropped = [key for key in self._begun if recording_id in (None, key[0])]
        with suppress(ClusterUnavailable), self._in_words():
            for key in dropped:
                ray.cancel(self._begun.pop(key)[1], force=True)
            if dropped:
                self._note()

    def progress(self) -> str:
        """How many blocks are out, and how many can be computed at once."""
        if self._task is None:
            return ""
        out = len(self._begun)
        return UserMessage("ingest.cluster-progress", n=out, slots=_slots_of_all(self._nodes))

    def status(self) -> ClusterStatus:
        """What all machines of the cluster do, and what is asked of them.

        Raises:
            ClusterUnavailable: there is no cluster.
        """
        with self._in_words():
            _connect(self._address)
            boards = [
                ray.get_actor(**named).read.remote()
                for named in ray.util.list_named_actors(all_namespaces=True)
                if named["namespace"] == _NAMESPACE
            ]
            nodes = [node for node in ray.nodes() if node["Alive"]]
            states = [_on(node, node_state).remote() for node in nodes]
            ray.wait([*boards, *states], num_returns=len(boards + states), timeout=_ANSWER)
            noted = [board for board in map(_answer, boards) if board is not None]
            done = sum((Counter(by_node) for _, _, by_node in noted), Counter[str]())
            return ClusterStatus(
                tuple(
                    NodeStatus(
                        node["NodeManagerAddress"],
                        node["NodeManagerHostname"],
                        _slots_of(node),
                        done[node["NodeID"]],
                        _answer(state),
                    )
                    for node, state in zip(nodes, states)
                ),
                tuple((host, asked) for host, asked, _ in noted),
            )

    def _await(self, task: Any, patience: float) -> Any:
        """What a task gives, or None where it takes longer; looks after the machines meanwhile."""
        deadline = time.monotonic() + patience
        future = task.future()  # where ray.get waits, gRPC wakes this process ten times a second
        while (left := deadline - time.monotonic()) > 0:
            if not self._look():
                raise ClusterUnavailable(self._no_workers())
            if wait([future], min(_LOOK, left)).done:
                return future.result()
        return None

    def _look(self) -> int:
        """How many blocks can be computed at once; machines that join or leave are told."""
        before, self._nodes = self._nodes, _seen()
        slots = _slots_of_all(self._nodes)
        for node_id in self._nodes.keys() - before.keys():
            host, _ = self._nodes[node_id]
            MACHINES.warning(UserMessage("ingest.machine-joined", host=host, n=slots))
        for node_id in before.keys() - self._nodes.keys():
            host, _ = before[node_id]
            MACHINES.warning(UserMessage("ingest.machine-left", host=host, n=slots))
        return slots

    def _note(self) -> None:
        """Lets others see what is out and done."""
        asked = tuple(name for name, _ in self._begun.values())
        self._board.note.remote(socket.gethostname(), asked, dict(self._done))

    def _submit(self, request: PerceptionRequest) -> tuple[str, Any]:
        recipe = recipe_of(self._plan(), request.stages)
        with self._in_words():
            task = self._task.options(name=task_name(request.block))
            reference = task.remote(request.block, request.inputs, recipe)
            return block_name(request.block), reference

    def _machines(self, path: Path | None) -> list[tuple[ClusterNode, str]]:
        """Every machine that has cores, as it says itself, and why it cannot compute for us."""
        plan = self._plan()
        recipe = recipe_of(plan, [s for s in plan.stages if isinstance(s, PerceptionStage)])
        asked = [
            _on(node, describe).remote(plan.speech, plan.language, path) for node in _workers()
        ]
        size = path.stat().st_size if path is not None else None
        return [
            (
                machine,
                differences(machine, recipe)
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
            if isinstance(error.cause, NodeDiffers):  # all are checked before more is asked
                self.drop()
                self._leave(str(error.cause))
            raise error.cause from None
        except ChatError:
            raise
        except (WorkerCrashedError, NodeDiedError, OutOfMemoryError) as error:
            raise BlockLost(UserMessage("ingest.block-lost", n=_RETRIES + 1)) from error
        except Exception as error:  # a client that has lost its cluster raises just that
            self._leave(self._gone())
            ray.shutdown()
            raise ClusterUnavailable(self._gone()) from error

    def _leave(self, trouble: str) -> None:
        """Asks for no more for a while, and then begins anew."""
        self._task, self._again, self._trouble = None, time.monotonic() + _AGAIN, trouble
        self._begun.clear()


def _connect(address: str) -> None:
    """Connects, unless this process is connected; tries again where Ray's head fails at it.

    The head forks a process for every client, beside threads of gRPC, and some never begin.
    """
    if ray.is_initialized():
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), _REACHED).close()
    for left in reversed(range(_CONNECTIONS)):
        try:
            ray.init(address, namespace=_NAMESPACE, log_to_driver=False, configure_logging=False)
            return
        except Exception:
            ray.shutdown()
            if not left:
                raise


def _perceive(
    block: ClipBlock, inputs: BlockInputs, recipe: Recipe
) -> tuple[str, tuple[BlockFindings, ...]]:
    """The node that has computed a block, and what it has found."""
    return ray.get_runtime_context().get_node_id(), perceive_block(block, inputs, recipe)


def _end(task: Any, name: str) -> None:
    """Ends the task that computes a block, and the process that hangs over it."""
    ray.cancel(task, force=True)
    ended = [_on(node, end_block).remote(name) for node in _workers()]
    ray.wait(ended, num_returns=len(ended), timeout=_ANSWER)


def _on(node: dict[str, Any], task: Callable[..., object]) -> Any:
    """A task that takes no core, of one machine."""
    place = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    return ray.remote(num_cpus=0)(task).options(scheduling_strategy=place)


def _answer(task: Any) -> Any:
    """What a task has given, or None where it has not, or its machine is gone."""
    try:
        return ray.get(task, timeout=0)
    except (GetTimeoutError, RayError):
        return None


def _workers() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"] and _slots_of(node)]


def _seen() -> dict[str, tuple[str, int]]:
    """The machines that compute, by id: their addresses, and how many blocks at once."""
    return {node["NodeID"]: (node["NodeManagerAddress"], _slots_of(node)) for node in _workers()}


def _slots_of_all(nodes: dict[str, tuple[str, int]]) -> int:
    return sum(slots for _, slots in nodes.values())


def _slots_of(node: dict[str, Any]) -> int:
    resources = node["Resources"]
    return int(min(resources.get("CPU", 0), resources.get("memory", 0) // MEMORY))


def _check_allowed() -> None:
    """Raises NotAllowed where recordings would be read elsewhere, and nobody has agreed to it."""
    here = {address.address for each in psutil.net_if_addrs().values() for address in each}
    for node in _workers():
        if (address := node["NodeManagerAddress"]) not in here and not is_allowed():
            raise NotAllowed(UserMessage("ingest.cluster-not-agreed", host=address, setting=ALLOW))
