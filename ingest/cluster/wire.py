"""Blocks on their way to a perception service, and findings on their way back: JSON and JPEG.

A request is JSON, whose length is in a header, and then the file. A reply has a line of JSON for
each block; pictures and prints in it are base64. Floats come out as they went in.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ConfigDict, PlainSerializer, PlainValidator, TypeAdapter

from ingest.cluster.worker import ClusterNode, Recipe
from ingest.speech.registry import check_language, recogniser_names
from ingest.stages.executor import PerceptionRequest
from ingest.stages.pipeline import CLIPS_PER_BLOCK, NO_SPEECH
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock
from memory.types.core import BiometricPrint

LENGTH = "EgoButler-Work"  # the header with the length of the JSON of a request, in bytes
MAX_HEAD, MAX_LINE = 16 << 20, 64 << 20  # bytes of the JSON of a request, and of what is found
MAX_SECONDS = 3600.0  # of a block, in which clips that were forgotten may lie
_MAX_SIDE, _THREADS = 4096, range(1, 257)  # pixels; that sum up

Wire = TypeVar("Wire")
BlockWork: TypeAlias = tuple[ClipBlock, BlockInputs, Recipe]


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """A machine that computes for others: how many blocks at once, of files up to so many bytes."""

    machine: ClusterNode
    slots: int
    limit: int


@dataclass(frozen=True, slots=True)
class BlockRefused:
    """Why a service has found nothing in a block: the kind of the error, and what it says."""

    kind: str
    error: str


def _to_text(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _to_vector(text: object) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(str(text), validate=True), "<f4").astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _WirePrint(BiometricPrint):
    vector: Annotated[NDArray[np.float32], PlainValidator(_to_vector), PlainSerializer(_to_text)]


@dataclass(frozen=True, slots=True)
class _WireFindings(BlockFindings):
    prints: Mapping[str, Sequence[_WirePrint]] | None = None


_BASE64 = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
_WORK = TypeAdapter(tuple[BlockWork, ...])
_REPLY: TypeAdapter[Any] = TypeAdapter(tuple[_WireFindings, ...] | BlockRefused, config=_BASE64)
OFFER = TypeAdapter(ServiceOffer)


def write_work(requests: Sequence[PerceptionRequest], recipes: Sequence[Recipe]) -> bytes:
    """The JSON of requests, without what computing needs not: names of files, tags of cameras."""
    return _WORK.dump_json(
        tuple((_bare(one.block), one.inputs, recipe) for one, recipe in zip(requests, recipes))
    )


def read_work(head: bytes, film: Path) -> tuple[BlockWork, ...]:
    """The blocks of a request, all of a file. Raises ValueError for what no home asks."""
    work = _WORK.validate_json(head)
    if not work:
        raise ValueError("no blocks")
    for block, inputs, recipe in work:
        times = [at for clip in block.clips for at in (clip.span.start, clip.span.end)]
        times += [one.span.end for each in inputs.utterances.values() for one in each]
        is_short = all(0 <= at - times[0] <= MAX_SECONDS for at in times)
        if not (is_short and 1 <= len(block.clips) <= CLIPS_PER_BLOCK):
            raise ValueError(f"a block of {len(block.clips)} clips, or a long one")
        if recipe.speech not in (NO_SPEECH, *recogniser_names()) or recipe.threads not in _THREADS:
            raise ValueError(f"{recipe.speech[:80]}, {recipe.threads} threads")
        check_language(recipe.language)
    return tuple(
        (replace(block, probe=replace(block.probe, path=film)), inputs, recipe)
        for block, inputs, recipe in work
    )


def write_reply(reply: Sequence[BlockFindings] | BlockRefused) -> bytes:
    """What was found in a block, or why nothing was, as a line of JSON."""
    if isinstance(reply, BlockRefused):
        return _REPLY.dump_json(reply) + b"\n"
    return _REPLY.dump_json(tuple(map(_to_wire, reply))) + b"\n"


def read_reply(line: bytes, request: PerceptionRequest) -> tuple[BlockFindings, ...] | BlockRefused:
    """What a service says of a block. Raises ValueError for what is no answer to the request."""
    reply: tuple[BlockFindings, ...] | BlockRefused = _REPLY.validate_json(line)
    if isinstance(reply, BlockRefused):
        return reply
    ids = {clip.id for clip in request.block.clips}
    if len(reply) != len(request.stages):
        raise ValueError(f"findings of {len(reply)} stages for {len(request.stages)}")
    for findings in reply:
        for name in (field.name for field in fields(BlockFindings)):
            if not ids >= (getattr(findings, name) or {}).keys():
                raise ValueError(f"{name} of clips that are not of the block")
        for pictures in (findings.pictures or {}).values():
            for jpeg in filter(None, [pictures.tiles, *(each for _, each in pictures.thumbnails)]):
                _check_jpeg(jpeg)
    return reply


def _check_jpeg(content: bytes) -> None:
    try:
        with Image.open(BytesIO(content), formats=["JPEG"]) as picture:
            if max(picture.size) > _MAX_SIDE:
                raise ValueError(f"a picture of {picture.size} pixels")
    except OSError as error:
        raise ValueError("a picture that is no JPEG") from error


def _bare(block: ClipBlock) -> ClipBlock:
    recording = replace(block.recording, path="", device="", note="", timezone="UTC")
    probe = replace(block.probe, path=Path(), metadata={}, note="", creation_time="")
    return replace(block, recording=recording, probe=probe)


def _to_wire(findings: BlockFindings) -> _WireFindings:
    prints = findings.prints
    if prints is not None:
        prints = {clip: [_as(_WirePrint, one) for one in each] for clip, each in prints.items()}
    return _as(_WireFindings, replace(findings, prints=prints))


def _as(kind: Callable[..., Wire], instance: Any) -> Wire:
    """A dataclass as one of the same fields."""
    return kind(*(getattr(instance, field.name) for field in fields(instance)))
