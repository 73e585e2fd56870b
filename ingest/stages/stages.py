"""Stages, and the values that they hand on: all that a stage of a clip is to the pipeline.

Perception is pure: ``compute`` makes findings of a block, its file and a model of a name and
version, in whichever process; ``write`` stores them at home, with their ledger entries. What needs
the rows of a home, names and captions, is a stage that runs there. A stage whose weights are
missing waits, the others go on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.runtime.gc_pause import gc_paused
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import DecodeRequest, SampleReport
from ingest.probe.probe_types import Probe
from ingest.vision.frame_selection import frame_period
from memory.types.core import (
    BiometricPrint,
    Clip,
    Damage,
    Frame,
    Recording,
    Sighting,
    Span,
    Utterance,
)

if TYPE_CHECKING:
    from memory.store.store import Store


@dataclass(frozen=True, slots=True)
class ClipBlock:
    """Consecutive clips of one recording, and the file that they are in."""

    recording: Recording
    probe: Probe
    clips: tuple[Clip, ...]

    @property
    def offsets(self) -> tuple[float, float]:
        """Where the block starts and ends inside the file, in seconds."""
        start = self.recording.start
        return self.clips[0].span.start - start, self.clips[-1].span.end - start

    def frames(
        self, media: MediaDecoder, report: SampleReport, period: float | None = None
    ) -> Iterator[Frame]:
        """The block's pictures, by default one every second or two; what is lost is in ``report``.

        Clips that were forgotten may lie between those of the block: ``by_clip`` leaves them out.
        """
        start, end = self.offsets
        every = frame_period(self.probe) if period is None else period
        return media.frames(
            DecodeRequest(self.probe, self.recording.start, start, end, every), report
        )

    def damage(
        self, what: Literal["picture", "sound"], offsets: Iterable[tuple[float, float]], reason: str
    ) -> dict[str, list[Damage]]:
        """Clip id → what of it is damaged, from stretches given as offsets inside the file."""
        start = self.recording.start
        spans = [Span(start + begin, start + end) for begin, end in offsets if end > begin]
        return {
            clip.id: [
                Damage(shared, what, reason)
                for span in spans
                if (shared := clip.span.intersection(span)) is not None
            ]
            for clip in self.clips
        }


@dataclass(frozen=True, slots=True)
class BlockInputs:
    """What is known of a block before a stage looks: what was said, and if there are pictures."""

    utterances: Mapping[str, Sequence[Utterance]] = field(default_factory=dict)  # by clip id
    has_pictures: bool = False

    def updated(self, findings: BlockFindings) -> BlockInputs:
        """With what a stage has found since."""
        return BlockInputs(
            self.utterances if findings.utterances is None else findings.utterances,
            self.has_pictures or findings.pictures is not None,
        )


@dataclass(frozen=True, slots=True)
class ClipPictures:
    """JPEGs of a clip: thumbnails with their times, and one of tiles, if it has any frames."""

    thumbnails: tuple[tuple[float, bytes], ...]
    tiles: bytes = b""
    times: tuple[float, ...] = ()  # of the tiles
    width: int = 0  # of a tile, in pixels
    height: int = 0


@dataclass(frozen=True, slots=True)
class BlockFindings:
    """What one stage found in a block, by clip id; None for what it does not look for.

    BlockFindings pickle, to less than a megabyte a block.
    """

    utterances: Mapping[str, Sequence[Utterance]] | None = None
    sightings: Mapping[str, Sequence[Sighting]] | None = None
    prints: Mapping[str, Sequence[BiometricPrint]] | None = None
    pictures: Mapping[str, ClipPictures] | None = None
    damage: Mapping[str, Sequence[Damage]] | None = None


class HomeStage(Protocol):
    """A stage that goes by what the home holds of other clips, too, and runs there.

    ``version`` names everything that its result depends on.
    """

    name: str
    version: str

    def applies(self, recording: Recording) -> bool:
        """Whether the recording has what the stage looks at."""
        ...

    def load(self) -> None:
        """Loads the models now rather than at the first block."""
        ...

    def run(
        self,
        store: Store,
        block: ClipBlock,
        media: MediaDecoder,
        image_embedder: PictureEmbedder | None,
        /,
    ) -> None:
        """Does the whole block, and enters it in the ledger.

        ``image_embedder`` is the one of which kept pictures have vectors, where there is one.
        """
        ...


Model = TypeVar("Model")


class PerceptionStage(ABC, Generic[Model]):
    """A stage that goes by a block alone. Its model is loaded when it is first needed."""

    name: str

    def __init__(self, version: str, model: Callable[[], Model]) -> None:
        """``version`` names the model and all that its results depend on."""
        self.version = version
        self._load_model = model

    @abstractmethod
    def applies(self, recording: Recording) -> bool:
        """Whether the recording has what the stage looks at."""

    def load(self) -> None:
        """Loads the model."""
        self._model()

    def _model(self) -> Model:
        """The model."""
        with gc_paused():
            return self._load_model()

    @abstractmethod
    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """What is in the block: of the same inputs the same, in any process."""

    def write(self, store: Store, block: ClipBlock, findings: BlockFindings) -> None:
        """Stores what was found in the block, and enters it in the ledger."""
        stage, prints = (self.name, self.version), findings.prints
        if findings.utterances is not None:
            store.perceptions.write_utterances(
                *stage, findings.utterances, prints=prints, damage=findings.damage
            )
        if findings.sightings is not None:
            store.perceptions.write_sightings(*stage, findings.sightings, prints=prints)


Stage: TypeAlias = PerceptionStage[Any] | HomeStage


def by_clip(clips: Sequence[Clip], frames: Iterable[Frame]) -> Iterator[tuple[Clip, list[Frame]]]:
    """Each clip with its frames, from one stream of frames in order of time."""
    stream = iter(frames)
    ahead = next(stream, None)
    for clip in clips:
        shown = []
        while ahead is not None and ahead.at < clip.span.end:
            if clip.span.contains(ahead.at):  # else it is of a clip that was forgotten
                shown.append(ahead)
            ahead = next(stream, None)
        yield clip, shown
