"""A PostgreSQL of this computer for the tests, where it is installed: on a Unix socket, its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

USER, PASSWORD = "butler", "wrong/in@an:address?"


def binaries() -> Path | None:
    """The folder of the ``postgres`` of PATH, else of the newest, with an ``initdb`` beside it."""
    beside = [Path(shutil.which("postgres") or "/none").resolve().parent]
    ours = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name))
    return next((one for one in (*beside, *ours[::-1]) if (one / "initdb").exists()), None)


def why_not() -> str:
    """Why there is none here; empty where there is."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed: pip install 'egobutler[postgres]'"
    return "" if binaries() else "PostgreSQL is not installed: no postgres with an initdb"


def _account() -> dict[str, Any]:
    """Whom it runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@dataclass
class PostgresServer:
    """A server with a folder of its own."""

    place: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg-")))  # short
    process: subprocess.Popen[bytes] | None = None
    databases: int = 0

    def __post_init__(self) -> None:
        bin_folder = binaries()
        assert bin_folder is not None
        self._bin = bin_folder
        (self.place / "password").write_text(PASSWORD)
        if who := _account():
            for path in (self.place, self.place / "password"):
                os.chown(path, who["user"], who["group"])
        options = ("-A", "scram-sha-256", "-U", USER, "--locale=C", "--encoding=UTF8", "--no-sync")
        self._run("initdb", *options, f"--pwfile={self.place / 'password'}").check_returncode()

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._bin / program), "-D", str(self.place / "data"), *words]
        return subprocess.run(command, cwd="/", capture_output=True, **_account())

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        options = ("-F", "-k", str(self.place), "-c", "listen_addresses=", "-c", "fsync=off")
        self.process = subprocess.Popen(
            [str(self._bin / "postgres"), "-D", str(self.place / "data"), *options],
            cwd="/",
            stderr=subprocess.DEVNULL,
            **_account(),
        )
        until = time.monotonic() + 60
        status = self.place / "data" / "postmaster.pid"
        while not (status.exists() and "ready" in status.read_text()):
            assert self.process.poll() is None, "it ended"
            assert time.monotonic() < until, "it does not come up"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it as a computer does that is shut down: whoever is connected is cut off."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def url(self, password: str = PASSWORD, database: str = "postgres", schema: str = "") -> str:
        """Its address, with a schema in place of a database of one's own, which takes longer."""
        options = f"&options={quote(f'-csearch_path={schema}', safe='')}" if schema else ""
        where = quote(str(self.place), safe="")
        return f"postgresql://{USER}:{quote(password, safe='')}@/{database}?host={where}{options}"

    def database(self) -> str:
        """The address of a new, empty one."""
        self.databases += 1
        schema = f"test{self.databases}"
        self.execute(f"CREATE SCHEMA {schema}")
        return self.url(schema=schema)

    def execute(self, sql: str) -> None:
        """Runs a statement as somebody else."""
        import psycopg

        statement: Any = sql
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def remove(self) -> None:
        """Ends it, and deletes its folder."""
        self.stop()
        shutil.rmtree(self.place, ignore_errors=True)
