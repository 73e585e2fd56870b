"""A machine that begins or joins a cluster: with a token, and at private addresses only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ingest.cluster import nodes
from ingest.cluster.nodes import ClusterRefused


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the token of this machine is to be."""
    path = tmp_path / "ray" / "token"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    return path


@pytest.mark.parametrize("address", ["8.8.8.8", "0.0.0.0", "127.0.0.1", "::1", "example.org", ""])
def test_a_cluster_is_started_at_private_addresses_only(address: str) -> None:
    with pytest.raises(ClusterRefused, match="no private address"):
        nodes.require_private(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.20", "fd00::2", "[fd00::2]"])
def test_those_of_a_network_at_home_are_private(address: str) -> None:
    nodes.require_private(address)


@pytest.mark.parametrize("address", ["nonsense", "http://10.0.0.1:10001", "ray://"])
def test_another_address_is_no_cluster(address: str) -> None:
    with pytest.raises(ClusterRefused, match="names no cluster"):
        nodes.require_cluster(address)
    nodes.require_cluster("ray://10.0.0.1:10001")


def test_a_token_is_made_once_and_only_its_owner_reads_it(token: Path) -> None:
    made = nodes.make_token(token).read_text()
    assert len(made) == 64
    assert token.stat().st_mode & 0o777 == 0o600
    token.chmod(0o644)
    assert nodes.make_token(token).read_text() == made
    assert token.stat().st_mode & 0o777 == 0o600


def test_nobody_joins_without_a_token(token: Path) -> None:
    with pytest.raises(ClusterRefused, match="no token"):
        nodes.join("10.0.0.1:6379", nodes.NodeStart(1, print, print))


@pytest.mark.parametrize("option", ["--node-ip-address=10.0.0.1", "--address=10.0.0.1:6379"])
def test_the_cluster_of_this_machine_is_found_with_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    started = tmp_path / "ingest" / "cluster" / "ray_start.py"
    started.parent.mkdir(parents=True)
    started.write_text("input(print(flush=True))")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "of another cluster")
    part = psutil.Popen(
        [sys.executable, "-m", "ingest.cluster.ray_start", "start", "--block", option],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": "", "RAY_AUTH_TOKEN_PATH": "of this one"},
    )
    monkeypatch.setattr(psutil, "process_iter", lambda: [psutil.Process(), part])
    with part:
        part.stdout.readline()  # it is itself now, no copy of this process
        assert nodes.find_here() == "ray://10.0.0.1:10001"
        part.communicate(b"\n")
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == "of this one"
    assert nodes.find_here() is None
