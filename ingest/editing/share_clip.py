"""A piece of a recording as a file to be given away: cut, covered, and without a word about itself.

    share(path, Path("clip.mp4"), 60.0, 90.0, finders(("faces",), weights))

Everything is encoded anew, so nothing outside the piece is in the file, and no camera, place or
date is written into it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.container.container import open_media, seek_before
from ingest.editing.redaction import Finder, redact
from ingest.errors import unreadable
from ingest.images.image_ops import is_mirrored, upright
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from ingest.vision.detectors.boxes import Box, Picture

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.video.frame import VideoFrame

LOOK = 0.2  # seconds between two looks for what is to be covered
HOLD = 0.6  # seconds before and after a look for which what it found is covered
MOST = 600.0  # seconds of a piece
_SIDE = 1280  # pixels of its longer side
_TICKS, _RATE = 90_000, 48_000
Told = Callable[[float, float], None]


def silently(done: float, total: float) -> None:
    """The listener of those who do not watch."""


def share(
    source: Path,
    target: Path,
    start: float,
    end: float,
    finders: Sequence[Finder] = (),
    *,
    mute: bool = False,
    on_progress: Told = silently,
) -> None:
    """Writes [start, end) (seconds from the beginning of the recording) to an MP4 file.

    Args:
        source: the recording.
        target: where to write; ``.mp4``.
        start: where the piece begins.
        end: where it ends.
        finders: what finds the places to cover in a picture.
        mute: leave the sound out.
        on_progress: hears how many seconds are done, and of how many.

    Raises:
        UnreadableMedia: there is nothing to share there, or it cannot be read.
    """
    import av

    about = probe(source)
    end = min(end, about.duration)
    if not 0 <= start < end or about.kind == "photo":
        raise unreadable(source, "ingest.nothing-recorded", "ingest.choose-another-time")
    try:
        with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as output:
            output.metadata.clear()
            sound = _sound_stream(output) if about.has_audio and not mute else None
            if about.has_video:
                _write_pictures(source, about, output, (start, end), finders, on_progress)
            if sound is not None:
                _write_sound(source, about, output, sound, (start, end))
    except (av.FFmpegError, ValueError, IndexError) as error:
        target.unlink(missing_ok=True)
        raise unreadable(
            source, "ingest.cannot-be-shared", "ingest.try-another-part", why=error
        ) from error


def _write_pictures(
    source: Path,
    about: Probe,
    output: Any,
    span: tuple[float, float],
    finders: Sequence[Finder],
    on_progress: Told,
) -> None:
    import av

    stream: Any = None
    for at, picture in _covered(_pictures(source, about, span), finders):
        if stream is None:
            stream = _picture_stream(output, picture, about)
        frame = av.VideoFrame.from_ndarray(picture[: stream.height, : stream.width].copy(), "rgb24")
        frame.pts, frame.time_base = round((at - span[0]) * _TICKS), Fraction(1, _TICKS)
        for packet in stream.encode(frame):
            output.mux(packet)
        on_progress(at - span[0], span[1] - span[0])
    if stream is not None:
        for packet in stream.encode(None):
            output.mux(packet)


def _picture_stream(output: Any, picture: Picture, about: Probe) -> Any:
    rate = Fraction(about.frame_rate or 25).limit_denominator(1001)
    stream = output.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "21"})
    stream.height, stream.width = (side - side % 2 for side in picture.shape[:2])
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS)
    return stream


def _pictures(
    source: Path, about: Probe, span: tuple[float, float]
) -> Iterator[tuple[float, Picture]]:
    """The upright pictures of a span with their offsets."""
    with open_media(source) as container:
        stream: Any = container.streams[about.video_index]
        stream.thread_type = "AUTO"
        if span[0] > 0:
            seek_before(container, stream, about.media_time(span[0]))
        mirrored: bool | None = None
        for frame in container.decode(stream):
            at = _offset(frame, stream, about)
            if at is None or at < span[0]:
                continue
            if at >= span[1]:
                return
            mirrored = is_mirrored(frame) if mirrored is None else mirrored
            image = upright(frame, about.rotation, _SIDE, mirrored=mirrored, aspect=about.aspect)
            yield at, image


def _offset(frame: VideoFrame, stream: Any, about: Probe) -> float | None:
    return None if frame.pts is None else about.offset(float(frame.pts * stream.time_base))


def _covered(
    pictures: Iterator[tuple[float, Picture]], finders: Sequence[Finder]
) -> Iterator[tuple[float, Picture]]:
    """The pictures with what was found up to HOLD before and after each covered."""
    if not finders:
        yield from pictures
        return
    waiting: deque[tuple[float, Picture]] = deque()
    looks: deque[tuple[float, list[Box]]] = deque()

    def ready(until: float) -> Iterator[tuple[float, Picture]]:
        while waiting and waiting[0][0] <= until:
            at, picture = waiting.popleft()
            while looks and looks[0][0] < at - HOLD:
                looks.popleft()
            boxes = [box for then, places in looks if then <= at + HOLD for box in places]
            yield at, redact(picture, boxes)

    for at, picture in pictures:
        if not looks or at - looks[-1][0] >= LOOK:
            looks.append((at, [box for find in finders for box in find(picture)]))
        waiting.append((at, picture))
        yield from ready(at - HOLD)
    yield from ready(float("inf"))


def _sound_stream(output: Any) -> Any:
    stream = output.add_stream("aac", rate=_RATE)
    stream.layout = "stereo"
    return stream


def _write_sound(
    source: Path, about: Probe, output: Any, ours: Any, span: tuple[float, float]
) -> None:
    import av

    resampler = av.AudioResampler(format="s16", layout="stereo", rate=_RATE)
    done, total = 0, round((span[1] - span[0]) * _RATE)
    for at, frame in _sounds(source, about, span):
        for piece in resampler.resample(frame):
            first = round((at - span[0]) * _RATE)
            done = _put(output, ours, piece.to_ndarray(), first, done, total)
            at += piece.samples / _RATE
    for packet in ours.encode(None):
        output.mux(packet)


def _sounds(
    source: Path, about: Probe, span: tuple[float, float]
) -> Iterator[tuple[float, AudioFrame]]:
    """The sound that lies in a span, if only in part, with its offsets."""
    with open_media(source) as container:
        stream: Any = container.streams[about.audio_index]
        if span[0] > 0:
            seek_before(container, stream, about.media_time(span[0]))
        for frame in container.decode(stream):
            at = about.offset(float((frame.pts or 0) * stream.time_base))
            if at >= span[1]:
                return
            if at + frame.samples / frame.sample_rate > span[0]:
                yield at, frame


def _put(output: Any, ours: Any, samples: Any, first: int, done: int, total: int) -> int:
    """Encodes what of the samples (1, 2n; the first at ``first``) lies behind ``done``."""
    import av
    import numpy as np

    skip = max(0, done - first)  # heard already, or before the piece begins
    if first > done:  # a gap: silence, so that what follows is at its time
        gap = np.zeros((1, 2 * min(first - done, total - done)), np.int16)
        done = _put(output, ours, gap, done, done, total) if gap.size else done
    part = np.ascontiguousarray(samples[:, 2 * skip : 2 * (skip + total - done)])
    if not part.size:
        return done
    frame = av.AudioFrame.from_ndarray(part, "s16", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = _RATE, done, Fraction(1, _RATE)
    for packet in ours.encode(frame):
        output.mux(packet)
    return done + int(part.shape[1]) // 2
