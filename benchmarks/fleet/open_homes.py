"""What a home costs while it is open behind a server, and what closing it gives back.

    python -m benchmarks.fleet.open_homes               twenty homes, each with its pages
    python -m benchmarks.fleet.open_homes --homes 50 --api
    python -m benchmarks.fleet.open_homes --json

Empty homes without models: what is measured is the machinery of one more home. ``--api`` asks each
for JSON only, so that no page is built.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import httpx
import psutil

from app.assistant import Assistant
from app.auth import tenants
from app.core.gc_freeze import free_closed
from app.core.settings import Settings
from app.server.server import create_app, gradio_folder

IDLE = 10.0  # seconds for which the open homes are watched doing nothing
SETTLED = 12.0  # seconds after which nothing of a closed home runs any more


@dataclass(frozen=True, slots=True)
class Footprint:
    """What homes take beyond the first: of each one, memory in MB."""

    memory: float
    files: float
    threads: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured; times in seconds, ``cpu`` of this process, medians over the homes."""

    homes: int
    pages: bool
    open: Footprint
    open_wall: float
    open_cpu: float
    idle_cores: float
    close_cpu: float
    free_cpu: float
    closed: Footprint
    again: Footprint
    again_cpu: float


class Meter:
    """This process, compared with what it was."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._now()

    def _now(self) -> tuple[float, int, int]:
        memory = self._process.memory_full_info().uss / 1e6
        return memory, self._process.num_fds(), threading.active_count()

    def per_home(self, homes: int) -> Footprint:
        """What has come since, shared out."""
        return Footprint(
            *(
                round((now - before) / homes, 2)
                for now, before in zip(self._now(), self._before, strict=True)
            )
        )


async def _ask(app: tenants.TenantApp, pages: bool) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        reply = await client.get("/" if pages else "/api/days")
        reply.raise_for_status()


async def _visit(owners: tenants.TenantApps, homes: Sequence[Path], pages: bool) -> list[float]:
    """Opens each home as its owner does; wall times and processor times, medians."""
    walls, cpus = [], []
    for home in homes:
        wall, cpu = time.perf_counter(), time.process_time()
        await _ask(await owners.app(home, "somebody"), pages)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return [statistics.median(walls), statistics.median(cpus)]


async def measure(assistant: Assistant, folder: Path, count: int, pages: bool) -> Cost:
    """Opens ``count`` homes below ``folder``, closes them, and opens them once more."""

    def open_home(home: Path) -> Assistant:
        opened = Assistant(replace(assistant.settings, home=home), assistant.brains.shared)
        opened.resume()
        opened.warm_up()
        return opened

    files = gradio_folder(assistant.home)
    owners = tenants.TenantApps(
        assistant, lambda tenant: create_app(tenant, None, files), open_home, most=0
    )
    homes = [folder / f"home-{number}" for number in range(count)]
    for home in (assistant.home, folder / "first"):  # which load what all need
        await _ask(await owners.app(home), pages)
    await asyncio.sleep(SETTLED)
    meter = Meter()
    wall, cpu = await _visit(owners, homes, pages)
    await asyncio.sleep(SETTLED)
    used = time.process_time()
    await asyncio.sleep(IDLE)
    idle = (time.process_time() - used) / IDLE / (count + 2)
    opened = meter.per_home(count)
    close_cpu, free_cpu = await _close(owners)
    closed = meter.per_home(count)
    _, again_cpu = await _visit(owners, homes, pages)
    await asyncio.sleep(SETTLED)
    again = meter.per_home(count)
    await owners.close()
    return Cost(
        count, pages, opened, round(wall, 3), round(cpu, 3), round(idle, 5),
        round(close_cpu / (count + 1), 4), round(free_cpu, 2), closed, again, round(again_cpu, 3),
    )  # fmt: skip


async def _close(owners: tenants.TenantApps) -> tuple[float, float]:
    """Processor time of closing all, and of giving their memory back."""
    quiet, tenants.QUIET = tenants.QUIET, 0.0
    begun = time.process_time()
    await owners.rest()
    close = time.process_time() - begun
    tenants.QUIET = quiet
    await asyncio.sleep(SETTLED)
    begun = time.process_time()
    free_closed()
    return close, time.process_time() - begun


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark. Returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--homes", type=int, default=20)
    parser.add_argument("--api", action="store_true", help="JSON only, no pages")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(folder / "root", chat="none", embedder="none")
        with Assistant.open(settings) as assistant:
            cost = asyncio.run(measure(assistant, folder, args.homes, not args.api))
    if args.json:
        print(json.dumps(asdict(cost)))
        return 0
    for what, value in asdict(cost).items():
        print(f"{what}: {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
