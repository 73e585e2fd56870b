"""What is this file, and is it whole? One pass over its packets, because headers lie.

Containers claim durations that they do not hold (a cut-off file still says how long it was meant
to be; a start offset is counted in), so length and keyframe spacing come from the packets.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container import open_media
from ingest.errors import UnreadableMedia
from ingest.survey import Survey, Track

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

MAX_SIDE = 16_384
MAX_PIXELS = 200_000_000
_MISSING_END = 1.0  # seconds by which a container may overstate its length
# Only these write down how long they are; elsewhere the length is a guess from the bit rate.
_KNOW_LENGTH = {"mov", "matroska", "avi", "wav", "flv", "flac", "w64"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file holds. Times are seconds; ``origin`` is the media timestamp of offset 0.

    ``width`` and ``height`` are of the upright picture; ``rotation`` is how far, in degrees
    counterclockwise, decoded pictures must be turned to stand upright. ``keyframe_gap`` and
    ``keyframe_gap_max`` are the median and the longest stretch without a keyframe.
    ``partial`` tells that the end is missing or unreadable, and ``note`` says so in a sentence.
    """

    path: Path
    size: int
    modified: float
    format: str
    duration: float
    origin: float
    has_video: bool
    has_audio: bool
    width: int = 0
    height: int = 0
    rotation: int = 0
    frame_rate: float = 0.0
    keyframe_gap: float = 0.0
    keyframe_gap_max: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    video_index: int = -1
    audio_index: int = -1
    creation_time: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    note: str = ""

    @property
    def device(self) -> str:
        """Maker and model as the camera wrote them, or the empty string."""
        tags = self.metadata
        words = [
            tags.get(f"com.apple.quicktime.{key}") or tags.get(key, "") for key in ("make", "model")
        ]
        return " ".join(word.strip() for word in words if word.strip())


def probe(path: Path) -> Probe:
    """All that ingest needs to know of the file, in about 0.02 CPU-s per minute of video.

    Raises:
        UnreadableMedia: absent, a folder, empty, not media, a playlist, without sound and moving
            pictures, without a decodable picture or sound, or of absurd dimensions.
    """
    with open_media(path) as container:
        video, audio = _moving_pictures(path, container), _sound(container)
        if video is None and audio is None:
            raise _nothing_to_see_or_hear(path, container)
        survey = Survey(container, video, audio)
        survey.run()
        return _report(path, survey)


def sha256_of(path: Path) -> str:
    """SHA-256 of the file as hexadecimal digits; reads it once, in constant memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _moving_pictures(path: Path, container: InputContainer) -> VideoStream | None:
    """The largest video stream that is no attached picture and has a decoder."""
    from av.stream import Disposition

    stills = Disposition.attached_pic | Disposition.timed_thumbnails
    found = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & stills
    ]
    if not found:
        return None
    best = max(found, key=lambda s: s.codec_context.width * s.codec_context.height)
    width, height = best.codec_context.width, best.codec_context.height
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UnreadableMedia(
            path, f"claims pictures of {width} × {height}", "convert it to at most 8K and try again"
        )
    return best


def _sound(container: InputContainer) -> Stream | None:
    """The first audio stream that has a decoder."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def _nothing_to_see_or_hear(path: Path, container: InputContainer) -> UnreadableMedia:
    if container.streams.video:
        return UnreadableMedia(
            path, "holds only a still picture", "give a recording with sound or moving pictures"
        )
    return UnreadableMedia(
        path, "holds neither pictures nor sound", "give a recording with sound or moving pictures"
    )


def _report(path: Path, survey: Survey) -> Probe:
    """The findings. Raises UnreadableMedia where neither pictures nor sound can be read."""
    seen = survey.video if survey.video and survey.rotation is not None else None
    heard = survey.audio if survey.audio and survey.audio.packets else None
    tracks = [track for track in (seen, heard) if track]
    if not tracks:
        raise UnreadableMedia(
            path,
            "nothing in it can be decoded",
            "copy it again from the camera or card that it came from",
        )
    origin = min(track.first for track in tracks)
    duration = max(max(track.end for track in tracks) - origin, 0.0)
    note, partial = _wholeness(survey, origin, duration, blind=bool(survey.video and not seen))
    tags = (dict(seen.stream.metadata) if seen else {}) | dict(survey.container.metadata)
    stat = path.stat()
    found = Probe(
        path=path,
        size=stat.st_size,
        modified=stat.st_mtime,
        format=_format(survey.container),
        duration=duration,
        origin=origin,
        has_video=seen is not None,
        has_audio=heard is not None,
        creation_time=tags.get("creation_time", ""),
        metadata=tags,
        partial=partial,
        note=note,
        audio_index=heard.stream.index if heard else -1,
        audio_codec=heard.stream.codec_context.name if heard else "",
    )
    return _with_pictures(found, seen, survey.rotation or 0) if seen else found


def _wholeness(survey: Survey, origin: float, duration: float, blind: bool) -> tuple[str, bool]:
    """A sentence about what is missing or damaged (or none), and whether any of it is missing."""
    if blind:
        return "Its pictures cannot be decoded; only the sound was used.", True
    claimed = (survey.container.duration or 0) / 1_000_000
    missing = claimed - max(duration, duration + origin)  # some count the start offset in
    if _format(survey.container) in _KNOW_LENGTH and missing > _MISSING_END:
        whole = _clock(duration + missing)
        return (
            f"Only the first {_clock(duration)} of {whole} can be read; the end is missing.",
            True,
        )
    if survey.broke_off:
        return f"It can be read up to {_clock(duration)} only; the rest is damaged.", True
    return (f"Damaged packets met: {survey.damaged}." if survey.damaged else ""), False


def _with_pictures(found: Probe, track: Track, rotation: int) -> Probe:
    """``found`` with what the video stream tells of its pictures and keyframes."""
    context = track.stream.codec_context
    width, height = context.width, context.height  # type: ignore[attr-defined]
    gaps = track.gaps()
    return replace(
        found,
        width=height if rotation % 180 else width,
        height=width if rotation % 180 else height,
        rotation=rotation,
        frame_rate=float(track.stream.average_rate or 0),
        keyframe_gap=statistics.median(gaps) if gaps else float("inf"),
        keyframe_gap_max=max(gaps, default=float("inf")),
        video_codec=context.name,
        video_index=track.stream.index,
    )


def _format(container: InputContainer) -> str:
    return container.format.name.split(",")[0]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
