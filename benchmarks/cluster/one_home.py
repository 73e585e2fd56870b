"""Makes a home of films in this process, alone or by a cluster, and says what that cost here.

python -m benchmarks.cluster.one_home walk.mp4 --on ray://127.0.0.1:10001
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.core.settings import Settings
from benchmarks.homes.digest import home_digest
from benchmarks.scoring.measuring import Meter, cpu_seconds
from egogpt.runtime.threads import wait_passively
from ingest.stages.stages import PerceptionStage, Stage

START = datetime.fromisoformat("2026-03-02T09:00:00+00:00")


def writing(stage: Stage, meter: Meter) -> Stage:
    """The stage, with what it costs at home noted, whoever computes."""
    measured = copy(stage)
    for name in {"write", "run"} & set(dir(stage)):
        setattr(measured, name, meter.measure("writing")(getattr(stage, name)))
    return measured


def measure_asking(executor: Any, meter: Meter) -> None:
    """Notes what it costs this process to ask others, and to wait for them."""
    perceive, asking = executor.perceive, meter.measure("asking")
    executor.perceive = asking(lambda request: iter([*perceive(request)]))
    executor.look_ahead = asking(executor.look_ahead)  # connects, too


def make_home(films: Sequence[Path], home: Path, on: str | None, speech: str) -> dict[str, Any]:
    """Ingests the films; seconds of processor time of this process, its digest, and wall time."""
    meter, assistant = Meter(), Assistant.open(Settings(home, on=on, speech=speech))
    plan = assistant.brains.stages()
    with_costs = replace(plan, stages=tuple(writing(stage, meter) for stage in plan.stages))
    assistant.brains.stages = lambda: with_costs  # type: ignore[method-assign]
    if on is not None:
        measure_asking(assistant.queue.work.executor, meter)
    else:
        for stage in plan.stages:
            if isinstance(stage, PerceptionStage):
                stage.load()
    ready = cpu_seconds()
    begun = time.perf_counter()
    results = assistant.ingest(films, start=START)
    wall = time.perf_counter() - begun
    store = assistant.store
    found = {
        "minutes": sum(recording.duration for recording in store.recordings.all()) / 60,
        "results": [result.status for result in results],
        "digest": home_digest(store),
        "ready": ready,
        "asking": meter.cpu.get("asking", 0.0),
        "writing": meter.cpu.get("writing", 0.0),
        "wall": wall,
    }
    assistant.close()
    return found | {"home": cpu_seconds()}


def main(argv: Sequence[str] | None = None) -> int:
    """Make the home, and print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.cluster.one_home")
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--on", help="ray://HOST:PORT; default: this process computes")
    parser.add_argument("--speech", default="whisper-base")
    options = parser.parse_args(argv)
    wait_passively()
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(make_home(options.films, Path(home), options.on, options.speech)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
