"""Makes a film that a browser plays: ``python -m app.proxies.maker SOURCE TARGET mp4``

With a fourth word, ``[[60, 120]]``, these seconds are left out of it: they were forgotten. A
process of its own: a file that crashes a decoder ends nothing else, and it can be stopped at any
time. It prints how far it is, 0..1, a line each; the last line is ``done`` or ``failed: why``.
Offset 0 of what it makes is offset 0 of the recording, as ingest counts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from app.proxies.media import ProxyFormat, may_stay
from ingest.container.container import open_media
from ingest.editing.remux_cut import CannotCut, Stretch, cut_out, suffix_for
from ingest.errors import UnreadableMedia
from ingest.images.image_ops import is_mirrored, upright
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from memory.types.paths import shown

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame

LONGEST_SIDE = 1280  # pixels: enough to see what happened, and quick to make
MOST_PICTURES = 30.0  # a second
HALF = ".cut"  # how the name of a file begins that is on its way
_CLOCK = Fraction(1, 90_000)
_RATE = 48_000  # Hz
_MOST_WAITING = 16  # packets; more pictures than that never wait for a later one
_EVERY = 0.5  # seconds between two words on how far it is
_VIDEO: dict[ProxyFormat, tuple[str, dict[str, str]]] = {
    "mp4": ("libx264", {"preset": "veryfast", "crf": "25"}),
    "webm": (
        "libvpx-vp9",
        {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "34", "b": "0"},
    ),
}
_AUDIO: dict[ProxyFormat, str] = {"mp4": "aac", "webm": "libopus"}


def make(
    source: Path,
    target: Path,
    proxy_format: ProxyFormat,
    on_progress: Callable[[float], None],
    without: Sequence[Stretch] = (),
) -> None:
    """Writes ``target``; ``on_progress`` hears how far it is, 0..1.

    ``without`` are seconds from the beginning that are left out: there the picture stands still.

    Raises:
        UnreadableMedia: the source cannot be read.
        CannotCut: what is to be left out cannot be.
        OSError: the target cannot be written.
    """
    if not without:
        return _make(source, target, proxy_format, on_progress)
    half = target.with_name(f"{HALF}{suffix_for(source)}")
    try:
        excerpt = cut_out(source, half, without)
        _make(half, target, proxy_format, on_progress, excerpt.shift)
    finally:
        half.unlink(missing_ok=True)


def _make(
    source: Path,
    target: Path,
    proxy_format: ProxyFormat,
    on_progress: Callable[[float], None],
    shift: float = 0.0,
) -> None:
    """``shift`` is how many seconds of the recording lie before the file begins."""
    import av

    probed = probe(source)
    probed = replace(probed, origin=probed.origin - shift)
    options = {"movflags": "+faststart"} if proxy_format == "mp4" else {}
    with (
        open_media(source) as media,
        av.open(str(target), "w", format=proxy_format, options=options) as output,
    ):
        _Maker(media, output, probed, proxy_format, on_progress).run()


class _Track:
    """One stream on its way: turns the packets of the source into those of the proxy."""

    def __init__(self, stream: Stream, probed: Probe) -> None:
        self.stream, self.found = stream, probed
        self._last: int | None = None

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        raise NotImplementedError

    def rest(self) -> Iterator[Packet[Any]]:
        """What is left once the source is at its end."""
        return iter(())


class _CopiedStream(_Track):
    """Taken over as it is."""

    def __init__(self, stream: Stream, output_container: OutputContainer, probed: Probe) -> None:
        super().__init__(stream, probed)
        self._out = output_container.add_stream_from_template(stream)
        self._waiting: list[Packet[Any]] = []

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """The packet, its times counted from the recording's beginning.

        Matroska does not say when packets are to be decoded: of the first ones that is known only
        once a later one has come, so they wait for it.
        """
        if packet.pts is None or packet.time_base is None:
            return
        if packet.dts is None and self._last is None and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(packet)
            return
        ready = [*self._waiting, packet]
        self._waiting = []
        if packet.dts is None:
            packet.dts = packet.pts if self._last is None else self._last + 1
        step = packet.duration or 1
        for before, ready_packet in enumerate(reversed(ready)):
            ready_packet.dts = packet.dts - before * step
        yield from filter(None, map(self._placed, ready))

    def _placed(self, packet: Packet[Any]) -> Packet[Any] | None:
        assert packet.pts is not None and packet.dts is not None  # noqa: PT018
        if self._last is not None and packet.dts <= self._last:
            return None
        self._last = packet.dts
        at = float(packet.pts * packet.time_base)
        shift = round((at - self.found.offset(at)) / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = self._out
        return packet

    def rest(self) -> Iterator[Packet[Any]]:
        """Those that still wait: none ever said when it is to be decoded."""
        for packet in self._waiting:
            packet.dts = packet.pts
        yield from filter(None, map(self._placed, self._waiting))


class _EncodedVideo(_Track):
    """Encoded again, upright and no larger than ``LONGEST_SIDE``."""

    def __init__(
        self,
        stream: Stream,
        output_container: OutputContainer,
        probed: Probe,
        proxy_format: ProxyFormat,
    ) -> None:
        super().__init__(stream, probed)
        codec, options = _VIDEO[proxy_format]
        scale = min(1.0, LONGEST_SIDE / max(probed.width, probed.height))
        self._size = tuple(
            max(2, round(side * scale / 2) * 2) for side in (probed.width, probed.height)
        )
        out = cast(Any, output_container.add_stream(codec, rate=30, options=options))
        out.width, out.height = self._size
        out.pix_fmt, out.time_base = "yuv420p", _CLOCK
        out.codec_context.time_base = _CLOCK
        out.codec_context.gop_size = 60  # seeking lands within two seconds
        self._out = out
        self._mirrored: bool | None = None
        stream.codec_context.thread_type = "AUTO"

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """The encoded pictures that the packet completes; damaged packets are left out."""
        import av

        try:
            pictures = packet.decode()
        except av.FFmpegError:
            return
        for picture in pictures:
            if picture.time is None or (at := round(self.found.offset(picture.time) / _CLOCK)) < 0:
                continue
            if self._last is not None and at - self._last < 0.9 / MOST_PICTURES / _CLOCK:
                continue
            self._last = at
            ready = self._upright(picture)
            ready.pts, ready.time_base = at, _CLOCK
            ready.pict_type = 0  # or keyframes of the source would be forced
            yield from self._out.encode(ready)

    def _upright(self, picture: VideoFrame) -> VideoFrame:
        from av.video.frame import VideoFrame

        if self._mirrored is None:
            self._mirrored = is_mirrored(picture)
        simple = picture.format.name in ("yuv420p", "yuvj420p") and not picture.interlaced_frame
        if simple and not self._mirrored and self.found.rotation == 0:
            return picture.reformat(width=self._size[0], height=self._size[1], format="yuv420p")
        probed = self.found
        image = upright(
            picture, probed.rotation, LONGEST_SIDE, mirrored=self._mirrored, aspect=probed.aspect
        )
        turned = VideoFrame.from_ndarray(image, format="rgb24")
        return turned.reformat(width=self._size[0], height=self._size[1], format="yuv420p")

    def rest(self) -> Iterator[Packet[Any]]:
        """What the encoder still holds."""
        yield from self._out.encode(None)


class _Sound(_Track):
    """Encoded again, two channels."""

    def __init__(
        self,
        stream: Stream,
        output_container: OutputContainer,
        probed: Probe,
        proxy_format: ProxyFormat,
    ) -> None:
        import av

        super().__init__(stream, probed)
        self._out = cast(Any, output_container.add_stream(_AUDIO[proxy_format], rate=_RATE))
        self._out.bit_rate = 128_000
        self._out.layout = "stereo"
        format_ = self._out.format.name if self._out.format else "fltp"
        self._resampler = av.AudioResampler(format=format_, layout="stereo", rate=_RATE)

    def packets(self, packet: Packet[Any]) -> Iterator[Packet[Any]]:
        """The encoded sound that the packet completes; damaged packets are left out."""
        import av

        try:
            heard = packet.decode()
            for frame in heard:
                yield from self._encoded(frame)
        except av.FFmpegError:
            return

    def _encoded(self, frame: Any) -> Iterator[Packet[Any]]:
        if frame is not None:
            if frame.time is None:
                return
            frame.pts = round(self.found.offset(frame.time) * _RATE)
            frame.time_base = Fraction(1, _RATE)
            if frame.pts < 0:
                return
        for ready in self._resampler.resample(frame):
            yield from self._out.encode(ready)

    def rest(self) -> Iterator[Packet[Any]]:
        """What resampler and encoder still hold."""
        yield from self._encoded(None)
        yield from self._out.encode(None)


class _Maker:
    def __init__(
        self,
        input_container: InputContainer,
        output_container: OutputContainer,
        probed: Probe,
        proxy_format: ProxyFormat,
        on_progress: Callable[[float], None],
    ) -> None:
        self._given, self._made, self._found, self._told = (
            input_container,
            output_container,
            probed,
            on_progress,
        )
        self._tracks: dict[int, _Track] = {}
        self._said = 0.0
        for index in (probed.video_index, probed.audio_index):
            if index >= 0:
                stream = input_container.streams[index]
                self._tracks[index] = self._track(stream, proxy_format)

    def _track(self, stream: Stream, proxy_format: ProxyFormat) -> _Track:
        if may_stay(stream, proxy_format, self._found.rotation):
            return _CopiedStream(stream, self._made, self._found)
        if stream.type == "video":
            return _EncodedVideo(stream, self._made, self._found, proxy_format)
        return _Sound(stream, self._made, self._found, proxy_format)

    def run(self) -> None:
        streams = [track.stream for track in self._tracks.values()]
        for packet in self._demuxed(streams):
            for ready in self._tracks[packet.stream.index].packets(packet):
                self._made.mux(ready)
            self._say(packet)
        for track in self._tracks.values():
            for ready in track.rest():
                self._made.mux(ready)

    def _demuxed(self, streams: list[Stream]) -> Iterator[Packet[Any]]:
        """The packets up to the end, or to where the file is torn off."""
        import av

        packets = self._given.demux(streams)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return
            yield packet

    def _say(self, packet: Packet[Any]) -> None:
        now = time.monotonic()
        if now - self._said < _EVERY or packet.pts is None or packet.time_base is None:
            return
        self._said = now
        at = self._found.offset(float(packet.pts * packet.time_base))
        self._told(min(1.0, max(0.0, at / max(self._found.duration, 0.001))))


def main(words: list[str]) -> int:
    """The command. Returns 0 where the proxy is whole."""
    source, target, proxy_format = Path(words[0]), Path(words[1]), cast(ProxyFormat, words[2])
    without = json.loads(words[3]) if len(words) > 3 else ()
    if hasattr(os, "nice"):
        os.nice(10)  # whoever asks a question must not wait for it
    try:
        make(source, target, proxy_format, lambda share: print(f"{share:.3f}", flush=True), without)
    except (UnreadableMedia, CannotCut, OSError, ValueError) as error:
        print(f"failed: {shown(' '.join(str(error).split()))}", flush=True)
        return 1
    print("done", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
