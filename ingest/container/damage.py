"""Stretches of a recording that could not be read: collected as they are met, told as few."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Stretch: TypeAlias = tuple[float, float]  # offsets in seconds, half-open

_NEAR = 0.5  # seconds of good between two stretches below which a person is told of one


def merged(stretches: Iterable[Stretch], near: float = _NEAR) -> list[Stretch]:
    """The same time as sorted, disjoint stretches; neighbours within ``near`` seconds are one."""
    disjoint: list[Stretch] = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if disjoint and start <= disjoint[-1][1] + near:
            disjoint[-1] = disjoint[-1][0], max(disjoint[-1][1], end)
        else:
            disjoint.append((start, end))
    return disjoint


def within(stretches: Iterable[Stretch], start: float, end: float) -> list[Stretch]:
    """The parts of the stretches that lie inside [start, end)."""
    cut = ((max(a, start), min(b, end)) for a, b in stretches)
    return [(a, b) for a, b in cut if a < b]


def note(damaged: list[Stretch], new: Iterable[Stretch]) -> None:
    """Add to a report's list, which stays sorted and merged."""
    if added := list(new):
        damaged[:] = merged([*damaged, *added])
