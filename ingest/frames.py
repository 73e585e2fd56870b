"""About one upright picture a second out of a recording, for as little work as its codec allows.

    report = SampleReport()
    for frame in sample_frames(path, probed, recording_start, report=report): ...

Where keyframes are dense, only they are decoded (a sixth to a tenth of the cost); elsewhere every
frame is decoded once, in order. Timestamps are the true ones, and nothing is emitted twice or kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ingest.container import quietly
from ingest.damage import Stretch, note
from ingest.pictures import quality, upright
from ingest.probe import Probe
from memory.types import Frame

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from ingest.picture_reel import PictureReel

Mode: TypeAlias = Literal["keyframes", "sequential"]


@dataclass(slots=True)
class SampleReport:
    """What happened while sampling; filled as the stream is read.

    ``frames`` were emitted, ``corrupt`` were decoded damaged and left out, ``failed`` packets could
    not be decoded at all. ``last_good`` is the offset (s) of the last sound picture. ``broke_off``
    tells that reading ended before the span did because the container is damaged. ``damaged`` are
    the stretches, as offsets (s) from the recording's beginning, of which no picture can be had;
    sorted and disjoint. A pause in the recording is no damage.
    """

    mode: Mode = "sequential"
    frames: int = 0
    corrupt: int = 0
    failed: int = 0
    last_good: float | None = None
    broke_off: bool = False
    damaged: list[Stretch] = field(default_factory=list)


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
    alive: Callable[[], None] = quietly,
) -> Iterator[Frame]:
    """Upright RGB pictures of [start_offset, end_offset), one near each multiple of ``period``.

    Offsets are seconds from the beginning of the recording; ``Frame.at`` is ``recording_start``
    (seconds UTC) plus the picture's true offset. Times rise strictly. Ticks count from offset 0,
    so a recording sampled piece by piece gives what it gives in one go. Pictures are scaled so that
    no side exceeds ``max_side``. Damaged pictures are left out and their time is told in
    ``report``; a container that breaks off ends the stream, with what was read before already
    delivered. A photo has one picture, at offset 0. ``alive`` is called between packets.

    Raises:
        UnreadableMedia: the file cannot be opened any more.
    """
    from ingest.picture_reel import PictureReel

    report = report if report is not None else SampleReport()
    if probe.kind == "photo":
        yield from _photo(path, probe, recording_start, start_offset, end_offset, max_side, report)
    elif probe.has_video:
        with PictureReel(path, probe, alive) as reel:
            span = start_offset, end_offset
            yield from frames_of(reel, recording_start, span, period, max_side, report)


def frames_of(
    reel: PictureReel,
    recording_start: float,
    span: Stretch,
    period: float,
    max_side: int,
    report: SampleReport,
) -> Iterator[Frame]:
    """As ``sample_frames``, from a file that is open already."""
    probe = reel.probe
    report.mode = sampling_mode(probe, period)
    broken: float | None = None
    for offset, picture in reel.span(span[0], min(span[1], probe.duration), period, report):
        image = _image(picture, reel, max_side)
        if broken is not None:
            note(report.damaged, [(broken, offset)])
        broken = offset if image is None else None
        if image is None:
            report.corrupt += 1
            continue
        report.frames += 1
        report.last_good = offset
        yield Frame(recording_start + offset, image, quality(image))
    if broken is not None:
        note(report.damaged, [(broken, min(span[1], probe.duration))])


def _image(picture: VideoFrame, reel: PictureReel, max_side: int) -> NDArray[np.uint8] | None:
    """The upright picture; None if it is of a kind that damage invented."""
    import av
    import cv2

    try:
        mirrored = reel.is_mirrored(picture)
        about = reel.probe
        return upright(picture, about.rotation, max_side, mirrored=mirrored, aspect=about.aspect)
    except MemoryError:
        raise
    except (av.FFmpegError, cv2.error, ValueError, OSError):
        return None


def _photo(
    path: Path,
    probe: Probe,
    recording_start: float,
    start: float,
    end: float,
    max_side: int,
    report: SampleReport,
) -> Iterator[Frame]:
    from ingest.photos import photo_frame

    if start <= 0.0 < end:
        frame = photo_frame(path, probe, recording_start, max_side)
        report.frames, report.last_good = report.frames + 1, 0.0
        yield frame
