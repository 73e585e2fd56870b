"""What a worker has in its process."""

from __future__ import annotations

import subprocess
import sys

_LIST = "import sys, ingest.cluster.worker; print(*sys.modules)"


def test_a_worker_has_nothing_of_a_home() -> None:
    listed = subprocess.run([sys.executable, "-c", _LIST], capture_output=True, text=True)
    modules = set(listed.stdout.split())
    assert "ingest.stages.pipeline" in modules, listed.stderr
    assert not modules & {"memory.store.store", "memory.db.database", "sqlite_utils"}
