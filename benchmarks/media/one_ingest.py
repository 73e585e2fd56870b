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
from ingest.stages.stages import ClipBlock, Stage
from memory.store.store import Store
from memory.types.core import Clip, Frame, Recording, Sighting


class Metered:
    """A stage whose cost is noted."""

    def __init__(self, stage: Stage, meter: Meter) -> None:
        self.name, self.version, self._stage, self._meter = stage.name, stage.version, stage, meter

    def applies(self, recording: Recording) -> bool:
        """As the stage."""
        return self._stage.applies(recording)

    def load(self) -> None:
        """As the stage."""
        self._stage.load()

    def run(self, store: Store, block: ClipBlock) -> None:
        """As the stage."""
        with self._meter.measure(self.name):
            self._stage.run(store, block)


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
    metered = replace(plan, stages=tuple(Metered(stage, meter) for stage in plan.stages))
    assistant.brains.stages = lambda: metered  # type: ignore[method-assign]
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
