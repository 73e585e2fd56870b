"""The stages that a clip goes through; here those that listen, the others in files of their own.

A stage is a function of a block of clips and a model of a name and version; it writes its rows and
its ledger entries together. A stage whose weights are missing waits, the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, Protocol, TypeVar

from egogpt.protocols.image_embedder import PictureEmbedder
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import RATE, DecodeRequest, SampleReport, SoundReport
from ingest.probe.probe_types import Probe
from ingest.speech.transcribe import Recogniser
from ingest.vision.detectors.sound_events import SoundReader
from ingest.vision.frame_selection import frame_period
from memory.store.store import Store
from memory.types.core import (
    Clip,
    Damage,
    Frame,
    Recording,
    Span,
    Utterance,
)

_MARGIN = 5.0  # seconds of sound beyond a block, so that a sentence across its edge is whole


@dataclass(frozen=True, slots=True)
class ClipBlock:
    """Consecutive clips of one recording, the file that they are in, and what decodes it.

    ``pictures`` is the image–text embedder of which kept pictures have vectors, where there is one.
    """

    recording: Recording
    probe: Probe
    clips: tuple[Clip, ...]
    media: MediaDecoder
    pictures: PictureEmbedder | None = None

    @property
    def offsets(self) -> tuple[float, float]:
        """Where the block starts and ends inside the file, in seconds."""
        start = self.recording.start
        return self.clips[0].span.start - start, self.clips[-1].span.end - start

    def frames(self, report: SampleReport, period: float | None = None) -> Iterator[Frame]:
        """The block's pictures, by default one every second or two; what is lost is in ``report``.

        Clips that were forgotten may lie between those of the block: ``by_clip`` leaves them out.
        """
        start, end = self.offsets
        every = frame_period(self.probe) if period is None else period
        return self.media.frames(
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


class Stage(Protocol):
    """One step of ingest. ``version`` names everything that its result depends on."""

    name: str
    version: str

    def applies(self, recording: Recording) -> bool:
        """Whether the recording has what the stage looks at."""
        ...

    def load(self) -> None:
        """Loads the models now rather than at the first block."""
        ...

    def run(self, store: Store, block: ClipBlock) -> None:
        """Does the whole block, and enters it in the ledger."""
        ...


Model = TypeVar("Model")


class ModelStage(Generic[Model]):
    """What stages share whose model is loaded when it is first needed."""

    def __init__(self, version: str, model: Callable[[], Model]) -> None:
        """``version`` names the model and all that its results depend on."""
        self.version = version
        self._model = model

    def load(self) -> None:
        """Loads the model."""
        self._model()


class SpeechStage(ModelStage[Recogniser]):
    """What was said. An utterance belongs to the clip in which it begins."""

    name = "speech"

    def applies(self, recording: Recording) -> bool:
        """Recordings with sound."""
        return recording.has_audio

    def run(self, store: Store, block: ClipBlock) -> None:
        """Listens to the block with a margin on both sides and keeps what begins inside it."""
        start, end = block.offsets
        begin = max(0.0, start - _MARGIN)
        until = min(end + _MARGIN, block.recording.duration)  # silence behind it is none of it
        report = SoundReport()
        samples = block.media.sound(block.probe, begin, until, report=report)
        heard = self._model().transcribe(samples, block.recording.start + begin)
        store.perceptions.write_utterances(
            self.name,
            self.version,
            {clip.id: _beginning_in(clip, heard, block.recording) for clip in block.clips},
            damage=block.damage("sound", report.damaged, "damaged sound"),
        )


def _beginning_in(clip: Clip, heard: Sequence[Utterance], recording: Recording) -> list[Utterance]:
    """Those that begin in the clip; none ends after the recording, whatever a recogniser says."""
    return [
        _ending_by(recording.span.end, utterance)
        for utterance in heard
        if clip.span.contains(utterance.span.start)
    ]


def _ending_by(end: float, utterance: Utterance) -> Utterance:
    if utterance.span.end <= end:
        return utterance
    words = tuple(
        replace(word, span=Span(min(word.span.start, end), min(word.span.end, end)))
        for word in utterance.words
    )
    return replace(utterance, span=Span(utterance.span.start, end), words=words)


class SoundStage(ModelStage[SoundReader]):
    """What else was heard: music, singing."""

    name = "sounds"

    def applies(self, recording: Recording) -> bool:
        """Recordings with sound."""
        return recording.has_audio

    def run(self, store: Store, block: ClipBlock) -> None:
        """Opens the file once and listens to each clip by itself."""
        reader, begun = self._model(), block.clips[0].span.start
        samples = block.media.sound(block.probe, *block.offsets)
        heard = {}
        for clip in block.clips:
            first, last = (round((at - begun) * RATE) for at in (clip.span.start, clip.span.end))
            heard[clip.id] = [
                replace(sighting, span=shared)
                for sighting in reader.read(samples[first:last], clip.span.start)
                if (shared := sighting.span.intersection(clip.span)) is not None
            ]
        store.perceptions.write_sightings(self.name, self.version, heard)


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
