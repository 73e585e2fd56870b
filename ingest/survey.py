"""One pass over the packets of a file: where its streams begin and end, keyframes and damage."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.container import THREADS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_CLOCK_JUMP = 3600.0  # a packet that is further ahead than this carries a damaged timestamp
_PICTURE_TRIES = 300  # packets given to the decoder before the pictures count as undecodable


class Track:
    """Where the packets of one stream begin and end, and where its keyframes are."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.start = self.end = 0.0
        self.packets = 0
        self.keyframes = array("d")
        rate = stream.average_rate if stream.type == "video" else None
        self._frame = 1 / float(rate) if rate else 0.0  # for packets that do not say how long

    def add(self, packet: Packet[Stream]) -> bool:
        """Count the packet in; False if its timestamp cannot be true."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.is_discard:
            return True  # some containers stamp the first frame of a group only: not a fault
        base = float(packet.time_base)
        at, length = stamp * base, (packet.duration or 0) * base
        end = at + (length if 0 < length < _CLOCK_JUMP else self._frame)
        if self.packets and at > self.end + _CLOCK_JUMP:
            return False
        self.start = min(self.start, at) if self.packets else at
        self.end = max(self.end, end) if self.packets else end
        self.packets += 1
        if packet.is_keyframe and self.stream.type == "video":
            self.keyframes.append(at)
        return True

    @property
    def first(self) -> float:
        """Media time of the first moment; the container (which knows encoder delay) is believed."""
        if self.stream.start_time is None or not self.stream.time_base:
            return self.start
        return float(self.stream.start_time * self.stream.time_base)

    def gaps(self) -> list[float]:
        """Seconds from each keyframe to the next, the last one to the end of the stream."""
        times = sorted(self.keyframes)
        if not times:
            return []
        return [b - a for a, b in pairwise([*times, max(self.end, times[-1])])]


class Survey:
    """One demultiplexing pass: lengths, keyframes, damage, and how the first picture is turned."""

    def __init__(
        self, container: InputContainer, video: VideoStream | None, audio: Stream | None
    ) -> None:
        self.container = container
        self.video = Track(video) if video is not None else None
        self.audio = Track(audio) if audio is not None else None
        self.damaged = 0
        self.broke_off = False
        self.rotation: int | None = None
        self._tries = 0
        if video is not None:
            video.codec_context.thread_count = THREADS

    def run(self) -> None:
        """Read every packet; a demultiplexer that gives up ends the pass, not the program."""
        import av

        tracks = {t.stream.index: t for t in (self.video, self.audio) if t is not None}
        try:
            for packet in self.container.demux([t.stream for t in tracks.values()]):
                if not packet.size:
                    continue
                track = tracks[packet.stream_index]
                self.damaged += packet.is_corrupt or not track.add(packet)
                if track is self.video and self.rotation is None:
                    self._look_at(packet)
        except (av.FFmpegError, ValueError, OSError):
            self.broke_off = True
        if self.video and self.rotation is None:
            self._look_at(None)

    def _look_at(self, packet: Packet[Stream] | None) -> None:
        """Decode until one picture comes out: rotation is known only to frames."""
        import av

        if self.video is None or self._tries > _PICTURE_TRIES:
            return
        self._tries += 1
        try:
            frames = self.video.stream.codec_context.decode(packet)  # type: ignore[attr-defined]
        except (av.FFmpegError, ValueError):
            return
        if frames:
            self.rotation = round(frames[0].rotation / 90) * 90 % 360
