"""Ingests in a process of its own and copies the home at every step, as a power cut would find it.

    python -m tests.faults.copier HOME FOLDER WEIGHTS FILE …

Copies are taken between two transactions. Locks and shared memory do not outlive a power cut and
are left out.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from app.assistant import Assistant
from app.core.settings import Settings
from app.core.view_models import IngestProgress

LOST = shutil.ignore_patterns("*-shm", "writer.*")


def main() -> None:
    """Leaves copies called 00, 01, … in the folder."""
    home, folder, weights, *files = map(Path, sys.argv[1:])
    folder.mkdir()

    def copy(_: IngestProgress) -> None:
        shutil.copytree(home, folder / f"{len(list(folder.iterdir())):02}", ignore=LOST)

    butler = Assistant.open(Settings(home, preset="small", language="en", weights=weights))
    butler.ingest(files, timezone="UTC", on_progress=copy)
    butler.close()


if __name__ == "__main__":
    main()
