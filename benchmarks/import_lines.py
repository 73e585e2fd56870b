"""Measure the cost of importing lines: CPU-seconds to read and store, and to summarise.

    python benchmarks/import_lines.py FOLDER --day-one 2026-03-02 --json

The lines go into an empty home in a temporary folder. CPU time is that of all threads; embeddings
are not made.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingest.importers import ImportOptions, import_paths
from memory.store import summary_builder as summaries
from memory.store.store import Store


def measure(path: Path, options: ImportOptions) -> dict[str, Any]:
    """Imports the file or folder into an empty store, summarises it, and imports it again."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        began = time.process_time()
        reports = import_paths(store, [path], options)
        imported = time.process_time()
        made = summaries.rebuild(store)
        summarised = time.process_time()
        import_paths(store, [path], options)
        again = time.process_time()
        clips = len(store.memories.overlapping("clip"))
        size = (Path(folder) / "memory.sqlite3").stat().st_size
        store.close()
    return {
        "files": sum(report.status == "imported" for report in reports),
        "failed": [report.message for report in reports if report.status == "failed"],
        "lines": sum(report.lines for report in reports),
        "lines_that_could_not_be_read": sum(report.unread for report in reports),
        "clips": clips,
        "import_cpu_seconds": round(imported - began, 2),
        "summaries": made,
        "summaries_cpu_seconds": round(summarised - imported, 2),
        "import_again_cpu_seconds": round(again - summarised, 2),
        "store_mb": round(size / 1e6, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--day-one", type=date.fromisoformat)
    parser.add_argument("--timezone", default="UTC")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = measure(options.path, ImportOptions(day_one=options.day_one, timezone=options.timezone))
    if options.json:
        say(json.dumps(found))
    else:
        for name, value in found.items():
            say(f"{name.replace('_', ' '):32} {value}")
    return 1 if found["failed"] or not found["files"] else 0


if __name__ == "__main__":
    sys.exit(main())
