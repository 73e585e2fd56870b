"""Requests to a decoder and its reports: pictures of a span, and sound of one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.container.damage import Stretch
from ingest.probe.probe_types import Probe

RATE = 16_000  # samples a second of all sound that is decoded
Mode: TypeAlias = Literal["keyframes", "sequential"]


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """Upright RGB pictures of [start_offset, end_offset), one near each multiple of ``period``.

    Offsets and ``period`` are seconds from the beginning of the recording that ``probe`` found in a
    file; ``recording_start`` (seconds UTC) is added to the time of each picture. Ticks count from
    offset 0, so a recording sampled piece by piece gives what it gives in one go. Pictures are
    scaled so that no side exceeds ``max_side``.
    """

    probe: Probe
    recording_start: float
    start_offset: float = 0.0
    end_offset: float = math.inf
    period: float = 1.0
    max_side: int = 960

    @property
    def mode(self) -> Mode:
        """Whether only keyframes are decoded for it."""
        return sampling_mode(self.probe, self.period)


def sampling_mode(probe: Probe, period: float = 1.0) -> Mode:
    """Whether keyframes alone give a picture per ``period`` seconds (median ≤ 1.2, longest ≤ 3)."""
    dense = probe.keyframe_gap <= 1.2 * period and probe.keyframe_gap_max <= 3 * period
    return "keyframes" if dense else "sequential"


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


@dataclass(slots=True)
class SoundReport:
    """What happened while listening.

    ``failed`` packets could not be decoded; ``broke_off`` tells that reading ended before the span
    did because the container is damaged. ``damaged`` are the stretches, as offsets (s) from the
    recording's beginning, that are silent because they could not be read; sorted and disjoint.
    """

    failed: int = 0
    broke_off: bool = False
    damaged: list[Stretch] = field(default_factory=list)


def silence(start_offset: float, end_offset: float) -> NDArray[np.float32]:
    """Zeros for the span.

    Raises:
        ValueError: the span ends before it starts.
    """
    if end_offset < start_offset:
        raise ValueError(f"a span cannot end ({end_offset}) before it starts ({start_offset})")
    return np.zeros(round((end_offset - start_offset) * RATE), dtype=np.float32)


def as_float(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """16-bit samples as numbers in -1..1."""
    return samples.astype(np.float32) / np.float32(32768)
