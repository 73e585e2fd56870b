"""The pictures of one file, held open: consecutive spans go on where the last one ended.

A long recording is read in blocks of minutes. Opening a file of hours again for each of them, and
decoding from the keyframe before, would cost as much as the reading itself.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

from ingest.container.container import (
    MAX_PIXELS,
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
from ingest.images.image_ops import is_mirrored
from ingest.probe.probe_types import Probe

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from ingest.decode.requests import Mode, SampleReport

T = TypeVar("T")
Stamped: TypeAlias = tuple[float, T]

_INDEXED = ("mov", "matroska", "avi")  # a seek in these lands on a keyframe before its target
_SAME = 0.002  # seconds within which two timestamps are of one picture (Matroska rounds to 1 ms)


class PictureReel:
    """Decodes the pictures of one file, span by span. Not for use by two threads at once."""

    def __init__(self, path: Path, probe: Probe, alive: Callable[[], None] = quietly) -> None:
        """Opens the file.

        Raises:
            UnreadableMedia: it cannot be opened any more.
        """
        self.path, self.probe = path, probe
        self._alive = alive
        self._open()
        self._place: tuple[Mode, float] | None = None  # how and up to where reading has come
        self._packets: _Flow[Packet[VideoStream]] = _Flow(iter(()))
        self._pictures: _Flow[VideoFrame] = _Flow(iter(()))
        self._lost: list[Stretch] = []
        self._mirrored: bool | None = None
        self._report: SampleReport

    def _open(self) -> None:
        self._container = open_media(self.path, self.probe.format)
        stream = stream_at(self.path, self._container, self.probe.video_index, "video")
        self._stream = cast("VideoStream", stream)
        keep_only(self._container, self._stream)
        prepare(self._stream.codec_context)
        self._base = float(self._stream.time_base or 0)  # flushed pictures carry none
        self._at_beginning = True

    def __enter__(self) -> PictureReel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def is_mirrored(self, picture: VideoFrame) -> bool:
        """Whether the file's pictures are to be turned over, by the first that is asked about."""
        if self._mirrored is None:
            self._mirrored = is_mirrored(picture)
        return self._mirrored

    def span(
        self, start: float, end: float, period: float, report: SampleReport
    ) -> Iterator[Stamped[VideoFrame]]:
        """Pictures of [start, end) with their offsets, by the report's mode.

        In order if keyframes give nothing (a short span, a wrong flag). What is damaged is told in
        ``report`` before the picture that follows it.
        """
        self._report, any_read = report, False
        self._lost = list(self.probe.lost_pictures)
        read = self._keyframes if report.mode == "keyframes" else self._in_order
        for item in read(start, end, period):
            any_read = True
            self._tell(start, end)
            yield item
        if not any_read and report.mode == "keyframes":
            report.mode, self._lost = "sequential", list(self.probe.lost_pictures)
            for item in self._in_order(start, end, period):
                self._tell(start, end)
                yield item
        self._tell(start, end)

    def _tell(self, start: float, end: float) -> None:
        note(self._report.damaged, within(self._lost, start, end))
        self._lost = [stretch for stretch in self._lost if stretch[1] > end]

    def _keyframes(self, start: float, end: float, period: float) -> Iterator[Stamped[VideoFrame]]:
        """The keyframe nearest to each tick; the others are not even decoded."""
        self._go("keyframes", start)
        keyframes = nearest_to_ticks(self._packets.until(end), start, end, period)
        for offset, picture in self._decoded(keyframes):
            if start <= offset < end:
                yield offset, picture
        self._stream.codec_context.flush_buffers()
        self._place = "keyframes", end

    def _in_order(self, start: float, end: float, period: float) -> Iterator[Stamped[VideoFrame]]:
        """The first sound picture at or after each tick, decoding all from the keyframe before."""
        self._go("sequential", start)
        tick = math.ceil(start / period - 1e-9) * period
        for offset, picture in self._pictures.until(end):
            if offset >= tick - 1e-6:
                tick = (math.floor(offset / period + 1e-6) + 1) * period
                yield offset, picture
        self._place = "sequential", end

    def _go(self, mode: Mode, start: float) -> None:
        """Be where reading has to begin: there already, or at the keyframe before ``start``."""
        arrived, self._place = self._place == (mode, start), None
        if arrived:
            return
        self._seek(start)
        self._stream.codec_context.skip_frame = "NONKEY" if mode == "keyframes" else "DEFAULT"
        stamped = self._stamped(keyframes=mode == "keyframes")
        if mode == "keyframes":
            self._packets = _Flow(steady(stamped))
        else:
            self._pictures = _Flow(steady(self._decoded(stamped)))

    def _seek(self, start: float) -> None:
        """To the beginning by opening the file, as not every container can seek there."""
        probe = self.probe
        back = 0.0 if probe.format in _INDEXED else min(probe.keyframe_gap_max, 60.0)
        if start - back > 0:
            seek_before(self._container, self._stream, probe.media_time(start - back))
        elif not self._at_beginning:
            self.close()
            self._open()
        self._at_beginning = False

    def _stamped(self, *, keyframes: bool) -> Iterator[Stamped[Packet[VideoStream]]]:
        """Packets with their offsets, up to the end of the file or to where it breaks off."""
        last, latest = 0.0, self.probe.duration + LEAP
        try:
            for packet in packets_of(self._container, [self._stream], self._alive):
                stamp = packet.pts if packet.pts is not None else packet.dts
                at = self.probe.offset(stamp * self._base) if stamp is not None else last
                if not -LEAP < at < latest:
                    continue  # a timestamp that cannot be true
                last = at
                if packet.is_keyframe or not keyframes:
                    yield at, cast("Packet[VideoStream]", packet)
        except BrokenOff:
            self._report.broke_off = True
            self._lost.append((last, self.probe.duration))

    def _decoded(
        self, packets: Iterable[Stamped[Packet[VideoStream]]]
    ) -> Iterator[Stamped[VideoFrame]]:
        """Sound pictures; from one that is damaged or missing to the next sound one counts as lost.

        Between keyframes nothing is known, so each that was given in has to come out again.
        """
        last, lost = -math.inf, math.inf
        due: deque[float] = deque()
        for at, packet in chain(packets, [(math.inf, None)]):
            if packet is not None and self._report.mode == "keyframes":
                due.append(at)
            pictures: list[VideoFrame] | None = decoded(self._stream.codec_context, packet)
            if pictures is None:
                self._report.failed += 1
                lost = min(lost, at)
            for picture in pictures or ():
                offset = self._offset(picture, last)
                while due and due[0] < offset - _SAME:
                    lost = min(lost, due.popleft())
                if self._is_damaged(picture):
                    lost = min(lost, offset)
                    continue
                if due and due[0] <= offset + _SAME:
                    due.popleft()
                if lost < math.inf:
                    self._lost.append((lost, offset))
                    lost = math.inf
                last = offset
                yield offset, picture
        if lost < math.inf or due:
            self._lost.append((min(lost, *due) if due else lost, math.inf))

    def _is_damaged(self, picture: VideoFrame) -> bool:
        damaged = picture.is_corrupt or picture.width * picture.height > MAX_PIXELS
        self._report.corrupt += damaged
        return bool(damaged)

    def _offset(self, picture: VideoFrame, last: float) -> float:
        """Seconds from the recording's beginning; without a stamp, one frame after the last."""
        stamp = picture.pts if picture.pts is not None else picture.dts
        if stamp is None:
            lasts = (picture.duration or 0) * self._base or 1 / (self.probe.frame_rate or 25)
            return last + lasts if last > -math.inf else 0.0
        return self.probe.offset(float(stamp * self._base))


class _Flow(Generic[T]):
    """A stream that is taken up to a time, and later on from there."""

    def __init__(self, items: Iterator[Stamped[T]]) -> None:
        self._items = items
        self._ahead: Stamped[T] | None = None

    def until(self, end: float) -> Iterator[Stamped[T]]:
        while (item := self._ahead or next(self._items, None)) is not None:
            self._ahead = item if item[0] >= end else None
            if self._ahead is not None:
                return
            yield item


def nearest_to_ticks(
    stamped: Iterable[tuple[float, T]], start: float, end: float, period: float
) -> Iterator[tuple[float, T]]:
    """Those items of [start, end) that are nearest to some multiple of ``period`` in it, each once.

    ``stamped`` are (time, item) pairs in rising order; one is held back, the rest stream through.
    """
    tick, pending = math.ceil(start / period - 1e-9), None
    for at, item in stamped:
        if at < start:
            continue
        if at >= end:
            break
        if pending is not None and tick * period <= (middle := (pending[0] + at) / 2):
            yield pending
            tick = math.floor(middle / period) + 1
        pending = at, item
    if pending is not None and tick * period < end:
        yield pending
