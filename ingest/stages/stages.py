"""The stages that a clip goes through, in order: speech, sounds, sights; then ``captions``.

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
from ingest.vision.face_prints import FacePrinter
from ingest.vision.frame_selection import frame_period
from ingest.vision.scene_reader import pick_thumbnails
from ingest.vision.still_scenes import RepeatReader, SceneReader
from memory.db.media_files import Thumbnail
from memory.store.store import Store
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


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at pictures; ``faces`` is None where faces cannot be told apart."""

    sights: SceneReader
    faces: FacePrinter | None = None


class SightStage(ModelStage[Eyes]):
    """What was in view, whose faces, and the thumbnails that the timeline shows."""

    name = "sights"

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def run(self, store: Store, block: ClipBlock) -> None:
        """Decodes the block once and reads one clip's frames at a time, so memory stays flat."""
        eyes = self._model()
        sights = RepeatReader(eyes.sights)
        start, end = block.offsets
        report = SampleReport()
        frames = block.media.frames(
            DecodeRequest(
                block.probe,
                block.recording.start,
                start_offset=start,
                end_offset=end,
                period=frame_period(block.probe),
            ),
            report,
        )
        seen: dict[str, list[Sighting]] = {}
        pictures: dict[str, list[Thumbnail]] = {}
        prints: dict[str, list[BiometricPrint]] = {}
        for clip, shown in by_clip(block.clips, frames):
            seen[clip.id] = sights.read(clip, shown)
            if eyes.faces is not None:
                seen[clip.id], prints[clip.id] = eyes.faces.read(clip, shown, seen[clip.id])
            pictures[clip.id] = _keep_thumbnails(store, clip, shown)
        store.perceptions.write_sightings(
            self.name,
            self.version,
            seen,
            pictures,
            prints=prints,
            damage=block.damage("picture", report.damaged, "damaged pictures"),
        )


def by_clip(clips: Sequence[Clip], frames: Iterable[Frame]) -> Iterator[tuple[Clip, list[Frame]]]:
    """Each clip with its frames, from one stream of frames in order of time."""
    stream = iter(frames)
    ahead = next(stream, None)
    for clip in clips:
        shown = []
        while ahead is not None and ahead.at < clip.span.end:
            shown.append(ahead)
            ahead = next(stream, None)
        yield clip, shown


def _keep_thumbnails(store: Store, clip: Clip, frames: Sequence[Frame]) -> list[Thumbnail]:
    thumbnails = []
    for number, frame in enumerate(pick_thumbnails(frames)):
        path = store.media.thumbnail_path(clip.recording_id, clip.id, number)
        store.media.write(path, encode_thumbnail(frame))
        thumbnails.append(Thumbnail(frame.at, path))
    return thumbnails


def encode_thumbnail(frame: Frame, longest: int = 480) -> bytes:
    """The frame as a JPEG whose longer side is at most ``longest`` pixels."""
    import cv2

    height, width = frame.image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80]
    )
    return bytes(data)
