"""Build the observation that a captioner is given: findings, pictures, sound, the clip before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from egogpt.protocols.captioner import Captioner
from ingest.decode.sound_types import RATE
from ingest.stages.stages import ClipBlock, by_clip
from ingest.vision.frame_selection import frame_period
from memory.store.store import Store
from memory.types.core import Clip, Frame, Observation, Sound


def found(store: Store, clips: Sequence[Clip]) -> list[Observation]:
    """The clips with what the other stages found of them."""
    return [
        Observation(
            clip,
            tuple(store.perceptions.utterances(clip.id)),
            tuple(store.perceptions.sightings(clip.id)),
        )
        for clip in clips
    ]


def perceived(
    store: Store, block: ClipBlock, clips: Sequence[Clip], captioner: Captioner
) -> list[Observation]:
    """The clips with pictures, sound, all that was found, and what was remembered just before."""
    before = _before(store, clips[0])
    frames = _frames(block, clips, captioner.frames)
    return [
        Observation(
            one.clip,
            one.utterances,
            one.sightings,
            frames.get(one.clip.id, ()),
            _sound(block, one.clip) if captioner.hears else None,
            before,
        )
        for one in found(store, clips)
    ]


def _before(store: Store, clip: Clip) -> str:
    """The caption of the clip before in the same recording, empty where there is none."""
    earlier = [
        one for one in store.recordings.clips(clip.recording_id) if one.span.start < clip.span.start
    ]
    return (store.memories.caption(earlier[-1].id) or "") if earlier else ""


def _frames(block: ClipBlock, clips: Sequence[Clip], count: int) -> dict[str, tuple[Frame, ...]]:
    """For each clip ``count`` of its pictures, decoded in one go but kept only where chosen."""
    if not count or not block.recording.has_video:
        return {}
    start = block.recording.start
    part = min(clip.span.duration for clip in clips) / count
    shown = block.media.frames(
        block.probe.path,
        block.probe,
        start,
        start_offset=clips[0].span.start - start,
        end_offset=clips[-1].span.end - start,
        period=min(frame_period(block.probe), max(part / 2, 0.1)),  # so that no part is without
    )
    return {clip.id: evenly(clip, seen, count) for clip, seen in by_clip(clips, shown)}


def evenly(clip: Clip, frames: Iterable[Frame], count: int) -> tuple[Frame, ...]:
    """The sharpest picture of each of ``count`` equal parts of a clip, in order of time."""
    best: dict[int, Frame] = {}
    length = max(clip.span.duration, 1e-6) / count
    for frame in frames:
        part = min(count - 1, max(0, int((frame.at - clip.span.start) / length)))
        if part not in best or frame.quality > best[part].quality:
            best[part] = frame
    return tuple(best[part] for part in sorted(best))


def _sound(block: ClipBlock, clip: Clip) -> Sound | None:
    if not block.recording.has_audio:
        return None
    start = block.recording.start
    samples = block.media.sound(
        block.probe.path, block.probe, clip.span.start - start, clip.span.end - start
    )
    return Sound(clip.span.start, samples, RATE)
