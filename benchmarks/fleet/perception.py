"""A day of files that wait for a worker's core, first come first served.

Cores fail at random, and a share of them all at once; a file that a core lost is taken up again by
another from its beginning (in truth from its last block: the figures err on the side of waiting).
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fleet.figures import Figures

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Perceived:
    """What became of the files. Delays are seconds from a file's end until it is searchable."""

    files: int
    cores: int
    delays: Sequence[float]
    lost: int
    last: float


def mean_cores(owners: int, figures: Figures) -> float:
    """Cores that a day of film keeps busy, on average over 24 hours."""
    return owners * figures["awake"] * 60 * figures["perceive_cpu"] / DAY


def arrivals(owners: int, figures: Figures, seed: random.Random) -> list[float]:
    """When files end, in seconds from midnight: each camera begins a file at a time of its own."""
    length, begin = figures["file_minutes"] * 60, figures["awake_from"] * 3600
    count = int(figures["awake"] * 3600 / length)
    times = []
    for _ in range(owners):
        first = begin + seed.random() * length
        times += [first + (number + 1) * length for number in range(count)]
    return times


def simulate(owners: int, cores: int, figures: Figures, seed: random.Random) -> Perceived:
    """The exact model: every file, every core."""
    work = figures["file_minutes"] * figures["perceive_cpu"]
    # A file keeps the time when it ended, however often it is taken up again.
    waiting = [(time, time) for time in arrivals(owners, figures, seed)]
    heapq.heapify(waiting)
    free = [(0.0, number) for number in range(cores)]
    outage = figures["outage_at"] * 3600
    back = outage + figures["outage_hours"] * 3600
    struck = math.floor(cores * figures["outage_share"])
    rate = 1 / (figures["core_mtbf"] * DAY)
    delays, lost, last = list[float](), 0, 0.0
    while waiting:
        came, ended = waiting[0]
        at, number = free[0]
        begin = max(came, at)
        if number < struck and outage <= begin < back:
            heapq.heapreplace(free, (back, number))
            continue
        heapq.heappop(waiting)
        fails = begin + seed.expovariate(rate)
        away = figures["core_away"]
        if number < struck and begin < outage < min(fails, begin + work):
            fails, away = outage, back - outage
        if fails < begin + work:
            lost += 1
            heapq.heapreplace(free, (fails + away, number))
            heapq.heappush(waiting, (fails, ended))
            continue
        heapq.heapreplace(free, (begin + work, number))
        delays.append(begin + work - ended)
        last = max(last, begin + work)
    return Perceived(len(delays), cores, sorted(delays), lost, last)


def sampled(
    owners: int, cores: int, most: int, figures: Figures, seed: random.Random
) -> tuple[Perceived, float]:
    """At most ``most`` owners with their share of the cores, and how much of the whole that is.

    A share of a pool waits no less than the whole: chance evens out less among fewer cores.
    """
    part = min(1.0, most / owners)
    share = max(1, round(cores * part))
    return simulate(max(1, round(owners * part)), share, figures, seed), part
