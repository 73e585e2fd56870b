"""One pass over the packets of a file: where its streams begin and end, keyframes and damage."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.container.container import BrokenOff, decoded, packets_of, prepare, quietly
from ingest.container.damage import Stretch
from ingest.container.timestamp_repair import Extent, Leap, Timeline, agreed

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

_LONGEST_PACKET = 60.0  # seconds; a packet that claims to last longer is not believed
_LONGEST_FRAME = 10.0  # seconds, of a stream that claims a slower rate
_PICTURE_TRIES = 300  # packets given to the decoder before the pictures count as undecodable
_HOLE = 64  # bytes between two packets that hold no packet: more than any container's headers
_MAX_LOST = 10_000
_TIMED_BY_COUNT = 25.0  # frames a second where a stream tells neither times nor a rate
# In these every packet follows the one before it, whichever stream it is of, and bytes in which
# none is found are skipped without a word.
_CONTIGUOUS = {"matroska", "avi", "flac", "flv", "nut"}
_UNINTERRUPTED = {"ogg", "mpegts"}  # in these holes do not show, but sound goes on without pause


class Track:
    """Where the packets of one stream begin and end, where its keyframes are and what is lost."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.timeline = Timeline()
        self.lost: list[Stretch] = []
        self.suspect: list[Stretch] = []
        self.leaps: tuple[Leap, ...] = ()
        self.packets = self.bytes = 0
        self._position = -1
        self._is_video = stream.type == "video"
        rate = stream.average_rate if stream.type == "video" else None
        self.frame = min(1 / float(rate or _TIMED_BY_COUNT), _LONGEST_FRAME)
        # Pictures that refer to later ones are stored some frames ahead of their time.
        self._gap = max(0.25, 6 * self.frame) if self._is_video else 0.1

    def add(self, packet: Packet[Stream], hole: int) -> None:
        """Count the packet in; ``hole`` is the last byte at which no packet was found, or −1."""
        if packet.is_discard:
            return
        base, end = float(packet.time_base), self.timeline.end
        stamp = packet.pts if packet.pts is not None else packet.dts
        at = stamp * base if stamp is not None else (end if end is not None else 0.0)
        length = (packet.duration or 0) * base
        length = length if 0 < length < _LONGEST_PACKET else self.frame if self._is_video else 0.0
        self._look_back(at, hole)
        self._position = _position(packet)
        is_key = self._is_video and packet.is_keyframe and stamp is not None
        order = packet.dts * base if packet.dts is not None else None
        self.timeline.add(at, length, is_key, order)
        self.packets += 1
        self.bytes += packet.size

    @property
    def extent(self) -> Extent:
        """What of its timestamps is believed; read it once, when all packets are in."""
        return self.timeline.believed(self.leaps)

    def _look_back(self, at: float, hole: int) -> None:
        """Note a jump in time; where bytes were skipped with it, it is a loss and no pause."""
        end = self.timeline.end
        if end is not None and at > end + self._gap:
            gaps = self.lost if self._position < hole else self.suspect
            if len(gaps) < _MAX_LOST:
                gaps.append((end, at))


class Survey:
    """One demultiplexing pass: lengths, keyframes, damage, and how the first picture is turned."""

    def __init__(
        self,
        container: InputContainer,
        video: VideoStream | None,
        audio: Stream | None,
        alive: Callable[[], None] = quietly,
    ) -> None:
        self.container = container
        self.video = Track(video) if video is not None else None
        self.audio = Track(audio) if audio is not None else None
        self.format = container.format.name.split(",")[0]
        self.damaged = 0
        self.broke_off = False
        self.first_byte = -1  # at which a packet was found
        self.rotation: int | None = None
        self._tries = 0
        self._alive = alive
        if video is not None:
            prepare(video.codec_context)
            video.codec_context.thread_count = 1  # one picture is wanted, not one per thread

    def run(self) -> None:
        """Read every packet; a demultiplexer that gives up ends the pass, not the program."""
        tracks = {t.stream.index: t for t in (self.video, self.audio) if t is not None}
        contiguous = self.format in _CONTIGUOUS
        track_streams = [track.stream for track in tracks.values()]
        streams = list(self.container.streams) if contiguous else track_streams
        covered, hole, cut = 0, -1, False
        try:
            for packet in packets_of(self.container, streams, self._alive):
                if contiguous and (position := _position(packet)) >= 0:
                    if covered and position > covered + _HOLE:
                        hole = position
                        self.damaged += self.format == "avi"  # whose times do not show a gap
                    covered = max(covered, position + packet.size)
                if (track := tracks.get(packet.stream_index)) is None:
                    continue
                if self.first_byte < 0:
                    self.first_byte = _position(packet)
                self.damaged += cut
                cut = packet.is_corrupt  # so is the last packet of a file without an end
                track.add(packet, hole)
                if track is self.video and self.rotation is None:
                    self._look_at(packet)
        except BrokenOff:
            self.broke_off = True
        if self.video and self.rotation is None:
            self._look_at(None)
        self._judge_gaps()
        for track in tracks.values():
            track.leaps = self.leaps

    @property
    def leaps(self) -> tuple[Leap, ...]:
        """Where the clock of the file was set forward while it was written."""
        tracks = [track for track in (self.video, self.audio) if track is not None]
        return agreed([track.timeline.gaps() for track in tracks if track.packets])

    def _judge_gaps(self) -> None:
        """Where holes do not show: sound never pauses, and pictures pause with it if lost."""
        if self.format not in _UNINTERRUPTED or self.audio is None:
            return
        self.audio.lost += self.audio.suspect
        if self.video:
            self.video.lost += [
                gap
                for gap in self.video.suspect
                if any(gap[0] < b and a < gap[1] for a, b in self.audio.lost)
            ]

    def _look_at(self, packet: Packet[Stream] | None) -> None:
        """Decode until one picture comes out: rotation is known only to frames."""
        if self.video is None or self._tries > _PICTURE_TRIES:
            return
        self._tries += 1
        if frames := decoded(self.video.stream.codec_context, packet):
            self.rotation = round(frames[0].rotation / 90) * 90 % 360


def _position(packet: Packet[Stream]) -> int:
    """Where in the file the packet begins, or −1 if its container does not tell."""
    return packet.pos if packet.pos is not None else -1


def keyframe_gaps(keyframes: array[float], end: float) -> list[float]:
    """Seconds from each keyframe to the next, the last one to the end of the stream."""
    if not keyframes:
        return []
    return [b - a for a, b in pairwise([*keyframes, max(end, keyframes[-1])])]
