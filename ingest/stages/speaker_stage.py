"""The speaker stage: cut sentences at speaker changes, and keep a print of each voice."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.decode.decoder import MediaDecoder
from ingest.speakers.voice_prints import VoicePrinter
from ingest.stages.stages import BlockFindings, BlockInputs, ClipBlock, PerceptionStage
from memory.types.core import Clip, Recording, Utterance


class VoiceStage(PerceptionStage[VoicePrinter]):
    """Tells apart the voices of what speech recognition wrote down."""

    name = "voices"

    def applies(self, recording: Recording) -> bool:
        """Recordings with sound."""
        return recording.has_audio

    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """Listens to the block again, only where something was said."""
        spoken = {clip.id: inputs.utterances.get(clip.id, ()) for clip in block.clips}
        utterances = [utterance for clip in block.clips for utterance in spoken[clip.id]]
        if not utterances:
            return BlockFindings(utterances=spoken)
        begin, end = block.offsets
        until = max(
            end, max(utterance.span.end for utterance in utterances) - block.recording.start
        )
        samples = media.sound(block.probe, begin, until)
        labelled, prints = self._model().read(
            samples, block.clips[0].span.start, utterances, lambda at: _clip_at(block.clips, at)
        )
        return BlockFindings(utterances=_by_clip(block.clips, labelled), prints=prints)


def _clip_at(clips: Sequence[Clip], at: float) -> str:
    return next((clip.id for clip in clips if clip.span.contains(at)), "")


def _by_clip(clips: Sequence[Clip], utterances: Sequence[Utterance]) -> dict[str, list[Utterance]]:
    """Each clip with what begins in it; what a cut has put behind the block stays with its end."""
    placed: dict[str, list[Utterance]] = {clip.id: [] for clip in clips}
    for utterance in utterances:
        placed[_clip_at(clips, utterance.span.start) or clips[-1].id].append(utterance)
    return placed
