"""Ray's own command line, which gives a node as long to start as its environment says.

    RAY_gcs_server_port_wait_time_s=600 python -m ingest.cluster.ray_start start --head …

By itself Ray gives it 30 s, however busy the machine is.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Any

import psutil
from ray._private import services
from ray.scripts.scripts import main

from ingest.cluster.nodes import HAS_STARTED, WAIT_FOR_HEAD

_get_node = services.get_node


def _await_node(gcs_address: str, node_id: str) -> Any:
    """What the head knows of the node, once it does; prints that it has started."""
    deadline = time.monotonic() + float(os.environ[WAIT_FOR_HEAD])
    while True:
        try:
            node = _get_node(gcs_address, node_id)
            break
        except RuntimeError:
            if time.monotonic() > deadline or not _is_alive():
                raise
            time.sleep(1)
    print(HAS_STARTED, flush=True)
    return node


def _is_alive() -> bool:
    """Whether the process of the node that this one has begun is there."""
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if child.name() == "raylet":
                return bool(child.status() != psutil.STATUS_ZOMBIE)
    return False


if __name__ == "__main__":
    services.get_node = _await_node
    main()
