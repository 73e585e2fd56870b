"""About one upright picture a second out of a recording, for as little work as its codec allows.

    report = SampleReport()
    for frame in sample_frames(path, probed, recording_start, report=report): ...

Where keyframes are dense, only they are read and decoded (a sixth to a tenth of the cost);
elsewhere every frame is decoded once, in order. There is one seek per call and never one per tick,
timestamps are the true ones, and nothing is emitted twice or kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast

from ingest.container import THREADS, keep_only, open_media, seek_before
from ingest.pictures import quality, upright
from ingest.probe import Probe
from memory.types import Frame

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

T = TypeVar("T")
Mode: TypeAlias = Literal["keyframes", "sequential"]

_INDEXED = ("mov", "matroska", "avi")  # a seek in these lands on a keyframe before its target


@dataclass(slots=True)
class SampleReport:
    """What happened while sampling; filled as the stream is read.

    ``frames`` were emitted, ``corrupt`` were decoded damaged and left out, ``failed`` packets could
    not be decoded at all. ``last_good`` is the offset (s) of the last sound picture. ``broke_off``
    tells that reading ended before the span did because the container is damaged.
    """

    mode: Mode = "sequential"
    frames: int = 0
    corrupt: int = 0
    failed: int = 0
    last_good: float | None = None
    broke_off: bool = False


def sampling_mode(probe: Probe, period: float = 1.0) -> Mode:
    """Whether keyframes alone give a picture per ``period`` seconds (median ≤ 1.2, longest ≤ 3)."""
    dense = probe.keyframe_gap <= 1.2 * period and probe.keyframe_gap_max <= 3 * period
    return "keyframes" if dense else "sequential"


def sample_frames(
    path: Path,
    probe: Probe,
    recording_start: float,
    *,
    start_offset: float = 0.0,
    end_offset: float = math.inf,
    period: float = 1.0,
    max_side: int = 960,
    report: SampleReport | None = None,
) -> Iterator[Frame]:
    """Upright RGB pictures of [start_offset, end_offset), one near each multiple of ``period``.

    Offsets are seconds from the beginning of the recording; ``Frame.at`` is ``recording_start``
    (seconds UTC) plus the picture's true offset. Times rise strictly. Ticks count from offset 0,
    so a recording sampled piece by piece gives what it gives in one go. Pictures are scaled so that
    no side exceeds ``max_side``. Damaged pictures are left out and counted in ``report``; a
    container that breaks off ends the stream, with what was read before already delivered.

    Raises:
        UnreadableMedia: the file cannot be opened any more.
    """
    if not probe.has_video:
        return
    report = report if report is not None else SampleReport()
    report.mode = sampling_mode(probe, period)
    reader = _Reader(path, probe, start_offset, min(end_offset, probe.duration), report)
    for offset, picture in reader.pictures(period):
        image = upright(picture, probe.rotation, max_side)
        report.frames += 1
        yield Frame(recording_start + offset, image, quality(image))


def nearest_to_ticks(
    stamped: Iterable[tuple[float, T]], start: float, end: float, period: float
) -> Iterator[tuple[float, T]]:
    """Those items of [start, end) that are nearest to some multiple of ``period`` in it, each once.

    ``stamped`` are (time, item) pairs in rising order; one is held back, the rest stream through.
    """
    tick, held = math.ceil(start / period - 1e-9), None
    for at, item in stamped:
        if at < start:
            continue
        if at >= end:
            break
        if held is not None and tick * period <= (middle := (held[0] + at) / 2):
            yield held
            tick = math.floor(middle / period) + 1
        held = at, item
    if held is not None and tick * period < end:
        yield held


@dataclass(slots=True)
class _Reader:
    """Decodes the pictures of one span of one file, with their offsets."""

    path: Path
    probe: Probe
    start: float
    end: float
    report: SampleReport

    def pictures(self, period: float) -> Iterator[tuple[float, VideoFrame]]:
        """By the report's mode; in order if keyframes give nothing (a short span, a wrong flag)."""
        found = False
        if self.report.mode == "keyframes":
            for item in self.keyframes(period):
                found = True
                yield item
        if not found:
            self.report.mode = "sequential"
            yield from self.in_order(period)

    def keyframes(self, period: float) -> Iterator[tuple[float, VideoFrame]]:
        """The keyframe nearest to each tick; the others are not even decoded."""
        with open_media(self.path) as container:
            stream = self._stream(container, keyframes=True)
            packets = self._packets(container, stream)
            wanted = nearest_to_ticks(packets, self.start, self.end, period)
            for offset, picture in self._pictures(stream, wanted):
                if self.start <= offset < self.end:
                    yield offset, picture

    def in_order(self, period: float) -> Iterator[tuple[float, VideoFrame]]:
        """The first sound picture at or after each tick, decoding all from the keyframe before."""
        tick = math.ceil(self.start / period - 1e-9) * period
        with open_media(self.path) as container:
            stream = self._stream(container, keyframes=False)
            for offset, picture in self._pictures(stream, self._packets(container, stream)):
                if offset >= self.end:
                    return
                if offset >= tick - 1e-6:
                    tick = (math.floor(offset / period + 1e-6) + 1) * period
                    yield offset, picture

    def _stream(self, container: InputContainer, *, keyframes: bool) -> VideoStream:
        """The video stream, its decoder set up, read from the last keyframe before the span."""
        stream = container.streams[self.probe.video_index]
        keep_only(container, stream)
        stream.codec_context.thread_count = THREADS
        stream.codec_context.thread_type = "AUTO"
        if keyframes:
            stream.codec_context.skip_frame = "NONKEY"
        if self.start > 0:
            back = 0.0 if self.probe.format in _INDEXED else min(self.probe.keyframe_gap_max, 60.0)
            seek_before(container, stream, self.probe.origin + self.start - back)
        return cast("VideoStream", stream)

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[tuple[float, Packet[VideoStream]]]:
        """Packets with their offsets, up to the end of the file or to where it breaks off."""
        import av

        base, keys_only = float(stream.time_base or 0), self.report.mode == "keyframes"
        try:
            for packet in container.demux(stream):
                stamp = packet.pts if packet.pts is not None else packet.dts
                if packet.size and (packet.is_keyframe or not keys_only):
                    yield (stamp or 0) * base - self.probe.origin, packet
        except (av.FFmpegError, ValueError, OSError):
            self.report.broke_off = True

    def _pictures(
        self, stream: VideoStream, packets: Iterable[tuple[float, Packet[VideoStream]]]
    ) -> Iterator[tuple[float, VideoFrame]]:
        """Sound pictures whose offsets rise; the damaged ones and failed packets are counted."""
        import av

        last, base = -math.inf, float(stream.time_base or 0)  # flushed pictures carry no base
        for packet in chain((packet for _, packet in packets), [None]):
            try:
                pictures = stream.codec_context.decode(packet)
            except (av.FFmpegError, ValueError):
                self.report.failed += 1
                continue
            for picture in pictures:
                offset = self._offset(picture, base, last)
                if picture.is_corrupt:
                    self.report.corrupt += 1
                elif offset > last:
                    self.report.last_good = last = offset
                    yield offset, picture

    def _offset(self, picture: VideoFrame, base: float, last: float) -> float:
        """Seconds from the recording's beginning; without a stamp, one frame after the last."""
        stamp = picture.pts if picture.pts is not None else picture.dts
        if stamp is None:
            return last + 1 / (self.probe.frame_rate or 30) if last > -math.inf else self.start
        return stamp * base - self.probe.origin
