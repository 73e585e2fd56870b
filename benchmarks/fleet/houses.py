"""A day of questions in houses: servers that each hold the homes of some owners, and fail."""

from __future__ import annotations

import heapq
import random
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fleet.figures import Figures
from benchmarks.fleet.perception import DAY

# How likely an owner is to come in each hour from when they wake: assumed, the evening most.
HOURS = (2, 3, 2, 2, 2, 3, 3, 2, 2, 2, 3, 4, 5, 5, 4, 2)


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the day's questions; ``delays`` are seconds to the answer, without a model
    that words it. ``opened`` counts homes that were closed when their owner came."""

    questions: int
    delays: Sequence[float]
    opened: int
    refused: int
    busy: float


def open_homes(figures: Figures) -> int:
    """How many homes a house holds open, each with a year's index."""
    each = figures["home_memory"] + figures["index_memory"]
    return max(1, int(figures["house_memory"] / 2 / each))


def _visits(owners: int, figures: Figures, seed: random.Random) -> list[tuple[float, int]]:
    hours = seed.choices(range(len(HOURS)), HOURS, k=owners * round(figures["visits"]))
    begin = figures["awake_from"]
    return sorted(
        ((begin + hour + seed.random()) * 3600, number % owners)
        for number, hour in enumerate(hours)
    )


def _failures(figures: Figures, seed: random.Random) -> list[float]:
    times, now = list[float](), 0.0
    while (now := now + seed.expovariate(1 / (figures["house_mtbf"] * DAY))) < 2 * DAY:
        times.append(now)
    return times


def simulate(owners: int, figures: Figures, seed: random.Random) -> Asked:
    """One house for a day."""
    events = list[tuple[float, int, bool]]()
    for time, owner in _visits(owners, figures, seed):
        events += [
            (time + 60 * number, owner, number == 0)
            for number in range(round(figures["questions"]))
        ]
    free = [0.0] * round(figures["house_cores"])
    failures, away = _failures(figures, seed), figures["house_away"]
    is_open, most = OrderedDict[int, None](), open_homes(figures)
    answer = figures["question_cpu"] + figures["embed_cpu"]
    delays, opened, refused, busy = list[float](), 0, 0, 0.0
    restarted = 0
    for time, owner, _ in sorted(events):
        while restarted < len(failures) and failures[restarted] <= time:
            is_open.clear()  # whatever was open has to be opened anew
            restarted += 1
        back = max((at + away for at in failures[:restarted]), default=0.0)
        refused += time < back
        work = answer
        if owner not in is_open:
            work += figures["open_cpu"] + figures["index_cpu"]
            opened += 1
        is_open[owner] = None
        is_open.move_to_end(owner)
        if len(is_open) > most:
            is_open.popitem(last=False)
        done = max(time, free[0], back) + work
        heapq.heapreplace(free, done)
        delays.append(done - time)
        busy += work
    return Asked(len(delays), sorted(delays), opened, refused, busy)


def sampled(
    owners: int, most: int, figures: Figures, seed: random.Random
) -> tuple[list[Asked], int]:
    """Up to ``most`` of the houses, which know nothing of each other, and how many there are."""
    each = round(figures["house_owners"])
    houses = -(-owners // each)
    return [simulate(-(-owners // houses), figures, seed) for _ in range(min(most, houses))], houses
