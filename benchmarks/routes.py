"""Measure every JSON route that the pages call with 100,000 clips: wall and CPU time.

python -m benchmarks.routes [--clips 100000] [--folder DIR] [--repeats 5] [--only WORD]

The app runs in this process, so that its processor time can be told apart from what else the
machine does; nothing listens anywhere. "first" is the first call of a process, in CPU milliseconds;
the others are medians of the repeats.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks.homes.big_home import BEGIN, big_home

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

DAY = "2026-03-16"
_DAY_BEGINS = BEGIN + 21 * 86_400
POLLED = {
    "/api/pages/revision?day=" + DAY, "/api/queue", "/api/notices",
    "/api/ask/home", "/api/settings/models", "/api/uploads",
}  # fmt: skip
OPENED = (
    "/api/phrases", "/api/account", "/api/days", "/api/library", "/api/library/folders",
    "/api/library/devices", "/api/people", "/api/people/suggestions", "/api/privacy/log?limit=20",
    "/api/habits", "/api/habits?range=all", "/api/settings",
    "/api/settings/storage", "/api/privacy",
    f"/api/digest/{DAY}", "/api/pages/days", f"/api/pages/day/{DAY}", f"/api/timeline/{DAY}",
    f"/api/pages/moments?start={_DAY_BEGINS + 64_800:.0f}&end={_DAY_BEGINS + 68_400:.0f}",
    f"/api/pages/beside?at={_DAY_BEGINS + 64_800:.0f}&by=1", "/api/search/filters",
    "/api/backup", "/healthz",
)  # fmt: skip
SEARCHED = (
    "knitting", "wallet", "Alice umbrella", "making jam", "baking bread pharmacy", "Omar", "museum",
    "person:Alice", "person:Alice kettle", "before:2026-03-25", "before:2026-03-25 chess",
    "after:2026-03-01 person:Omar", "said:the", "time:evening wallet", "last week knitting",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one route, and the size of its answer in bytes."""

    place: str
    first: float
    cpu: float
    wall: float
    size: int
    status: int


def places() -> list[str]:
    """All that is measured."""
    return [*sorted(POLLED), *OPENED, *(f"/api/search?q={quote(one)}" for one in SEARCHED)]


def cost(client: TestClient, place: str, repeats: int) -> Cost:
    """What one route costs: called once, and then ``repeats`` times."""
    taken, status, size = [], 0, 0
    for _ in range(repeats + 1):
        cpu, wall = time.process_time(), time.perf_counter()
        reply = client.get(place)
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
        status, size = reply.status_code, len(reply.content)
    cpu_s, wall_s = (statistics.median(of) for of in zip(*taken[1:]))
    return Cost(place, 1e3 * taken[0][0], 1e3 * cpu_s, 1e3 * wall_s, size, status)


def measured(home: Path, repeats: int, only: str) -> list[Cost]:
    """The costs of all routes whose address holds ``only``."""
    from fastapi.testclient import TestClient

    from app.assistant import Assistant
    from app.core.gc_freeze import freeze_gc
    from app.core.settings import Settings
    from app.server.server import create_app

    logging.disable(logging.INFO)
    assistant = Assistant.open(Settings(home, weights=home.parent / "no-weights"))
    try:
        with TestClient(create_app(assistant), base_url="http://127.0.0.1:7860") as client:
            client.get("/api/phrases")
            freeze_gc()
            return [cost(client, one, repeats) for one in places() if only in one]
    finally:
        assistant.close()


def table(costs: list[Cost]) -> str:
    """The figures as lines; what takes too long is marked."""
    lines = [f"{'route':62} {'first':>7} {'CPU ms':>7} {'wall ms':>8} {'kB':>7}"]
    for one in costs:
        slow = one.cpu > (50 if one.place in POLLED else 500) or one.status != 200
        lines.append(
            f"{one.place[:62]:62} {one.first:7.0f} {one.cpu:7.1f} {one.wall:8.1f} "
            f"{one.size / 1e3:7.1f}{f'  {one.status} SLOW' if slow else ''}"
        )
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clips", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the home is kept for the next time")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="measure only addresses that hold this")
    parser.add_argument("--json", action="store_true", help="only JSON, on the last line")
    options = parser.parse_args()
    begun = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as spare:
        home, _ = big_home(options.folder or Path(spare), options.clips)
        costs = measured(home, options.repeats, options.only)
    searches = [one.cpu for one in costs if "/api/search?" in one.place]
    if not options.json:
        print(table(costs))
        if len(searches) > 1:
            print(f"search, 95th percentile: {statistics.quantiles(searches, n=20)[-1]:.0f} CPU ms")
        print(f"load average {begun:.1f} to {os.getloadavg()[0]:.1f}")
    print(json.dumps({one.place: [round(one.cpu, 1), round(one.wall, 1)] for one in costs}))


if __name__ == "__main__":
    main()
