"""A proof of deletion reads every byte of a home that a server has open, and must not harm it."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_app
from memory.db.database import FILE_NAME
from memory.store.store import Store
from tests.app.conftest import ADDRESS
from tests.faults.homes import check, command, forker, run
from tests.memory.lives import add, recording

LINES = 10


def _deleted(home: Path) -> list[str]:
    """Files of the home that this process still writes to though they are gone from it."""
    targets = (os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    of_home = (target for target in targets if target.startswith(str(home / FILE_NAME)))
    return [target for target in of_home if target.endswith(" (deleted)")]


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

    def elsewhere(*words: str | Path) -> int:
        """A command in another process."""
        return forker().start(command(home, *words), weights).wait()

    with (
        Assistant.open(Settings(home, weights=weights)) as butler,
        TestClient(create_app(butler), base_url=ADDRESS) as web,
    ):
        found = web.post("/api/privacy/proof", json={"phrase": "charger"}).json()
        assert {one["where"] for one in found["traces"]} >= {"table memory", FILE_NAME}
        assert elsewhere("people") == 0
        assert _deleted(home) == []
        said = web.post("/api/privacy/rules", json={"originals_days": 30}).json()
        assert said["rules"] == {"originals_days": 30}
        assert elsewhere("import", talk, "--start", "2026-03-02 12:00") == 0
        assert web.post("/api/privacy/rules", json={"all_days": 900}).status_code == 200
        assert _deleted(home) == []
    with closing(sqlite3.connect(home / FILE_NAME)) as after:
        assert after.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    status, told, _ = run(home, "retain", "--dry-run", weights=weights)
    assert (status, told["rules"]) == (0, {"originals_days": 30, "all_days": 900})
    said_lines = [line for line in check(home).dump if line.startswith("utterance")]
    assert len(said_lines) == LINES
