"""A Ray cluster on this machine: a head that computes nothing, and two nodes of one core."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest.cluster  # noqa: F401  # before any test loads Ray

os.environ.setdefault("RAY_AUTH_TOKEN", "5e" * 32)  # read when ray is loaded


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Its address; nothing of it calls out or outlives the tests."""
    os.environ |= {
        "RAY_worker_register_timeout_seconds": "300",
        "PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")]),
    }
    import ray
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 100_000_000, "include_dashboard": False}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    head = {"num_cpus": 0, "ray_client_server_port": port, **small}
    made = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        made.add_node(num_cpus=1, memory=2 << 30, object_store_memory=100_000_000)
    yield f"ray://127.0.0.1:{port}"
    ray.shutdown()
    made.shutdown()
