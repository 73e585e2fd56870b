"""``egobutler cluster``: a head and a node of one machine, begun, looked at and ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: pip install 'egobutler[cluster]'")

# In a network of its own, where a private address is this machine's, and nothing else is reached.
SCRIPT = """
ip link set lo up && ip addr add 10.77.0.1/32 dev lo || exit 9
butler() { "$PYTHON" -m app cluster "$@"; }
seen() { butler status ray://10.77.0.1:10001 --json 2>/dev/null | tail -n 1; }
nodes() { seen | grep -o '"address"' | wc -l; }
butler start --address 10.77.0.1 & first=$!
until [ "$(nodes)" -ge 1 ]; do kill -0 $first || exit 8; sleep 1; done
butler join 10.77.0.1:6379 & second=$!
until [ "$(nodes)" -ge 2 ]; do kill -0 $second || exit 7; sleep 1; done
seen
until butler stop --json | tail -n 1 | grep '"ended": 2'; do sleep 1; done
wait $first && wait $second || exit 6
butler stop
"""


@pytest.mark.timeout(900)  # each of some ten commands loads Ray
def test_a_head_and_a_node_are_started_looked_at_and_stopped(tmp_path: Path) -> None:
    apart = ["unshare", "--net", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody have a network of their own")
    environment = {
        "PYTHON": sys.executable,
        "EGOBUTLER_HOME": str(tmp_path / "home"),
        "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token"),
    }
    without = {key: value for key, value in os.environ.items() if key != "RAY_AUTH_TOKEN"}
    words = [*apart, "sh", "-c", SCRIPT]
    done = subprocess.run(
        words, env=without | environment, capture_output=True, text=True, check=False, timeout=880
    )
    assert done.returncode == 0, done.stderr[-2000:]
    status, ended, last = done.stdout.strip().splitlines()[-3:]
    nodes = json.loads(status)["nodes"]
    assert {node["address"] for node in nodes} == {"10.77.0.1"}
    assert all(node["slots"] >= 1 and node["state"]["ray"] for node in nodes)
    assert json.loads(ended)["ended"] == 2
    assert last == "No cluster runs here."
