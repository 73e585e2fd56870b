"""Reading a file as ingest does, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ingest.container.damage import Stretch
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import DecodeRequest, SampleReport, SoundReport
from ingest.errors import UnreadableMedia
from ingest.probe.probe_types import Probe
from memory.types.core import Frame
from tests.media import (
    Image,
    Sound,
)

START = 1_700_000_000.0


def look(media: MediaDecoder, path: Path) -> tuple[Probe, list[Frame], SampleReport]:
    found, report = media.probe(path), SampleReport()
    return found, list(media.frames(DecodeRequest(found, START), report)), report


def listen(media: MediaDecoder, path: Path) -> tuple[Probe, Sound, SoundReport]:
    found, report = media.probe(path), SoundReport()
    return found, media.sound(found, 0, found.duration, report=report), report


def complaint(media: MediaDecoder, path: Path) -> str:
    with pytest.raises(UnreadableMedia) as caught:
        media.probe(path)
    return str(caught.value)


def offsets(frames: list[Frame]) -> list[float]:
    return [round(frame.at - START, 2) for frame in frames]


def level(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def seconds(stretches: list[Stretch]) -> float:
    return sum(end - start for start, end in stretches)


def noise(count: int) -> list[Image]:
    return [
        np.random.default_rng(n).integers(0, 255, (120, 160, 3), np.uint8) for n in range(count)
    ]
