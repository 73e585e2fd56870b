"""Types and the sample rate that all sound decoding shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.container.damage import Stretch

RATE = 16_000


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
