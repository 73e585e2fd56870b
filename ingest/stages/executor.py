"""Executors of perception: this process, or others that hand the findings back.

    for findings in executor.perceive(request):  # one of each stage, in order
        ...

Whoever computes, the home writes the same: requests hold all that findings depend on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ingest.decode.decoder import MediaDecoder
from ingest.stages.picture_stage import NAME, VERSION
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage

if TYPE_CHECKING:
    from memory.store.store import Store

Key: TypeAlias = tuple[object, ...]
MACHINES = logging.getLogger("egobutler.machines")  # a sentence on each that joins or leaves


@dataclass(frozen=True, slots=True)
class PerceptionRequest:
    """A block, the stages that are to look at it, in order, and what is known of it before."""

    block: ClipBlock
    stages: tuple[PerceptionStage[Any], ...]
    inputs: BlockInputs

    @property
    def key(self) -> Key:
        """What is to be found, by whom; the id of the recording comes first."""
        recording = self.block.recording
        clips = tuple(clip.id for clip in self.block.clips)
        versions = tuple((stage.name, stage.version) for stage in self.stages)
        return recording.id, recording.start, clips, versions


class Executor(Protocol):
    """Computes the findings of requests."""

    def prepare(self) -> str:
        """Makes ready; says in a sentence who computes, where that is another machine."""
        ...

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        """The findings of each stage of the request, in order."""
        ...

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        """Begins with what will be asked for next; takes no more of it than there is room for."""
        ...

    def drop(self, recording_id: str | None = None) -> None:
        """Gives up what was begun ahead, of one recording or of all."""
        ...

    def progress(self) -> str:
        """Who computes how much now, in a few words; empty where this process does."""
        ...


class Local:
    """Computes each stage in this process when its findings are asked for, and nothing ahead."""

    def __init__(self, media: MediaDecoder) -> None:
        self._media = media

    def prepare(self) -> str:
        """Nothing to make ready."""
        return ""

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        """The findings of each stage, computed one after the other."""
        return compute(request.stages, request.block, request.inputs, self._media)

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        """Nothing: one thing after the other."""

    def drop(self, recording_id: str | None = None) -> None:
        """Nothing was begun."""

    def progress(self) -> str:
        """Nothing to add."""
        return ""


def compute(
    stages: Sequence[PerceptionStage[Any]],
    block: ClipBlock,
    inputs: BlockInputs,
    media: MediaDecoder,
) -> Iterator[BlockFindings]:
    """What each stage finds in the block; a stage goes by what those before it have found."""
    for stage in stages:
        findings = stage.compute(block, inputs, media)
        yield findings
        inputs = inputs.updated(findings)


def read_inputs(store: Store, block: ClipBlock) -> BlockInputs:
    """What the home knows of a block."""
    ids = [clip.id for clip in block.clips]
    pictured = store.ledger.done(block.recording.id, NAME, VERSION)
    utterances = {clip_id: tuple(store.perceptions.utterances(clip_id)) for clip_id in ids}
    return BlockInputs(utterances, pictured.issuperset(ids))
