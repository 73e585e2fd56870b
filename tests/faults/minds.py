"""A queue in this process whose captioner or embedder a test can spoil; all the rest is real."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess, MediaDecoder
from ingest.jobs.queue import IngestQueue
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.pipeline import StagePlan, plan_stages
from ingest.stages.stages import Stage
from memory.store.store import Store
from memory.types.core import Observation
from memory.types.ingest_progress import IngestProgress, IngestResult
from memory.types.jobs import JobOptions

BEGUN = JobOptions(1_772_445_525.0, "UTC")


@dataclass
class Writer:
    """A captioner that says what ``fault`` returns, where that is not None."""

    fault: Callable[[Observation], object] | None = None
    name: str = "writer"
    version: str = "1"
    frames: int = 0
    hears: bool = False

    def caption(self, observation: Observation) -> str:
        said = None if self.fault is None else self.fault(observation)
        return f"A clip of {observation.clip.id}." if said is None else said  # type: ignore[return-value]


@dataclass
class Compass:
    """An embedder of four dimensions; ``fault`` may give other vectors, or raise."""

    fault: Callable[[str], NDArray[np.float32] | None] | None = None
    name: str = "compass"
    dimension: int = 4
    synonym_cosine: float = 0.9

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        given = None if self.fault is None else self.fault(text)
        return np.eye(1, 4, len(text) % 4, np.float32)[0] if given is None else given


@dataclass
class Minds:
    """The stages that need no weights, with the captioner and the embedder of the test."""

    writer: Writer = field(default_factory=Writer)
    compass: Compass | None = None
    more: tuple[Stage, ...] = ()
    lens: PictureEmbedder | None = None

    def stages(self) -> StagePlan:
        sounds = plan_stages(WeightStore(Path("no-weights"))).stages[0]
        return StagePlan((sounds, *self.more, CaptionStage(self.writer, "1")))

    def embedder(self) -> Embedder | None:
        return self.compass

    def embedder_name(self) -> str | None:
        return None if self.compass is None else self.compass.name

    def pictures(self) -> PictureEmbedder | None:
        return self.lens

    def pictures_name(self) -> str | None:
        return None if self.lens is None else self.lens.name


def ignore(progress: IngestProgress) -> None:
    """The listener of those who do not watch."""


def work(
    home: Path,
    files: Sequence[Path],
    minds: Minds,
    listen: Callable[[IngestProgress], None] = ignore,
    decoder: MediaDecoder | None = None,
) -> list[IngestResult]:
    """Queues the files, unless they are given up or done, and works until nothing is left."""
    store = Store.open(home)
    try:
        queue = IngestQueue(store, minds, decoder or InProcess())
        queue.add(files, BEGUN if not store.jobs.all() else None)
        return list(queue.work(listen))
    finally:
        store.close()


def readable(message: str) -> bool:
    """Whether a message is one line for a person: no stack, no address of an object."""
    return bool(message) and not re.search(r"\n|Traceback|File \"| object at 0x", message)
