"""Ingests files into a home through the façade, in this process, and says what each stage cost.

    python -m benchmarks.media.one_ingest walk.mp4 --off speech

``--off speech`` leaves recognition out; ``--off recognisers`` everything that looks or listens, so
that decoding, thumbnails and bookkeeping remain.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.core.settings import Settings
from benchmarks.scoring.measuring import Meter
from egogpt.runtime.threads import wait_passively
from ingest.stages.pipeline import StagePlan
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.stages import Stage
from memory.types.core import Clip, Frame, Sighting


def metered(stage: Stage, meter: Meter) -> Stage:
    """The stage, with what it costs noted."""
    measured = copy(stage)
    for name in {"compute", "write", "run"} & set(dir(stage)):
        setattr(measured, name, meter.measure(stage.name)(getattr(stage, name)))
    return measured


class Blind:
    """Looks at nothing, so that only decoding and thumbnails are measured."""

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        """Nothing."""
        return []


def without(plan: StagePlan, off: str) -> StagePlan:
    """The plan less its speech stage ("speech"), or less all recognisers ("recognisers")."""
    stages = [stage for stage in plan.stages if stage.name not in ("speech", "people") or not off]
    if off == "recognisers":
        stages = [
            SightStage("blind", lambda: Eyes(Blind())) if stage.name == "sights" else stage
            for stage in stages
            if stage.name in ("sights", "caption")
        ]
    return replace(plan, stages=tuple(stages), waiting=() if off else plan.waiting)


def open_assistant(home: Path, preset: str | None, off: str, meter: Meter) -> Assistant:
    """An assistant whose ingest leaves out what is off and notes what the rest costs."""
    assistant = Assistant.open(Settings(home, preset=preset))
    plan = without(assistant.brains.stages(), off)
    with_costs = replace(plan, stages=tuple(metered(stage, meter) for stage in plan.stages))
    assistant.brains.stages = lambda: with_costs  # type: ignore[method-assign]
    return assistant


def measure(
    files: Sequence[Path], home: Path, preset: str | None, off: str, start: datetime | None
) -> dict[str, Any]:
    """Ingests the files and says what it cost."""
    meter = Meter()
    assistant = open_assistant(home, preset, off, meter)
    with meter.measure("load models"):
        for stage in assistant.brains.stages().stages:
            stage.load()
        assistant.brains.embedder()
    with meter.measure("in all"):
        results = assistant.ingest(files, start=start)
    recordings = assistant.store.recordings.all()
    minutes = sum(recording.duration for recording in recordings) / 60
    name = assistant.brains.preset.name
    assistant.close()
    loading, total = meter.cpu.pop("load models"), meter.cpu.pop("in all")
    stages = {stage: round(cost / minutes, 2) for stage, cost in meter.cpu.items()}
    rest = (total - sum(meter.cpu.values())) / minutes
    return {
        "files": [path.name for path in files],
        "results": [f"{result.status}: {result.message}" for result in results],
        "preset": name,
        "minutes": round(minutes, 3),
        "cpu_seconds_per_minute": stages | {"opening, vectors, summaries": round(rest, 2)},
        "cpu_seconds_per_minute_in_all": round(total / minutes, 2),
        "wall_seconds_per_minute_in_all": round(meter.wall["in all"] / minutes, 2),
        "load_models_cpu_seconds": round(loading, 2),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(prog="benchmarks.media.one_ingest")
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--off", choices=("", "speech", "recognisers"), default="")
    parser.add_argument("--preset", choices=("small", "standard", "large"))
    parser.add_argument("--home", type=Path, help="default: a new one, removed at the end")
    parser.add_argument("--start", type=datetime.fromisoformat, help="when the files begin")
    options = parser.parse_args(argv)
    wait_passively()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        found = measure(options.files, home, options.preset, options.off, options.start)
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
