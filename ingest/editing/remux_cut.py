"""Takes stretches of time out of a media file, without decoding what stays.

    cut = cut_out(Path("walk.mp4"), Path(".new.mp4"), [(60.0, 120.0)])

The packets of the stretches are left out and all others copied: sound exactly, pictures from the
keyframe at or before a stretch to the first keyframe at or after it, because what lies between
refers to what is gone. Timestamps stay, so every offset into the file stays right; only where the
beginning goes does the file begin later, and ``RemuxResult.shift`` says by how much. Attached
pictures, telemetry and chapters are not copied: they may show or tell of the stretch.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.container.container import BrokenOff, open_media, packets_of
from ingest.editing.mute import SILENCED, silence_out
from ingest.errors import IngestError, UnreadableMedia, printable
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from memory.db import disk_space as disk
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

Stretch = tuple[float, float]
_EDGE = 0.01  # seconds
_SAMPLES = 2048  # in a packet, of codecs that do not say
_LONGEST_SOUND = 0.2  # seconds; a packet before a gap may claim to last until behind it
# Formats that keep the time of each packet, and how they are written; others become Matroska.
_MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".m4a": "mp4", ".mov": "mov", ".3gp": "3gp",
           ".mkv": "matroska", ".mka": "matroska", ".webm": "webm",
           ".ts": "mpegts", ".mts": "mpegts", ".m2ts": "mpegts"}  # fmt: skip


class CannotCut(IngestError):
    """A stretch cannot be taken out of a file; the text says why."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(path, reason)

    def __str__(self) -> str:
        name = printable(self.path.name)
        return UserMessage("ingest.cannot-cut", name=name, reason=self.reason)


@dataclass(frozen=True, slots=True)
class RemuxResult:
    """The new file. ``shift`` is how many seconds later it begins than the old one did.

    ``duration`` is its length in seconds; ``pictures`` and ``sound`` tell what is left in it.
    """

    path: Path
    shift: float
    duration: float
    pictures: bool
    sound: bool


def suffix_for(path: Path) -> str:
    """The suffix of what is cut out of ``path``: its own, where its format keeps times."""
    suffix = path.suffix.lower()
    return path.suffix if suffix in _MUXERS or suffix in SILENCED else ".mkv"


def cut_out(source: Path, target: Path, stretches: Sequence[Stretch]) -> RemuxResult:
    """Writes ``source`` less the stretches to ``target``, whose suffix is ``suffix_for(source)``.

    Args:
        source: the file; it is only read.
        target: where the new one is written; on any error it may be left half done.
        stretches: offsets in seconds from the beginning of the recording, [start, end).

    Raises:
        CannotCut: it cannot be read or written as media, or nothing of it would be left.
        DiskNearlyFull: there is no room for the new file.
    """
    import av

    disk.require(target.parent, source.stat().st_size)
    try:
        about = probe(source)
        if source.suffix.lower() in SILENCED and not about.has_video:
            silence_out(source, target, about, stretches)
            shift = 0.0
        else:
            shift = _copy_packets(source, target, about, stretches)
        probed = probe(target)
    except (UnreadableMedia, BrokenOff, av.FFmpegError, ValueError, IndexError) as error:
        raise CannotCut(source, str(error)) from error
    return RemuxResult(target, shift, probed.duration, probed.has_video, probed.has_audio)


def _copy_packets(source: Path, target: Path, about: Probe, stretches: Sequence[Stretch]) -> float:
    import av

    spans = [_on_media_clock(stretch, about) for stretch in stretches]
    with open_media(source) as container:
        chosen = _streams(container)
        choice = {stream.index: _chooser(stream, spans) for stream in chosen}
        for packet in packets_of(container, chosen):
            choice[packet.stream_index].meet(packet)
    choosers = {index: chooser for index, chooser in choice.items() if chooser.settle()}
    if not choosers:
        raise CannotCut(source, UserMessage("ingest.nothing-left"))
    begin = min(chooser.first for chooser in choosers.values())
    shift = max(0.0, about.offset(begin))
    shift = shift if shift > 0.05 else 0.0
    form = _MUXERS.get(target.suffix.lower(), "matroska")
    with (
        open_media(source) as container,
        av.open(str(target), "w", format=form, options=_options(form)) as output,
    ):
        _mux(container, output, choosers, about, shift)
    return shift


def _on_media_clock(stretch: Stretch, about: Probe) -> Stretch:
    """The stretch in timestamps; one that reaches an end of the file takes all beyond it."""
    start, end = stretch
    return (
        -math.inf if start <= _EDGE else about.media_time(start),
        math.inf if end >= about.duration - _EDGE else about.media_time(end),
    )


def _options(form: str) -> dict[str, str]:
    return {"movflags": "use_metadata_tags+faststart"} if form in ("mp4", "mov", "3gp") else {}


def _streams(container: InputContainer) -> list[Stream]:
    """Moving pictures, sound and subtitles."""
    from av.stream import Disposition

    stills = Disposition.attached_pic | Disposition.timed_thumbnails
    return [
        stream
        for stream in container.streams
        if stream.type in ("video", "audio", "subtitle") and not stream.disposition & stills
    ]


def _mux(
    container: InputContainer,
    output: Any,
    choosers: dict[int, _Chooser],
    about: Probe,
    shift: float,
) -> None:
    output.metadata.update(container.metadata)
    ours: dict[int, Any] = {}
    for index in sorted(choosers):
        template = container.streams[index]
        stream = output.add_stream_from_template(template)
        stream.time_base = template.time_base
        stream.metadata.update(template.metadata)
        if index == about.video_index and about.rotation:
            stream.set_display_rotation(about.rotation)
        ours[index] = stream
    for packet in packets_of(container, [container.streams[index] for index in sorted(choosers)]):
        chooser, index = choosers[packet.stream_index], packet.stream_index
        if not chooser.keeps(packet):
            continue
        if packet.pts is None:
            packet.pts = packet.dts
        if shift and packet.time_base:
            by = round(shift / float(packet.time_base))
            packet.pts = None if packet.pts is None else packet.pts - by
            packet.dts = None if packet.dts is None else packet.dts - by
        packet.stream = ours[index]
        output.mux(packet)


@dataclass(slots=True)
class _Chooser:
    """Which packets of one stream stay: those that do not overlap a stretch.

    ``reach`` is how many times its own length a packet's content reaches: codecs that transform
    sound in overlapping windows keep something of what comes next.
    """

    spans: Sequence[Stretch]
    length: float = 0.0
    reach: float = 1.0
    first: float = math.inf

    def meet(self, packet: Packet[Stream]) -> None:
        """Hears of a packet, in order of storage, before any is chosen."""
        at = _time(packet)
        if at is not None and self.keeps(packet):
            self.first = min(self.first, at)

    def settle(self) -> bool:
        """All packets are known now; whether any stays."""
        return self.first < math.inf

    def keeps(self, packet: Packet[Stream]) -> bool:
        """Whether the packet stays; asked in order of storage."""
        at = _time(packet)
        if at is None:
            return False
        declared = (packet.duration or 0) * float(packet.time_base or 0)
        length = self.length or min(declared, _LONGEST_SOUND)
        return not any(at < end and at + self.reach * length > start for start, end in self.spans)


@dataclass(slots=True)
class _Lines(_Chooser):
    """Subtitles: a line stays on for as long as it says."""

    def keeps(self, packet: Packet[Stream]) -> bool:
        """Whether the line stays."""
        at = _time(packet)
        if at is None:
            return False
        end_of = at + (packet.duration or 0) * float(packet.time_base or 0)
        return not any(at < end and end_of > start for start, end in self.spans)


@dataclass(slots=True)
class _VideoGroups(_Chooser):
    """Pictures go in groups, from keyframe to keyframe, if any of them lies in a stretch."""

    times: array[float] = field(default_factory=lambda: array("d"))
    keys: list[int] = field(default_factory=list)
    dropped: bytearray = field(default_factory=bytearray)
    asked: int = 0

    def meet(self, packet: Packet[Stream]) -> None:
        """Hears of a picture."""
        at = _time(packet)
        if packet.is_keyframe or not self.keys:
            self.keys.append(len(self.times))
        self.times.append(math.nan if at is None else at)

    def settle(self) -> bool:
        """Sees which groups go, and which pictures need one that is gone."""
        self.dropped = bytearray(len(self.times))
        before = False
        for begin, end in zip(self.keys, [*self.keys[1:], len(self.times)]):
            group = self.times[begin:end]
            gone = any(start <= at < stop for at in group for start, stop in self.spans)
            for number in range(begin, end):
                leading = before and self.times[number] < self.times[begin]
                self.dropped[number] = gone or leading or math.isnan(self.times[number])
            before = gone
        remaining = [at for at, gone in zip(self.times, self.dropped) if not gone]
        self.first = min(remaining, default=math.inf)
        return bool(remaining)

    def keeps(self, packet: Packet[Stream]) -> bool:
        """Whether the picture stays."""
        self.asked += 1
        return self.asked <= len(self.dropped) and not self.dropped[self.asked - 1]


def _chooser(stream: Any, spans: Sequence[Stretch]) -> _Chooser:
    if stream.type == "video":
        return _VideoGroups(spans)
    if stream.type == "subtitle":
        return _Lines(spans)
    context = stream.codec_context
    samples, rate = context.frame_size or 0, context.sample_rate or 0
    reach = 1.0 if context.name in ("flac", "alac") else 2.0
    if context.name.startswith("pcm"):
        return _Chooser(spans, 0.0, 1.0)
    return _Chooser(spans, (samples if samples > 1 else _SAMPLES) / max(rate, 8000), reach)


def _time(packet: Packet[Stream]) -> float | None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return None if stamp is None else stamp * float(packet.time_base or 0)
