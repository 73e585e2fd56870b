"""Bounds on what a header may claim, so that a few bytes cannot fill days.

A file of 600 kB whose header says one sample a second would else be cut into ten thousand clips.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import UnreadableMedia
from ingest.probe.stream_report import ProbedStream, clock
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.stream import Stream

SAMPLING_RATES = 4_000, 768_000  # Hz: below the slowest of telephones, above the fastest studio's
MOST_CHANNELS = 64  # of ambisonics of the seventh order; FFmpeg mixes no more
# Bytes a second of sound, of packets and 8 for the container's entry of each. Silence needs least:
# Opus without transmission 25, FLAC 44, AAC 110 at 8 kHz; speech in Opus at 6 kb/s needs 1,150.
_LEAST_SOUND = 10.0
_LEAST_SHARE = 0.01  # of the rate of uncompressed sound, which may pause for a minute at a time
_LEAST_PICTURES = 0.25  # bytes a second: one picture a minute in which nothing has changed
_ENTRY = 8  # bytes


def sound_trouble(stream: Stream) -> str:
    """Why the stream cannot be a recording's sound, as the end of a sentence; empty if it can."""
    context: AudioCodecContext = stream.codec_context  # type: ignore[assignment]
    rate, channels = context.sample_rate, context.channels
    if rate and not SAMPLING_RATES[0] <= rate <= SAMPLING_RATES[1]:
        return UserMessage("ingest.sampling-rate", rate=f"{rate:,}")
    # FFmpeg takes what a header says of hundreds of channels for no channels.
    if channels > MOST_CHANNELS or (not channels and context.name.startswith("pcm_")):
        return UserMessage("ingest.too-many-channels", most=MOST_CHANNELS)
    return ""


def require_room(path: Path, probed_stream: ProbedStream) -> None:
    """Raises UnreadableMedia where the stream is longer than its bytes can hold."""
    track, seconds = probed_stream.track, probed_stream.extent.covered
    if seconds * _least_rate(track.stream) > track.bytes + _ENTRY * track.packets:
        seen = track.stream.type == "video"
        key = "ingest.too-many-pictures" if seen else "ingest.too-much-sound"
        reason = UserMessage(key, length=clock(seconds), bytes=f"{track.bytes:,}")
        raise UnreadableMedia(path, reason, UserMessage("ingest.copy-from-device"))


def _least_rate(stream: Stream) -> float:
    if stream.type == "video":
        return _LEAST_PICTURES
    context: AudioCodecContext = stream.codec_context  # type: ignore[assignment]
    if not context.name.startswith("pcm_"):
        return _LEAST_SOUND
    each = context.format.bytes * context.channels if context.format else 1
    return max(_LEAST_SOUND, _LEAST_SHARE * each * context.sample_rate)
