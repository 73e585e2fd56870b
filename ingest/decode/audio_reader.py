"""The sound of one span of a file, read in pieces of seconds, each at its true time.

Each span has the file opened, and a decoder set up, of its own (some milliseconds). A decoder's
state, as that of the noise that AAC substitutes, and a demuxer's index, which grows as it reads,
would else make the samples depend on what was read before; a run that was interrupted and went on
would hear other words than one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ingest.container.container import (
    BrokenOff,
    decoded,
    keep_only,
    open_media,
    packets_of,
    prepare,
    quietly,
    seek_before,
    stream_at,
)
from ingest.container.damage import Stretch, note, within
from ingest.container.timestamp_repair import LEAP, steady
from ingest.decode.requests import RATE, SoundReport
from ingest.probe.plausibility import SAMPLING_RATES
from ingest.probe.probe_types import Probe

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.packet import Packet

PIECE = 5 * RATE  # samples of a piece
_WARM_UP = 0.5  # seconds decoded before the span, for decoders that build on the packet before
_KNOWN_CHANNELS = 8  # of these FFmpeg knows where each was, and mixes them
_JUMP = 0.05  # seconds between where sound is and where it should be before it is moved there


class SoundReel:
    """Decodes one span of the sound of one file."""

    def __init__(self, path: Path, probe: Probe, alive: Callable[[], None] = quietly) -> None:
        """Opens the file.

        Raises:
            UnreadableMedia: it cannot be opened any more.
        """
        self.path, self.probe = path, probe
        self._alive = alive
        self._container = open_media(path, probe.format)
        self._stream = cast(
            "AudioStream", stream_at(path, self._container, probe.audio_index, "audio")
        )
        keep_only(self._container, self._stream)
        prepare(self._stream.codec_context)
        self._lost: list[Stretch] = []
        self._report = SoundReport()

    def __enter__(self) -> SoundReel:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def span(self, start: float, end: float, report: SoundReport) -> Iterator[NDArray[np.int16]]:
        """The span's ``round((end - start) * 16000)`` samples in pieces of 5 s; silence for gaps.

        What is damaged is told in ``report`` before the piece that it lies in. To be called once.
        """
        self._report, self._lost = report, list(self.probe.lost_sound)
        if start > _WARM_UP:
            before = self.probe.media_time(start - _WARM_UP)
            seek_before(self._container, self._stream, before)
        writer = _SampleWriter(round((end - start) * RATE))
        for at, frame in steady(self._frames()):
            if at >= end:
                break
            yield from self._told(writer.write(frame, at - start), start, end)
        yield from self._told(writer.finish(), start, end)

    def _told(
        self, pieces: Iterator[NDArray[np.int16]], start: float, end: float
    ) -> Iterator[NDArray[np.int16]]:
        for piece in pieces:
            note(self._report.damaged, within(self._lost, start, min(end, self.probe.duration)))
            yield piece

    def _frames(self) -> Iterator[tuple[float, AudioFrame]]:
        """Decoded frames with their offsets; from a packet that fails to the next frame is lost.

        Ends where the container breaks off.
        """
        expected, lost = 0.0, math.inf
        for due, packet in self._packets():
            frames: list[AudioFrame] | None = decoded(self._stream.codec_context, packet)
            if frames is None:
                self._report.failed += 1
                lost = min(lost, due)
            for frame in frames or ():
                at = self._offset(frame, expected)
                if frame.is_corrupt or not _is_credible(frame):
                    lost = min(lost, at)
                    continue
                if lost < math.inf:
                    self._lost.append((lost, at))
                    lost = math.inf
                expected = at + frame.samples / frame.sample_rate
                yield at, frame
        if lost < math.inf:
            self._lost.append((lost, math.inf))

    def _packets(self) -> Iterator[tuple[float, Packet[AudioStream] | None]]:
        """Packets with their offsets, and None at the end."""
        base, last = float(self._stream.time_base or 0), 0.0
        try:
            for packet in packets_of(self._container, [self._stream], self._alive):
                stamp = packet.pts if packet.pts is not None else packet.dts
                at = self.probe.offset(stamp * base) if stamp is not None else last
                if at < self.probe.duration + LEAP:
                    last = at
                    yield at, cast("Packet[AudioStream]", packet)
        except BrokenOff:
            self._report.broke_off = True
            self._lost.append((last, math.inf))
        yield last, None

    def _offset(self, frame: AudioFrame, expected: float) -> float:
        base = frame.time_base or self._stream.time_base
        if frame.pts is None or not base:
            return expected
        return self.probe.offset(float(frame.pts * base))


def _is_credible(frame: AudioFrame) -> bool:
    return SAMPLING_RATES[0] <= frame.sample_rate <= SAMPLING_RATES[1]


def _mixed(frame: AudioFrame) -> AudioFrame:
    """The frame, or the mean of its channels where FFmpeg does not know what they are."""
    import av

    channels = frame.layout.nb_channels
    if channels <= _KNOWN_CHANNELS:
        return frame
    samples = frame.to_ndarray()
    each = samples if frame.format.is_planar else samples.reshape(-1, channels).T
    mean = each.mean(axis=0, dtype=np.float64)
    if each.dtype.kind == "u":
        mean -= 128
    if each.dtype.kind in "iu":
        mean /= 2 ** (8 * each.itemsize - 1)
    mixed = av.AudioFrame.from_ndarray(mean.astype(np.float32)[None], format="fltp", layout="mono")
    mixed.sample_rate = frame.sample_rate
    return mixed


class _SampleWriter:
    """Puts resampled sound where its timestamps say; a jump in them starts a new run.

    Within a run samples follow one another, so that rounded timestamps (Matroska keeps
    milliseconds) make no clicks. Only the piece being filled is held.
    """

    def __init__(self, total: int) -> None:
        self._total = total  # samples of the span
        self._done = 0  # samples of it that were handed out
        self._piece = np.zeros(min(PIECE, total), dtype=np.int16)
        self._resampler: AudioResampler | None = None
        self._format: tuple[int, str, str] | None = None
        self._position = 0  # where the next resampled sample goes
        self._expected = 0.0  # seconds from the span's start at which the next frame should begin

    def write(self, frame: AudioFrame, at: float) -> Iterator[NDArray[np.int16]]:
        """Add a frame that begins ``at`` seconds from the span's start; gives what is complete."""
        import av

        frame = _mixed(frame)
        kind = frame.sample_rate, frame.format.name, frame.layout.name
        if kind != self._format or abs(at - self._expected) > _JUMP:
            yield from self._resample(None)
            # To 16 bits, because only towards integers is a downmix scaled so as not to clip.
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            self._format, self._position, self._expected = kind, round(at * RATE), at
        self._expected += frame.samples / frame.sample_rate
        frame.pts = None  # the resampler must not stretch sound to fit rounded timestamps
        yield from self._resample(frame)

    def finish(self) -> Iterator[NDArray[np.int16]]:
        """What the resampler still holds, and silence up to the end of the span."""
        yield from self._resample(None)
        yield from self._hand_out(self._total)

    def _resample(self, frame: AudioFrame | None) -> Iterator[NDArray[np.int16]]:
        import av

        if self._resampler is None:
            return
        try:
            pieces = self._resampler.resample(frame)
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):  # a format that damage invented
            self._resampler = self._format = None
            return
        for piece in pieces:
            yield from self._place(piece.to_ndarray().reshape(-1).astype(np.int16, copy=False))

    def _place(self, samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
        """Copy the part of ``samples`` that lies in the span and was not handed out yet."""
        first, self._position = self._position, self._position + samples.size
        samples = samples[max(0, self._done - first) : max(0, self._total - first)]
        first = max(first, self._done)
        while samples.size:
            yield from self._hand_out(first - first % PIECE)
            room = self._done + self._piece.size - first
            part, samples = samples[:room], samples[room:]
            self._piece[first - self._done :][: part.size] = part
            first += part.size

    def _hand_out(self, until: int) -> Iterator[NDArray[np.int16]]:
        """The pieces that end at or before sample ``until``."""
        while self._done < self._total and self._done + self._piece.size <= until:
            piece, self._done = self._piece, self._done + self._piece.size
            self._piece = np.zeros(min(PIECE, self._total - self._done), dtype=np.int16)
            yield piece
