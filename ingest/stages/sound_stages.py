"""The stages that listen: what was said, and what else was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import RATE, SoundReport
from ingest.speech.transcribe import Recogniser
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage
from ingest.vision.detectors.sound_events import SoundReader
from memory.types.core import Clip, Recording, Span, Utterance

_MARGIN = 5.0  # seconds of sound beyond a block, so that a sentence across its edge is whole


class SpeechStage(PerceptionStage[Recogniser]):
    """What was said. An utterance belongs to the clip in which it begins."""

    name = "speech"

    def applies(self, recording: Recording) -> bool:
        """Recordings with sound."""
        return recording.has_audio

    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """Listens to the block with a margin on both sides and keeps what begins inside it."""
        start, end = block.offsets
        begin = max(0.0, start - _MARGIN)
        until = min(end + _MARGIN, block.recording.duration)  # silence behind it is none of it
        report = SoundReport()
        samples = media.sound(block.probe, begin, until, report=report)
        heard = self._model().transcribe(samples, block.recording.start + begin)
        return BlockFindings(
            utterances={
                clip.id: _beginning_in(clip, heard, block.recording) for clip in block.clips
            },
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


class SoundStage(PerceptionStage[SoundReader]):
    """What else was heard: music, singing."""

    name = "sounds"

    def applies(self, recording: Recording) -> bool:
        """Recordings with sound."""
        return recording.has_audio

    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """Opens the file once and listens to each clip by itself."""
        reader, begun = self._model(), block.clips[0].span.start
        samples = media.sound(block.probe, *block.offsets)
        heard = {}
        for clip in block.clips:
            first, last = (round((at - begun) * RATE) for at in (clip.span.start, clip.span.end))
            heard[clip.id] = [
                replace(sighting, span=shared)
                for sighting in reader.read(samples[first:last], clip.span.start)
                if (shared := sighting.span.intersection(clip.span)) is not None
            ]
        return BlockFindings(sightings=heard)
