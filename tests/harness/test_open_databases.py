"""The watch over plain opens of databases sees one, and leaves alone what harms nobody."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.open_databases import ROOT, OpenDatabases


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_plain_open_of_an_open_database_by_our_own_code_is_seen(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    watch = next(
        one for one in pytestconfig.pluginmanager.get_plugins() if isinstance(one, OpenDatabases)
    )
    path = tmp_path / "memory.sqlite3"
    ours: dict[str, object] = {"path": path, "os": os}
    plain = compile("path.read_bytes()", str(ROOT / "memory" / "plain.py"), "exec")
    number = compile("os.close(os.open(path, os.O_RDWR))", str(ROOT / "app" / "plain.py"), "exec")
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE life (day)")
        path.read_bytes()
        assert watch.seen == [], "a test may do so"
        exec(plain, ours)
        exec(number, ours)
        assert len(watch.seen) == 2
    watch.seen.clear()
    exec(plain, ours)
    assert watch.seen == [], "nobody has it open any more"
