"""The part of a worker: it computes the findings of a block, and never sees a home.

A worker has EgoButler, the weights, and the recordings: by the paths of the home, or by URL.
"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info, threadpool_limits

from egogpt.remote.errors import ServerDown
from egogpt.weights.store import WeightStore
from ingest.cluster.media_cache import local_copy, size_of, url_of
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import printable
from ingest.speech.registry import BUNDLED, available, recogniser_location
from ingest.stages.executor import compute
from ingest.stages.pipeline import FACES, NO_SPEECH, VISION, VOICE, StagePlan, plan_stages
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage
from memory.types.messages import UserMessage
from memory.types.paths import sha256_of

MEMORY = 1_200 << 20  # bytes that a worker takes with all models loaded


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
    weights: tuple[tuple[str, str], ...] = ()  # SHA-256 of what they have loaded, by bundle
    threads: int = 1  # that sum up products of matrices


def perceive(block: ClipBlock, inputs: BlockInputs, recipe: Recipe) -> tuple[BlockFindings, ...]:
    """The findings of each stage of the recipe.

    Raises:
        NodeDiffers: this machine has other versions.
        ClusterUnavailable: it does not see the file.
        MediaUnavailable: it was told where the file is, and cannot fetch it.
        IngestError: as the stages do.
    """
    if differing := differences(describe(recipe.speech, recipe.language), recipe):
        raise NodeDiffers(differing)
    here = _stages(recipe.speech, recipe.language)
    stages = [here[name] for name, _ in recipe.versions]
    with threadpool_limits(recipe.threads, user_api="blas"):
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
    weights: dict[str, str]
    size: int | None = None  # bytes of the file that it was asked for, if it sees it


def describe(speech: str, language: str | None, path: Path | None = None) -> ClusterNode:
    """This machine, and whether it sees a file."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    size = None if path is None else _size(path) or size_of(path)
    versions = {name: stage.version for name, stage in _stages(speech, language).items()}
    python, weights = platform.python_version(), _weights(WeightStore(), speech)
    return ClusterNode(_host(), python, cores or 1, versions, weights, size)


def recipe_of(plan: StagePlan, stages: Iterable[PerceptionStage[Any]]) -> Recipe:
    """What another machine needs to know to find what these stages of this process would."""
    versions = tuple((stage.name, stage.version) for stage in stages)
    weights = tuple(_weights(plan.weights or WeightStore(), plan.speech).items())
    return Recipe(plan.speech, plan.language, versions, weights, _threads())


def differences(machine: ClusterNode, recipe: Recipe) -> str:
    """One sentence on the first stage, or weights, of which a machine has others; or empty."""
    for wanted, there in (
        (recipe.versions, machine.versions),
        (recipe.weights, machine.weights),
    ):
        for name, here in wanted:
            if there.get(name) != here:
                named = {"host": machine.host, "stage": name, "here": here}
                return UserMessage("ingest.worker-differs", there=there.get(name, "none"), **named)
    return ""


def lacks_file(host: str, path: Path) -> str:
    """One sentence that a machine does not see a file."""
    return UserMessage("ingest.worker-lacks-file", host=host, path=printable(str(path)))


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _weights(store: WeightStore, speech: str) -> dict[str, str]:
    """SHA-256 of the weights that stages may load, by bundle; files are as they were verified."""
    digests = {}
    for name in (*VISION, FACES, VOICE, *(name for name in BUNDLED if name == speech)):
        if store.has(name):
            files = (file.sha256 for file in store.catalogue.bundle(name).files)
            digests[name] = sha256("".join(files).encode()).hexdigest()
    if speech not in (*BUNDLED, NO_SPEECH) and available(speech, store) is None:
        digests[speech] = _content(recogniser_location(speech, store))
    return digests


@cache
def _content(place: Path) -> str:
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return sha256("".join(sha256_of(file) for file in files if file.is_file()).encode()).hexdigest()


def _threads() -> int:
    """How many threads of this process sum up: by their number some sums differ in the last bit.

    Whisper's ear (a product of matrices) would else hear some words otherwise.
    """
    libraries = (one for one in threadpool_info() if one["user_api"] == "blas")
    return next((int(library["num_threads"]) for library in libraries), 1)


@lru_cache(maxsize=2)  # with all their models
def _stages(speech: str, language: str | None) -> dict[str, PerceptionStage[Any]]:
    """The stages of this process, which load their models once."""
    plan = plan_stages(WeightStore(), speech, language)
    return {stage.name: stage for stage in plan.stages if isinstance(stage, PerceptionStage)}


def close_files() -> None:
    """Closes the file that this process has decoded last."""
    _decoder().close_file()


@cache
def _decoder() -> DecoderProcess:
    return DecoderProcess()


def _host() -> str:
    return socket.gethostname()
