"""Blocks that a machine computes now, and those that a home has asked for; for ``cluster status``.

A task carries the name of its block, and Ray writes that into the title of the process at work.
"""

from __future__ import annotations

import importlib.metadata
import platform
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from memory.types.paths import printable

if TYPE_CHECKING:
    from ingest.stages.stages import ClipBlock

_TASK = "perceive"
_TITLE = f"ray::{_TASK} "  # of a process that computes a block


@dataclass(frozen=True, slots=True)
class NodeState:
    """A machine of a cluster as it says itself: what is installed, and the blocks in hand."""

    python: str = ""
    egobutler: str = ""
    ray: str = ""
    computing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """A machine of a cluster: how many blocks it computes at once, and has done for who asks now.

    ``state`` is None where it does not answer.
    """

    address: str
    host: str
    slots: int
    done: int
    state: NodeState | None


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """All machines of a cluster, and the blocks that are asked for, by the machine that asks."""

    nodes: tuple[NodeStatus, ...]
    asked: tuple[tuple[str, tuple[str, ...]], ...]


class BlockBoard:
    """What one home has asked for and got; an actor, which ends with the home's process."""

    def __init__(self) -> None:
        self._noted: tuple[str, tuple[str, ...], dict[str, int]] = ("", (), {})

    def note(self, host: str, asked: tuple[str, ...], done: dict[str, int]) -> None:
        """Replaces what was noted: who asks, the blocks that are out, those done by node."""
        self._noted = host, asked, done

    def read(self) -> tuple[str, tuple[str, ...], dict[str, int]]:
        """What was noted last."""
        return self._noted


def task_name(block: ClipBlock) -> str:
    """The name of the task that computes a block."""
    return f"{_TASK} {block_name(block)}"


def block_name(block: ClipBlock) -> str:
    """A block in few words: its file, and from when on."""
    minutes, seconds = divmod(round(block.offsets[0]), 60)
    return f"{printable(block.probe.path.name)} from {minutes}:{seconds:02}"


def node_state() -> NodeState:
    """This machine, asked in a process that its Ray has started."""
    return NodeState(
        platform.python_version(), _version("egobutler"), _version("ray"), tuple(_siblings())
    )


def end_block(name: str) -> None:
    """Kills what computes a block here: a process that hangs does not hear that Ray cancels it."""
    if process := _siblings().get(name):
        with suppress(psutil.Error):
            process.kill()


def computing_below(process: psutil.Process) -> dict[str, psutil.Process]:
    """The children of a process that compute, by the names of their blocks."""
    found = {}
    for child in process.children(recursive=True):
        with suppress(psutil.Error):
            title = " ".join(child.cmdline())
            if title.startswith(_TITLE):
                found[title.removeprefix(_TITLE).strip()] = child
    return found


def _siblings() -> dict[str, psutil.Process]:
    ray = psutil.Process().parent()
    return computing_below(ray) if ray is not None else {}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
