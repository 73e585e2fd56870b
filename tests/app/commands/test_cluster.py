"""``egobutler cluster``: a head and a node of one machine, begun, asked, looked at and ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media import make_video, scene, tone

pytest.importorskip("ray", reason="needs Ray: pip install 'egobutler[cluster]'")

# In a network of its own, where a private address is this machine's, and nothing else is reached;
# and with processes of its own, among which no other cluster's are.
SCRIPT = """
ip link set lo up && ip addr add 10.77.0.1/32 dev lo || exit 9
butler() { "$PYTHON" -m app "$@"; }
said() { until grep -q "$2" "$3"; do kill -0 "$1" || { cat "$3" >&2; exit 8; }; sleep 0.5; done; }

butler cluster start --address 10.77.0.1 2> first & first=$!
said $first "Others join by" first
butler cluster join 10.77.0.1:6379 2> second & second=$!
until [ "$(pgrep -c -x raylet)" = 2 ]; do kill -0 $second || exit 7; sleep 0.1; done
slow=$(pgrep -n -x raylet)
kill -STOP $slow; sleep 40; kill -CONT $slow  # Ray by itself gives a node 30 s
said $second "has joined" second
grep "Ray starts: 30 s so far" second || exit 6
butler ingest "$FILM" --on auto --speech none 2>&1 | grep "computed on" || exit 5
butler cluster status --json | tail -n 1
until butler cluster stop --json | tail -n 1 | grep '"ended": 2'; do sleep 1; done
wait $first && wait $second || exit 4
butler cluster stop
butler ingest "$FILM" --on auto --speech none 2>&1 | grep "looks and listens alone"
"""
APART = ["unshare", "--net", "--pid", "--fork", "--mount-proc", "--map-root-user"]


@pytest.mark.timeout(1800)  # each of some ten commands loads Ray, on a machine that may be busy
def test_a_head_and_a_node_are_started_asked_looked_at_and_stopped(tmp_path: Path) -> None:
    tools = all(map(shutil.which, ("unshare", "pgrep")))
    if not tools or subprocess.run([*APART, "true"], check=False).returncode:
        pytest.skip("this machine lets nobody have a network and processes of their own")
    film = make_video(tmp_path / "film.mp4", [scene(1)], seconds=4, audio=tone(4))
    environment = {
        "PYTHON": sys.executable,
        "PYTHONPATH": str(Path.cwd()),
        "FILM": str(film),
        "EGOBUTLER_HOME": str(tmp_path / "home"),
        "EGOBUTLER_WEIGHTS": str(tmp_path / "no-weights"),
        "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token"),
    }
    without = {key: value for key, value in os.environ.items() if key != "RAY_AUTH_TOKEN"}
    done = subprocess.run(
        [*APART, "sh", "-c", SCRIPT],
        env=without | environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=1700,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    waited, asked, status, ended, last, alone = done.stdout.strip().splitlines()[-6:]
    assert "600 s at most" in waited
    assert asked.split(" blocks")[0].isdigit()
    nodes = json.loads(status)["nodes"]
    assert {node["address"] for node in nodes} == {"10.77.0.1"}
    assert all(node["slots"] >= 1 and node["state"]["ray"] for node in nodes)
    assert json.loads(ended)["ended"] == 2
    assert last == "No cluster runs here."
    assert alone.startswith("No cluster runs on this machine")
