"""About one upright picture a second out of a recording, for as little work as its codec allows.

    report = SampleReport()
    for frame in sample_frames(path, probed, recording_start, report=report): ...

Where keyframes are dense, only they are decoded (a sixth to a tenth of the cost); elsewhere every
frame is decoded once, in order. Timestamps are the true ones, and nothing is emitted twice or kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container.container import quietly
from ingest.container.damage import Stretch, note
from ingest.decode.sample_types import SampleReport, sampling_mode
from ingest.images.image_ops import quality, upright
from ingest.probe.probe_types import Probe
from memory.types.core import Frame

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from ingest.decode.frame_reader import PictureReel


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
    from ingest.decode.frame_reader import PictureReel

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
    from ingest.decode.photos import photo_frame

    if start <= 0.0 < end:
        frame = photo_frame(path, probe, recording_start, max_side)
        report.frames, report.last_good = report.frames + 1, 0.0
        yield frame
