"""A proof of deletion reads every byte of a home that a server has open, and must not harm it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from memory.db.database import FILE_NAME
from memory.store.store import Store
from tests.faults.homes import check, command, environment, run
from tests.memory.lives import add, recording

LINES = 10


@contextmanager
def served(home: Path, weights: Path) -> Iterator[tuple[int, httpx.Client]]:
    """The app as a person starts it: its process id, and a client of it."""
    words = command(home, "serve", "--port", "0")
    process = subprocess.Popen(
        words,
        env=environment(weights),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        address = next(line for line in lines if " is at http://" in line).split(" is at ")[1]
        with httpx.Client(base_url=address.split()[0], timeout=120, trust_env=False) as web:
            yield process.pid, web
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _deleted(pid: int) -> list[str]:
    """Files that a process still writes to though they are gone from their folder."""
    targets = (os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink())
    return [target for target in targets if FILE_NAME in target and target.endswith(" (deleted)")]


def _subtitle(number: int) -> str:
    return f"{number + 1}\n00:{number:02}:01,000 --> 00:{number:02}:09,000\nAnna: line {number}\n\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_proof_that_a_server_makes_costs_neither_its_writes_nor_those_of_a_command(
    tmp_path: Path,
) -> None:
    home, weights = tmp_path / "home", tmp_path / "weights"
    store = Store.open(home)
    add(store, recording(), ["The charger is in the drawer.", "A dog runs."])
    store.close()
    talk = tmp_path / "talk.srt"
    talk.write_text("".join(_subtitle(n) for n in range(LINES)))
    with served(home, weights) as (pid, web):
        found = web.post("/api/privacy/proof", json={"phrase": "charger"}).json()
        assert {one["where"] for one in found["traces"]} >= {"table memory", FILE_NAME}
        assert run(home, "people", weights=weights)[0] == 0
        assert _deleted(pid) == []
        said = web.post("/api/privacy/rules", json={"originals_days": 30}).json()
        assert said["rules"] == {"originals_days": 30}
        imported = run(home, "import", talk, "--start", "2026-03-02 12:00", weights=weights)
        assert imported[0] == 0, imported
        assert web.post("/api/privacy/rules", json={"all_days": 900}).status_code == 200
        assert _deleted(pid) == []
    with closing(sqlite3.connect(home / FILE_NAME)) as after:
        assert after.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    status, told, _ = run(home, "retain", "--dry-run", weights=weights)
    assert (status, told["rules"]) == (0, {"originals_days": 30, "all_days": 900})
    said_lines = [line for line in check(home).dump if line.startswith("utterance")]
    assert len(said_lines) == LINES
