"""The part of a worker: it computes the findings of a block, and never sees a home.

A worker has EgoButler, the weights, and the recordings: by the paths of the home, or by URL.
"""

from __future__ import annotations

import os
import platform
import socket
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from egogpt.remote.errors import ServerDown
from egogpt.weights.store import WeightStore
from ingest.cluster.media_cache import local_copy, size_of, url_of
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import printable
from ingest.stages.executor import compute
from ingest.stages.pipeline import plan_stages
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage
from memory.types.messages import UserMessage


class ClusterUnavailable(ServerDown):
    """The cluster, or one of its machines, cannot do what it is asked; files wait until it can."""


class NodeDiffers(ClusterUnavailable):
    """A machine has other versions than the home: no block can be left to it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a plan of stages is made of, beside weights, and the versions that the home has."""

    speech: str
    language: str | None
    versions: tuple[tuple[str, str], ...]  # of the stages to compute, by name, in order


def perceive(block: ClipBlock, inputs: BlockInputs, recipe: Recipe) -> tuple[BlockFindings, ...]:
    """The findings of each stage of the recipe.

    Raises:
        NodeDiffers: this machine has other versions.
        ClusterUnavailable: it does not see the file.
        MediaUnavailable: it was told where the file is, and cannot fetch it.
        IngestError: as the stages do.
    """
    here = _stages(recipe.speech, recipe.language)
    if differing := differences(_host(), versions(recipe.speech, recipe.language), recipe):
        raise NodeDiffers(differing)
    stages = [here[name] for name, _ in recipe.versions]
    return tuple(compute(stages, _within_reach(block), inputs, _decoder()))


def _within_reach(block: ClipBlock) -> ClipBlock:
    """The block by a file that this machine sees."""
    probe = block.probe
    if _size(probe.path) == probe.size:
        return block
    if (url := url_of(probe.path)) is None:
        raise ClusterUnavailable(lacks_file(_host(), probe.path))
    copy = local_copy(url, block.recording.sha256, probe.size)
    return replace(block, probe=replace(probe, path=copy))


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """One machine of a cluster: its name, what runs there, and the versions of its stages."""

    host: str
    python: str
    cores: int
    versions: dict[str, str]
    size: int | None  # bytes of the file that it was asked for, if it sees it


def describe(speech: str, language: str | None, path: Path | None) -> ClusterNode:
    """This machine, and whether it sees a file."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    size = None if path is None else _size(path) or size_of(path)
    return ClusterNode(
        _host(), platform.python_version(), cores or 1, versions(speech, language), size
    )


def versions(speech: str, language: str | None) -> dict[str, str]:
    """Stage → version, of those that can be computed with the weights of this machine."""
    return {name: stage.version for name, stage in _stages(speech, language).items()}


def differences(host: str, have: dict[str, str], recipe: Recipe) -> str:
    """One sentence on the first stage of which a machine has another version, or none; or empty."""
    for name, version in recipe.versions:
        if have.get(name) != version:
            there = have.get(name, "none")
            return UserMessage(
                "ingest.worker-differs", host=host, stage=name, there=there, here=version
            )
    return ""


def lacks_file(host: str, path: Path) -> str:
    """One sentence that a machine does not see a file."""
    return UserMessage("ingest.worker-lacks-file", host=host, path=printable(str(path)))


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


@cache
def _stages(speech: str, language: str | None) -> dict[str, PerceptionStage[Any]]:
    """The stages of this process, which load their models once."""
    plan = plan_stages(WeightStore(), speech, language)
    return {stage.name: stage for stage in plan.stages if isinstance(stage, PerceptionStage)}


@cache
def _decoder() -> DecoderProcess:
    return DecoderProcess()


def _host() -> str:
    return socket.gethostname()
