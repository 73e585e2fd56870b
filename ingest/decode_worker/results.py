"""Check and assemble what the child process hands over: pictures, samples, reports."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.container.damage import note
from ingest.decode.requests import SampleReport, SoundReport
from ingest.decode_worker.process import Garbled, Header, number, stretches, truth, whole
from memory.types.core import Frame


def to_frame(
    header: Header, content: bytearray, after: float, before: float, max_side: int
) -> Frame:
    """The picture of a message, at its offset, which lies in [after, before). Raises Garbled."""
    offset = number(header, "offset", after, before)
    height, width = whole(header, "height", 1, max_side), whole(header, "width", 1, max_side)
    if len(content) != height * width * 3:
        raise Garbled(f"{len(content)} bytes for a picture of {width} × {height}")
    image = np.frombuffer(content, dtype=np.uint8).reshape(height, width, 3)
    return Frame(offset, image, number(header, "quality", 0.0, 1.0))


def to_samples(content: bytearray, most: int) -> NDArray[np.int16]:
    """The sound of a message, at most so many samples. Raises Garbled."""
    if len(content) % 2 or len(content) > most * 2:
        raise Garbled(f"{len(content)} bytes for at most {most} samples")
    return np.frombuffer(content, dtype=np.int16)


def add_sample_report(report: SampleReport, before: SampleReport, payload: Any) -> None:
    """Bring ``report`` up to date: what it was ``before`` the request, and what was told since.

    Raises:
        Garbled: what was told is no report.
    """
    if not isinstance(payload, dict):
        raise Garbled("no report")
    mode = payload.get("mode")
    if mode not in ("keyframes", "sequential"):
        raise Garbled(f"mode: {mode!r:.100}")
    report.mode = mode
    report.frames = before.frames + whole(payload, "frames", 0)
    report.corrupt = before.corrupt + whole(payload, "corrupt", 0)
    report.failed = before.failed + whole(payload, "failed", 0)
    report.broke_off = before.broke_off or truth(payload, "broke_off")
    if payload.get("last_good") is not None:
        report.last_good = number(payload, "last_good")
    note(report.damaged, stretches(payload, "damaged"))


def add_sound_report(report: SoundReport, before: SoundReport, payload: Any) -> None:
    """As ``add_sample_report``, of sound. Raises Garbled."""
    if not isinstance(payload, dict):
        raise Garbled("no report")
    report.failed = before.failed + whole(payload, "failed", 0)
    report.broke_off = before.broke_off or truth(payload, "broke_off")
    note(report.damaged, stretches(payload, "damaged"))
