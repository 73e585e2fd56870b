"""The sound of a span of a recording as 16 kHz mono, at its true time, however broken the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.container import keep_only, open_media, seek_before
from ingest.probe import Probe

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.container import InputContainer
    from av.stream import Stream

RATE = 16_000
_WARM_UP = 0.5  # seconds decoded before the span, for decoders that build on the packet before
_JUMP = 0.05  # seconds between where sound is and where it should be before it is moved there


def read_audio(
    path: Path, probe: Probe, start_offset: float, end_offset: float
) -> NDArray[np.float32]:
    """Sound of [start_offset, end_offset) seconds of the recording: float32 in -1..1, 16 kHz, mono.

    Exactly ``round((end_offset - start_offset) * 16000)`` samples. Where the file has no sound (a
    gap, damaged packets, its early end, no audio stream at all) there are zeros, so that sample i
    is always the sound at ``start_offset + i / 16000``. Reads from just before the span, so a
    window deep in a long file is cheap.

    Raises:
        UnreadableMedia: the file cannot be opened any more.
        ValueError: the span ends before it starts.
    """
    if end_offset < start_offset:
        raise ValueError(f"a span cannot end ({end_offset}) before it starts ({start_offset})")
    sound = np.zeros(round((end_offset - start_offset) * RATE), dtype=np.float32)
    if not probe.has_audio or not sound.size:
        return sound
    with open_media(path) as container:
        stream = container.streams[probe.audio_index]
        keep_only(container, stream)
        if start_offset > _WARM_UP:
            seek_before(container, stream, probe.origin + start_offset - _WARM_UP)
        writer = _Writer(sound)
        for frame in _frames(container, stream):
            if frame.pts is None or frame.time_base is None:
                at = None
            else:
                at = float(frame.pts * frame.time_base) - probe.origin - start_offset
            if at is not None and at >= end_offset - start_offset:
                break
            writer.write(frame, at)
        writer.finish()
    return sound


def _frames(container: InputContainer, stream: Stream) -> Iterator[AudioFrame]:
    """Decoded frames; passes over packets that fail, and ends where the container breaks off."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, ValueError, OSError):
            return
        if packet is None:
            return
        try:
            yield from packet.decode()  # type: ignore[misc]
        except (av.FFmpegError, ValueError):
            continue


class _Writer:
    """Puts resampled sound where its timestamps say; a jump in them starts a new run.

    Within a run samples follow one another, so that rounded timestamps (Matroska keeps
    milliseconds) make no clicks.
    """

    def __init__(self, sound: NDArray[np.float32]) -> None:
        self.sound = sound
        self._resampler: AudioResampler | None = None
        self._format: tuple[int, str, str] | None = None
        self._position = 0  # where the next resampled sample goes
        self._expected = 0.0  # seconds from the window's start at which the next frame should begin

    def write(self, frame: AudioFrame, at: float | None) -> None:
        """Add a frame that begins ``at`` seconds from the window's start, or after the last one."""
        import av

        at = self._expected if at is None else at
        kind = frame.sample_rate, frame.format.name, frame.layout.name
        if kind != self._format or abs(at - self._expected) > _JUMP:
            self.finish()
            # To 16 bits, because only towards integers is a downmix scaled so as not to clip.
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            self._format, self._position, self._expected = kind, round(at * RATE), at
        self._expected += frame.samples / frame.sample_rate
        frame.pts = None  # the resampler must not stretch sound to fit rounded timestamps
        self._resample(frame)

    def finish(self) -> None:
        """Flush what the resampler still holds."""
        if self._resampler is not None:
            self._resample(None)
        self._resampler = None

    def _resample(self, frame: AudioFrame | None) -> None:
        assert self._resampler is not None
        for piece in self._resampler.resample(frame):
            self._place(piece.to_ndarray().reshape(-1).astype(np.float32) / np.float32(32768))

    def _place(self, samples: NDArray[np.float32]) -> None:
        """Copy the part of ``samples`` that lies inside the window."""
        first, self._position = self._position, self._position + samples.size
        lead, end = max(0, -first), min(samples.size, self.sound.size - first)
        if lead < end:
            self.sound[first + lead : first + end] = samples[lead:end]
