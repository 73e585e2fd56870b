"""About one upright picture a second out of a recording, for as little work as its codec allows.

Where keyframes are dense, only they are decoded (a sixth to a tenth of the cost); elsewhere every
frame is decoded once, in order. Timestamps are the true ones, and nothing is emitted twice or kept.
A still photo is a recording of one picture, at offset 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.container.damage import note
from ingest.decode.requests import DecodeRequest, SampleReport
from ingest.errors import unreadable
from ingest.images.image_ops import quality, upright
from ingest.probe.photo_probe import _read
from ingest.probe.probe_types import Probe
from memory.types.core import Frame

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from ingest.decode.frame_reader import PictureReel


def frames_of(reel: PictureReel, request: DecodeRequest, report: SampleReport) -> Iterator[Frame]:
    """The pictures of a film that is open already.

    ``Frame.at`` is the picture's true time, and times rise strictly. Damaged pictures are left out
    and their time is told in ``report``; a container that breaks off ends the stream, with what was
    read before already delivered.
    """
    start, end = request.start_offset, min(request.end_offset, reel.probe.duration)
    report.mode = request.mode
    broken: float | None = None
    for offset, picture in reel.span(start, end, request.period, report):
        image = _image(picture, reel, request.max_side)
        if broken is not None:
            note(report.damaged, [(broken, offset)])
        broken = offset if image is None else None
        if image is None:
            report.corrupt += 1
            continue
        report.frames += 1
        report.last_good = offset
        yield Frame(request.recording_start + offset, image, quality(image))
    if broken is not None:
        note(report.damaged, [(broken, end)])


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


def frames_of_photo(request: DecodeRequest, report: SampleReport) -> Iterator[Frame]:
    """The one picture of a photo, where the request is for its beginning."""
    if request.start_offset <= 0.0 < request.end_offset:
        probe = request.probe
        frame = photo_frame(probe.path, probe, request.recording_start, request.max_side)
        report.frames, report.last_good = report.frames + 1, 0.0
        yield frame


def photo_frame(path: Path, probe: Probe, at: float, max_side: int) -> Frame:
    """The photo as one upright sRGB picture, no side over ``max_side``, taken ``at`` (seconds UTC).

    Sizes are read and judged before any pixel is decoded, since a few kilobytes can claim
    gigabytes.

    Raises:
        UnreadableMedia: the file is gone, or is no longer the one that was probed.
    """
    photo = _read(path, max_side)
    if (photo.width, photo.height) != (probe.width, probe.height):
        raise unreadable(path, "ingest.has-changed", "ingest.add-again")
    return Frame(at, photo.picture, quality(photo.picture))
