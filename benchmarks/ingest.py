"""What ingest costs: CPU-seconds per minute of video, by stage and in all, and peak memory.

    python benchmarks/ingest.py recording.mp4 --json

Each stage is run over the whole file in this process with an empty store. CPU time is that of all
threads; loading the models is reported apart, since it is paid once per process and not per minute.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.brains import Brains
from app.settings import Settings
from egogpt.threads import wait_passively
from ingest import pipeline
from ingest.intake import take_in
from ingest.pipeline import blocks
from memory import summaries
from memory.store import Store


class Meter:
    """CPU and wall seconds by name."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Any:
        """Adds what the block costs to ``name``."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu
        self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall


def measure(path: Path, preset: str | None, language: str | None) -> dict[str, Any]:
    """Ingests the file into an empty store and says what each step cost."""
    meter = Meter()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        brains = Brains(Settings.choose(Path(folder), preset=preset, language=language))
        with meter.measure("load models"):
            plan, embedder = brains.stages(), brains.embedder()
            for stage in plan.stages:
                stage.load()
        with meter.measure("probe and hash"):
            intake = take_in(store, path)
        clips = store.clips(intake.recording.id)
        for block in blocks(intake.recording, intake.probe, clips):
            for stage in plan.stages:
                if stage.applies(intake.recording):
                    with meter.measure(stage.name):
                        stage.run(store, block)
        with meter.measure("summaries"):
            summaries.rebuild(store)
        with meter.measure("vectors"):
            pipeline.embed(store, embedder)
        store.close()
    minutes = intake.recording.duration / 60
    loading = meter.cpu.pop("load models")
    return {
        "file": path.name,
        "preset": brains.preset.name,
        "minutes": round(minutes, 3),
        "cpu_seconds_per_minute": {k: round(v / minutes, 2) for k, v in meter.cpu.items()},
        "cpu_seconds_per_minute_in_all": round(sum(meter.cpu.values()) / minutes, 2),
        "wall_seconds_per_minute_in_all": round(
            sum(v for k, v in meter.wall.items() if k != "load models") / minutes, 2
        ),
        "load_models_cpu_seconds": round(loading, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "waiting": list(plan.waiting),
    }


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--preset", choices=("small", "standard", "large"))
    parser.add_argument("--language")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    wait_passively()
    found = measure(options.file, options.preset, options.language)
    if options.json:
        say(json.dumps(found))
        return 0
    for name, cost in found["cpu_seconds_per_minute"].items():
        say(f"{name:16} {cost:7.2f} CPU-s per minute of video")
    say(f"{'in all':16} {found['cpu_seconds_per_minute_in_all']:7.2f} CPU-s per minute of video")
    say(f"{'peak memory':16} {found['peak_memory_mb']:7} MB; preset {found['preset']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
