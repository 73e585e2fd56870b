"""Types of frame sampling: the mode and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from ingest.container.damage import Stretch
from ingest.probe.probe_types import Probe

if TYPE_CHECKING:
    pass


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
