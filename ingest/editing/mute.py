"""Silence in the place of stretches of a sound file whose format keeps no times.

In WAV, MP3, FLAC and the like a packet stands where those before it end, so none can be left out
without moving all that follows. The sound is decoded, silenced and encoded again as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.container.container import open_media
from ingest.probe.probe_types import Probe

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

# Suffix → encoder and container.
SILENCED = {
    ".wav": ("", "wav"),
    ".flac": ("flac", "flac"),
    ".mp3": ("libmp3lame", "mp3"),
    ".aac": ("aac", "adts"),
    ".ogg": ("", "ogg"),
    ".oga": ("", "ogg"),
    ".opus": ("libopus", "ogg"),
}
_ENCODERS = {"opus": "libopus", "vorbis": "libvorbis"}
_EDGE = 0.03  # seconds that are silenced beyond a stretch: lossy codecs smear


def silence_out(
    source: Path, target: Path, about: Probe, stretches: Sequence[tuple[float, float]]
) -> None:
    """Writes the sound of ``source`` with silence in the stretches (offsets in seconds).

    Raises:
        av.FFmpegError, ValueError: it cannot be decoded, or not be encoded the same way.
    """
    import av

    encoder, form = SILENCED[source.suffix.lower()]
    with open_media(source) as container, av.open(str(target), "w", format=form) as output:
        stream: Any = container.streams[about.audio_index]
        output.metadata.update(container.metadata)
        name = encoder or _ENCODERS.get(stream.codec_context.name, stream.codec_context.name)
        ours: Any = output.add_stream(name, rate=stream.codec_context.sample_rate)
        ours.layout = stream.codec_context.layout
        if stream.codec_context.bit_rate and not name.startswith(("pcm", "flac")):
            ours.bit_rate = stream.codec_context.bit_rate
        edge = 0.0 if name.startswith(("pcm", "flac")) else _EDGE
        quiet = [(start - edge, end + edge) for start, end in stretches]
        done = 0
        for frame in container.decode(stream):
            ready = _silenced(frame, done / frame.sample_rate, quiet)
            done += frame.samples
            for packet in ours.encode(ready):
                output.mux(packet)
        for packet in ours.encode(None):
            output.mux(packet)


def _silenced(frame: AudioFrame, at: float, quiet: Sequence[tuple[float, float]]) -> AudioFrame:
    """The frame, which begins ``at`` seconds, with nothing to hear in the quiet stretches."""
    import av

    rate = frame.sample_rate
    ends = [(round((start - at) * rate), round((end - at) * rate)) for start, end in quiet]
    touched = [(max(0, a), min(frame.samples, b)) for a, b in ends if a < frame.samples and b > 0]
    if not touched:
        return frame
    samples: Any = np.array(frame.to_ndarray())
    channels = 1 if frame.format.is_planar else frame.layout.nb_channels
    middle = 128 if frame.format.name.startswith("u8") else 0
    for first, last in touched:
        samples[:, first * channels : last * channels] = middle
    silenced = av.AudioFrame.from_ndarray(samples, frame.format.name, frame.layout.name)
    silenced.sample_rate, silenced.pts, silenced.time_base = rate, frame.pts, frame.time_base
    return silenced
