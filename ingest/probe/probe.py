"""Probe a file in one pass over its packets, because headers lie.

Containers claim durations that they do not hold (a cut-off file still says how long it was meant
to be; a start offset is counted in), so length and keyframe spacing come from the packets.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container.container import MAX_PIXELS, MAX_SIDE, open_media, quietly
from ingest.container.packet_survey import Survey, keyframe_gaps
from ingest.errors import UnreadableMedia, unreadable
from ingest.probe.plausibility import require_room, sound_trouble
from ingest.probe.probe_types import Probe
from ingest.probe.stream_report import ProbedStream, wholeness
from memory.types.messages import UserMessage, sentences

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

_WIDEST = 4  # times as wide as high: films through anamorphic lenses have pixels of 2
_MOST_TAGS, _LONGEST_TAG = 200, 2_000  # of metadata; the rest is of no use to anyone


def probe(path: Path, alive: Callable[[], None] = quietly) -> Probe:
    """All that ingest needs to know of the file, in about 0.02 CPU-s per minute of video.

    ``alive`` is called between packets, to tell a watchdog that the work goes on.

    Raises:
        UnreadableMedia: absent, a folder, empty, not media, a playlist, without sound and moving
            pictures, without a decodable picture or sound, of absurd dimensions or sampling rates,
            or longer than its bytes can hold.
    """
    from ingest.probe.photo_probe import is_photo, probe_photo

    if is_photo(path):
        return probe_photo(path)
    with open_media(path) as container:
        video, audio = _moving_pictures(path, container), _sound(container)
        if video is None and audio is None:
            raise _nothing_to_see_or_hear(path, container)
        unheard = sound_trouble(audio) if audio is not None else ""
        if unheard and video is None:
            raise UnreadableMedia(path, unheard, UserMessage("ingest.copy-from-device"))
        survey = Survey(container, video, None if unheard else audio, alive)
        survey.run()
        return _report(path, survey, unheard)


def _moving_pictures(path: Path, container: InputContainer) -> VideoStream | None:
    """The largest video stream that is no attached picture and has a decoder."""
    from av.stream import Disposition

    stills = Disposition.attached_pic | Disposition.timed_thumbnails
    candidates = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & stills
    ]
    if not candidates:
        return None
    best = max(candidates, key=lambda s: s.codec_context.width * s.codec_context.height)
    width, height = best.codec_context.width, best.codec_context.height
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise unreadable(
            path, "ingest.claims-pictures", "ingest.convert-to-8k", width=width, height=height
        )
    return best


def _sound(container: InputContainer) -> Stream | None:
    """The first audio stream that has a decoder."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def _nothing_to_see_or_hear(path: Path, container: InputContainer) -> UnreadableMedia:
    if container.streams.video:
        return unreadable(path, "ingest.still-picture", "ingest.give-moving-pictures")
    return unreadable(path, "ingest.no-pictures-nor-sound", "ingest.give-moving-pictures")


def _report(path: Path, survey: Survey, unheard: str) -> Probe:
    """The findings; ``unheard`` is why its sound was left out, if it was.

    Raises:
        UnreadableMedia: neither pictures nor sound can be read, or it claims to be longer than it
            can be.
    """
    seen = ProbedStream.of(survey.video if survey.rotation is not None else None)
    heard = ProbedStream.of(survey.audio)
    tracks = [track for track in (seen, heard) if track]
    for stream in tracks:
        require_room(path, stream)
    origin = min((track.first for track in tracks), default=0.0)
    duration = max((track.extent.end for track in tracks), default=0.0) - origin
    if duration <= 0:
        raise unreadable(path, "ingest.nothing-decodable", "ingest.copy-again")
    note, partial = wholeness(path, survey, tracks, origin, duration)
    if unheard:
        note = sentences([note, UserMessage("ingest.only-pictures-used", trouble=unheard)])
        partial = True
    tags = _tags(survey, seen)
    stat = path.stat()
    probe = Probe(
        path=path,
        size=stat.st_size,
        modified=stat.st_mtime,
        format=survey.format,
        duration=duration,
        origin=origin,
        has_video=seen is not None,
        has_audio=heard is not None,
        creation_time=tags.get("creation_time", ""),
        metadata=tags,
        partial=partial,
        note=note,
        audio_index=heard.track.stream.index if heard else -1,
        audio_codec=heard.track.stream.codec_context.name if heard else "",
        lost_pictures=seen.lost(origin, duration) if seen else (),
        lost_sound=heard.lost(origin, duration) if heard else (),
        leaps=survey.leaps,
    )
    return _with_pictures(probe, seen, survey.rotation or 0) if seen else probe


def _tags(survey: Survey, seen: ProbedStream | None) -> dict[str, str]:
    """Metadata of the video stream and, before it, of the container; within bounds."""
    tags = (dict(seen.track.stream.metadata) if seen else {}) | dict(survey.container.metadata)
    bounded = list(tags.items())[:_MOST_TAGS]
    return {key[:_LONGEST_TAG]: value[:_LONGEST_TAG] for key, value in bounded}


def _with_pictures(probed: Probe, seen: ProbedStream, rotation: int) -> Probe:
    """``probed`` with what the video stream tells of its pictures and keyframes."""
    stream = seen.track.stream
    context = stream.codec_context
    aspect = _aspect(stream)
    width, height = round(context.width * aspect), context.height  # type: ignore[attr-defined]
    gaps = keyframe_gaps(seen.extent.keyframes, seen.extent.end)
    return replace(
        probed,
        width=height if rotation % 180 else width,
        height=width if rotation % 180 else height,
        rotation=rotation,
        aspect=aspect,
        frame_rate=float(stream.average_rate or 0),
        keyframe_gap=statistics.median(gaps) if gaps else float("inf"),
        keyframe_gap_max=max(gaps, default=float("inf")),
        video_codec=context.name,
        video_index=stream.index,
    )


def _aspect(stream: Stream) -> float:
    """Width of a pixel over its height; 1.0 where the file does not tell, or nothing credible."""
    sample_aspect_ratio = stream.sample_aspect_ratio  # type: ignore[attr-defined]
    return (
        float(sample_aspect_ratio)
        if sample_aspect_ratio and 1 / _WIDEST <= sample_aspect_ratio <= _WIDEST
        else 1.0
    )
