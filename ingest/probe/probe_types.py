"""The result of probing a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.container.damage import Stretch
from ingest.container.timestamp_repair import closed, opened

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file holds. Times are seconds; ``origin`` is the media timestamp of offset 0.

    ``width`` and ``height`` are of the upright picture in square pixels; ``rotation`` is how far,
    in degrees counterclockwise, decoded pictures must be turned to stand upright, and ``aspect``
    how many times as wide as high their pixels are, before that. ``keyframe_gap`` and
    ``keyframe_gap_max`` are the median and the longest stretch without a keyframe.
    ``partial`` tells that the end is missing or unreadable, and ``note`` says so in a sentence.
    ``lost_pictures`` and ``lost_sound`` are stretches, as offsets from the beginning, that the
    container has lost within; ``leaps`` are media times from which on so many seconds are taken
    off, since the camera's clock was set forward there. What is damaged inside packets shows only
    when they are decoded.
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
    aspect: float = 1.0
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
    lost_pictures: tuple[Stretch, ...] = ()
    lost_sound: tuple[Stretch, ...] = ()
    leaps: tuple[Stretch, ...] = ()

    def offset(self, media_time: float) -> float:
        """Seconds from the beginning of the recording of a timestamp in the file."""
        return closed(media_time, self.leaps) - self.origin

    def media_time(self, offset: float) -> float:
        """The timestamp in the file, in seconds, of what is at an offset."""
        return opened(offset + self.origin, self.leaps)

    @property
    def kind(self) -> Literal["video", "sound", "photo"]:
        """What sort of recording it makes."""
        if self.format == "image":
            return "photo"
        return "video" if self.has_video else "sound"

    @property
    def device(self) -> str:
        """Maker and model as the camera wrote them, or the empty string."""
        tags = self.metadata
        words = [
            tags.get(f"com.apple.quicktime.{key}") or tags.get(key, "") for key in ("make", "model")
        ]
        return " ".join(word.strip() for word in words if word.strip())
